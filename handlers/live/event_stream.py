"""Frames as server-sent events, on a stream that was taken from its HTTP connection."""

import asyncio
import random
import socket
from collections.abc import Callable
from contextlib import suppress

import orjson
from tornado.iostream import IOStream, StreamClosedError

from push import frames

CURSORS = (b"hello", b"ping")
RETRY_MS = (500, 2_000)  # spread, so that a thousand browsers do not return as one
SLICE = 65_536  # what a slow peer takes of this much shows that he is there
CLOSE_LIMIT_S = 5.0
USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux


def event(frame: bytes, cursor: str | None) -> bytes:
    """A frame as an event of its type; with a cursor, that is where a browser resumes after it."""
    where = b"" if cursor is None else b"id: %b\n" % cursor.encode()
    return b"event: %b\n%bdata: %b\n\n" % (frames.kind_of(frame), where, frame)


def retry(wait_ms: int) -> bytes:
    """How long a browser waits before it comes back."""
    return b"retry: %d\n\n" % wait_ms


class EventStream:
    """A `push.connection.Transport` over the rest of an answer whose head was sent.

    ``resume`` says where to resume after all that was told, if that can be said.
    """

    def __init__(
        self,
        stream: IOStream,
        resume: Callable[[], str | None],
        *,
        is_chunked: bool,
        silent_s: float,
    ):
        self.unsent_bytes = 0
        self._stream, self._resume, self._is_chunked = stream, resume, is_chunked
        self._told_cursor: str | None = None
        self._has_moved = False
        self._limit: asyncio.TimerHandle | None = None
        if USER_TIMEOUT is not None and not stream.closed():
            # A peer that is gone takes nothing and says nothing; only the system can tell.
            stream.socket.setsockopt(socket.IPPROTO_TCP, USER_TIMEOUT, int(silent_s * 1_000))
        self._send(retry(random.randint(*RETRY_MS)))  # noqa: S311

    def write(self, *told: bytes) -> None:
        """Send frames as events; those to a peer that is gone are dropped."""
        self._send(b"".join(map(self._event, told)))

    def _event(self, frame: bytes) -> bytes:
        kind = frames.kind_of(frame)
        if kind == b"bye":
            return retry(orjson.loads(frame)["retry_ms"]) + event(frame, None)
        cursor = orjson.loads(frame)["cursor"] if kind in CURSORS else self._resume()
        is_news, self._told_cursor = cursor != self._told_cursor, cursor or self._told_cursor
        return event(frame, cursor if is_news else None)

    def _send(self, data: bytes) -> None:
        for start in range(0, len(data), SLICE):
            self._send_slice(data[start : start + SLICE])

    def _send_slice(self, data: bytes) -> None:
        chunk = b"%x\r\n%b\r\n" % (len(data), data) if self._is_chunked else data
        with suppress(StreamClosedError):
            writing = self._stream.write(chunk)
            self.unsent_bytes += len(chunk)
            writing.add_done_callback(lambda _: self._taken(len(chunk)))

    def _taken(self, size_bytes: int) -> None:
        self.unsent_bytes -= size_bytes
        self._has_moved = True

    def ping(self) -> bool:
        """True when what waits has not moved since the last time: nothing else shows a peer."""
        is_stuck = self.unsent_bytes > 0 and not self._has_moved
        self._has_moved = False
        return is_stuck

    def close(self, code: int, reason: str) -> None:
        """Say why, and end the answer; a peer that does not take it is cut off after 5 s."""
        self._send(event(frames.close(code, reason), None))
        with suppress(StreamClosedError):
            ending = self._stream.write(b"0\r\n\r\n" if self._is_chunked else b"")
            self._limit = asyncio.get_running_loop().call_later(CLOSE_LIMIT_S, self._stream.close)
            ending.add_done_callback(lambda _: self._stream.close())

    async def drained(self) -> None:
        """Return when nothing waits to be sent; raises ConnectionError when the peer is gone."""
        try:
            await self._stream.write(b"")
        except StreamClosedError as error:
            raise ConnectionError("the peer is gone") from error

    async def ended(self) -> None:
        """Return when the connection is over; what the peer still sends is passed over."""
        with suppress(StreamClosedError):
            while True:
                await self._stream.read_bytes(SLICE, partial=True)
        if self._limit is not None:
            self._limit.cancel()
