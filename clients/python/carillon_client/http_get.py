"""One GET on a connection of its own, whose answer is read as it comes."""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

from carillon_client.ways import Lost

MOST_LINE_BYTES = 64 * 1024
MOST_HEADERS = 200
GONE = (OSError, EOFError, ValueError, asyncio.LimitOverrunError)


class Get:
    """An answer: its ``status`` and ``headers``, and a body that is read piece by piece."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader, self._writer = reader, writer
        self.status = 0
        self.headers: dict[str, str] = {}
        self._left: int | None = None  # of the body, or of a chunk; None: until the end
        self._is_chunked = self._is_over = False

    @classmethod
    async def ask(cls, url: str, headers: Mapping[str, str]) -> Self:
        """Ask, and read the head; raises OSError when nobody is there, else `Lost`."""
        parts = urlsplit(url)
        is_secure = parts.scheme == "https"
        port = parts.port or (443 if is_secure else 80)
        tls = ssl.create_default_context() if is_secure else None
        reader, writer = await asyncio.open_connection(
            parts.hostname, port, ssl=tls, limit=MOST_LINE_BYTES
        )
        made = cls(reader, writer)
        try:
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            host = parts.netloc.rpartition("@")[2]
            sent = {"Host": host, "Connection": "close", **headers}
            lines = [f"GET {target} HTTP/1.1", *(f"{k}: {v}" for k, v in sent.items()), "", ""]
            writer.write("\r\n".join(lines).encode("latin-1"))
            await made._read_head()
        except GONE as error:
            made.abort()
            raise Lost from error
        except BaseException:
            made.abort()
            raise
        return made

    async def _read_head(self) -> None:
        version, status, *_ = (await self._line()).split(" ", 2)
        if not version.startswith("HTTP/1."):
            raise ValueError("not HTTP")
        self.status = int(status)
        for _ in range(MOST_HEADERS):
            line = await self._line()
            if not line:
                break
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        self._is_chunked = "chunked" in self.headers.get("transfer-encoding", "").lower()
        length = self.headers.get("content-length")
        self._left = 0 if self._is_chunked else int(length) if length is not None else None

    async def _line(self) -> str:
        line = await self._reader.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        return line.decode("latin-1").rstrip("\r\n")

    async def piece(self) -> bytes:
        """More of the body; nothing at its end. Raises `Lost` when it was cut off."""
        try:
            return await self._piece()
        except GONE as error:
            raise Lost from error

    async def _piece(self) -> bytes:
        if self._is_chunked and self._left == 0 and not self._is_over:
            self._left = int((await self._line()).partition(";")[0], 16)
            self._is_over = self._left == 0
        if self._left == 0:
            return b""
        data = await self._reader.read(min(self._left or MOST_LINE_BYTES, MOST_LINE_BYTES))
        if self._left is not None:
            self._left -= len(data)
            if not data:
                raise EOFError
            if self._is_chunked and self._left == 0:
                await self._line()
        return data

    async def whole(self) -> bytes:
        """The rest of the body."""
        pieces = []
        while data := await self.piece():
            pieces.append(data)
        return b"".join(pieces)

    def abort(self) -> None:
        self._writer.transport.abort()

    async def close(self) -> None:
        self.abort()
        with suppress(OSError, ssl.SSLError):
            await self._writer.wait_closed()
