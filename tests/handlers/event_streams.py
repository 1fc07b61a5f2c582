"""A client of server-sent events that knows what a browser's EventSource knows."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from tests.sites import LIMIT_S, Person, Site


class EventStream:
    """An answer that is read event by event; ``last_id`` is what a browser would resume with."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.reader, self.writer = reader, writer
        self.last_id = ""
        self.retry_ms = 0
        self._text = b""

    @classmethod
    async def dial(cls, port: int, path: str, headers: Mapping[str, str]) -> Self:
        """Ask, and read the head of the answer; ``status`` and ``headers`` are what it says."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        made = cls(reader, writer)
        async with asyncio.timeout(LIMIT_S):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        made.status = int(head[0].split()[1])
        pairs = (line.partition(": ") for line in head[1:] if line)
        made.headers = {name.lower(): value for name, _, value in pairs}
        return made

    status = 0
    headers: Mapping[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.cut()

    async def cut(self) -> None:
        self.writer.transport.abort()
        with suppress(OSError):
            await self.writer.wait_closed()

    async def body(self) -> Any:
        """The answer of a refusal."""
        async with asyncio.timeout(LIMIT_S):
            return json.loads(await self.reader.readexactly(int(self.headers["content-length"])))

    async def _chunk(self) -> bytes:
        """The next chunk; nothing at the end of the answer."""
        size = int(await self.reader.readuntil(b"\r\n"), 16)
        data = await self.reader.readexactly(size + 2)
        return data[:-2]

    async def event(self) -> dict[str, Any] | None:
        """The data of the next event, which is of its type; None at the end of the answer."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                while b"\n\n" not in self._text:
                    chunk = await self._chunk()
                    if not chunk:
                        return None
                    self._text += chunk
                block, _, self._text = self._text.partition(b"\n\n")
                data = self._read(block.decode())
                if data is not None:
                    return data

    def _read(self, block: str) -> dict[str, Any] | None:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        self.last_id = fields.get("id", self.last_id)
        self.retry_ms = int(fields.get("retry", self.retry_ms))
        if "data" not in fields:
            return None
        frame: dict[str, Any] = json.loads(fields["data"])
        assert frame["type"] == fields["event"]
        return frame

    async def of_type(self, kind: str) -> dict[str, Any]:
        """The next event of a type; others before it are passed over."""
        while True:
            frame = await self.event()
            assert frame is not None, "the stream ended"
            if frame["type"] == kind:
                return frame

    async def change(self) -> dict[str, Any]:
        return await self.of_type("change")


async def events(
    site: Site, who: Person, *, since: str = "", last_id: str = "", **headers: str
) -> EventStream:
    """A stream that was greeted; ``last_id`` is sent as a browser does when it comes back."""
    query = f"?since={since}" if since else ""
    sent = {"Authorization": f"Token {who.token}", "Accept": "text/event-stream", **headers}
    if last_id:
        sent["Last-Event-ID"] = last_id
    stream = await EventStream.dial(site.port, f"/live/events{query}", sent)
    assert stream.status == 200, stream.status
    return stream
