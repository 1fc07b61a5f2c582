"""Server-sent events and long polls, read as frames with cursors like a websocket's."""

import asyncio
from collections.abc import AsyncIterator
from typing import Self

import orjson

from tests.chaos.wire import (
    CONNECT_LIMIT_S,
    GONE,
    STREAM_BYTES,
    Frame,
    Line,
    Refused,
    Streams,
    head,
    request,
)

WAIT_S, PAGE = 5, 20


class Events:
    """An answer of ``/live/events``; `close_code` is a websocket's, None: it was cut."""

    def __init__(self, streams: Streams):
        self._reader, self._writer = streams
        self.close_code: int | None = None

    @classmethod
    async def connect(cls, port: int, cursor: str, token: str) -> Self:
        """Raises as `Socket.connect`."""
        sent = {"Authorization": f"Token {token}"} | ({"Last-Event-ID": cursor} if cursor else {})
        async with asyncio.timeout(CONNECT_LIMIT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=STREAM_BYTES)
            try:
                writer.write(request("GET", "/live/events", sent, None))
                status, _ = await head(reader)
                if status != 200:
                    raise Refused(status)
            except BaseException:
                writer.transport.abort()
                raise
        return cls((reader, writer))

    async def frames(self) -> AsyncIterator[Frame]:
        """Every event until the connection ends; its ``id`` is a cursor."""
        try:
            async for event in self._events():
                fields = dict(line.split(b": ", 1) for line in event.splitlines())
                if b"data" not in fields:
                    continue
                frame: Frame = orjson.loads(fields[b"data"])
                if b"id" in fields:
                    frame["cursor"] = fields[b"id"].decode()
                if frame["type"] == "close":
                    self.close_code = frame["code"]
                yield frame
        except GONE:
            return
        finally:
            self.abort()

    async def _events(self) -> AsyncIterator[bytes]:
        """Events out of the chunks that they come in."""
        waiting = b""
        while size := int(await self._reader.readline() or b"0", 16):
            waiting += (await self._reader.readexactly(size + 2))[:size]
            *whole, waiting = waiting.split(b"\n\n")
            for event in whole:
                yield event

    def abort(self) -> None:
        self._writer.transport.abort()


class Polls:
    """One long poll of ``/live/changes`` after the other. Counters are not told."""

    def __init__(self, port: int, cursor: str, token: str):
        self._line, self._port = Line(), port
        self._cursor, self._token = cursor, token
        self.close_code: int | None = None

    @classmethod
    async def connect(cls, port: int, cursor: str, token: str) -> Self:
        return cls(port, cursor, token)

    async def frames(self) -> AsyncIterator[Frame]:
        """The changes of each answer, and its cursor as a ping's, until one is not an answer."""
        while True:
            wait_s = WAIT_S if self._cursor else 0
            path = f"/live/changes?since={self._cursor}&limit={PAGE}&wait={wait_s}"
            sent = {"Authorization": f"Token {self._token}"}
            reply = await self._line.ask(self._port, "GET", path, headers=sent)
            if reply.status != 200:
                self.abort()
                return
            answer = reply.json
            for frame in answer["changes"]:
                yield frame
            self._cursor = answer["cursor"]
            yield {"type": "reset" if answer["reset"] else "ping", "cursor": self._cursor}

    def abort(self) -> None:
        self._line.close()
