"""HTTP and the three ways to follow the feed, cheap enough for two hundred in one process."""

import asyncio
import base64
import os
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import orjson

NO_ANSWER = 599
CONNECT_LIMIT_S, ANSWER_LIMIT_S = 5.0, 25.0
GONE = (OSError, EOFError, TimeoutError)  # what a connection that broke raises
Frame = dict[str, Any]
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
STREAM_BYTES = 256 * 1024


@dataclass(frozen=True)
class Reply:
    """An HTTP answer; status 599 when there was none."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return orjson.loads(self.body) if self.body else None


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Line:
    """HTTP with keep-alive to any number of ports of this host."""

    def __init__(self) -> None:
        self._idle: dict[int, list[Streams]] = {}
        self._busy: set[asyncio.StreamWriter] = set()

    async def ask(
        self,
        port: int,
        verb: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: Any = None,
        limit_s: float = ANSWER_LIMIT_S,
    ) -> Reply:
        """One request, never repeated by itself."""
        try:
            async with asyncio.timeout(limit_s):
                streams = await self._streams(port)
                self._busy.add(streams[1])
                try:
                    return await self._ask(port, streams, request(verb, path, headers, body))
                except BaseException:
                    streams[1].transport.abort()
                    raise
                finally:
                    self._busy.discard(streams[1])
        except GONE:
            return Reply(NO_ANSWER)

    async def _streams(self, port: int) -> Streams:
        idle = self._idle.get(port)
        return idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)

    async def _ask(self, port: int, streams: Streams, request: bytes) -> Reply:
        reader, writer = streams
        writer.write(request)
        status, headers = await head(reader)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            writer.transport.abort()
        else:
            self._idle.setdefault(port, []).append(streams)
        return Reply(status, headers, body)

    def close(self) -> None:
        """Break every connection, also one that waits for its answer."""
        idle = {writer for streams in self._idle.values() for _, writer in streams}
        for writer in idle | self._busy:
            writer.transport.abort()
        self._idle.clear()


def request(verb: str, path: str, headers: Mapping[str, str], body: Any) -> bytes:
    data = b"" if body is None else orjson.dumps(body)
    lines = [f"{verb} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
    return "\r\n".join([*lines, "", ""]).encode() + data


async def head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer; raises EOFError when there is none."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:] if line)
    return int(lines[0].split(" ")[1]), {name.lower(): value.strip() for name, _, value in pairs}


class Refused(OSError):
    """The server answered the handshake with another status than 101."""

    def __init__(self, status: int):
        super().__init__(f"refused with {status}")
        self.status = status


class Socket:
    """A websocket on ``/live`` that takes text messages whole and answers pings."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader, self._writer = reader, writer
        self.close_code: int | None = None

    @classmethod
    async def connect(
        cls, port: int, cursor: str, token: str, *, receive_bytes: int | None = None
    ) -> Self:
        """Raises `Refused`, OSError, EOFError or TimeoutError.

        ``receive_bytes`` is how much the kernel takes for who does not read.
        """
        async with asyncio.timeout(CONNECT_LIMIT_S):
            reader, writer = await _streams(port, receive_bytes)
            try:
                writer.write(_handshake(f"/live?since={cursor}", token))
                status, _ = await head(reader)
                if status != 101:
                    raise Refused(status)
            except BaseException:
                writer.transport.abort()
                raise
        return cls(reader, writer)

    async def frames(self) -> AsyncIterator[Frame]:
        """Every frame until the connection ends; ``close_code`` says how, None: it was cut."""
        try:
            while True:
                opcode, data = await self._frame()
                if opcode == TEXT:
                    yield orjson.loads(data)
                elif opcode == PING:
                    self._send(PONG, data)
                elif opcode == CLOSE:
                    self.close_code = int.from_bytes(data[:2], "big") or 1005
                    self._send(CLOSE, data[:2])
                    return
        except GONE:
            return
        finally:
            self.abort()

    async def _frame(self) -> tuple[int, bytes]:
        first, second = await self._reader.readexactly(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", await self._reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", await self._reader.readexactly(8))
        return first & 0x0F, await self._reader.readexactly(size)

    def _send(self, opcode: int, data: bytes) -> None:
        """One short frame; its mask is zero, which changes nothing."""
        self._writer.write(bytes((0x80 | opcode, 0x80 | len(data), 0, 0, 0, 0)) + data)

    def stall(self) -> None:
        """Take nothing more from the network until `flow`."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]

    def flow(self) -> None:
        self._writer.transport.resume_reading()  # type: ignore[attr-defined]

    def abort(self) -> None:
        """Lose the connection as a network does; may be called twice."""
        self._writer.transport.abort()


async def _streams(port: int, receive_bytes: int | None) -> Streams:
    raw = socket.socket()
    try:
        raw.setblocking(False)
        if receive_bytes is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", port))
        return await asyncio.open_connection(sock=raw, limit=STREAM_BYTES)
    except BaseException:
        raw.close()
        raise


def _handshake(path: str, token: str) -> bytes:
    return request(
        "GET",
        path,
        {
            "Authorization": f"Token {token}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        },
        None,
    )
