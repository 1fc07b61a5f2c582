"""Frames as server-sent events, on a stream that was taken from its HTTP connection."""

import asyncio
import random
import socket
from collections.abc import Callable

import orjson

from push import frames

CURSORS = (b"hello", b"ping")
RETRY_MS = (500, 2_000)  # spread, so that a thousand browsers do not return as one
CLOSE_LIMIT_S = 5.0
USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux


def event(frame: bytes, cursor: str | None) -> bytes:
    """A frame as an event of its type; with a cursor, that is where a browser resumes after it."""
    where = b"" if cursor is None else b"id: %b\n" % cursor.encode()
    return b"event: %b\n%bdata: %b\n\n" % (frames.kind_of(frame), where, frame)


def retry(wait_ms: int) -> bytes:
    """How long a browser waits before it comes back."""
    return b"retry: %d\n\n" % wait_ms


class EventStream(asyncio.Protocol):
    """A `push.connection.Transport` over the rest of an answer whose head was sent.

    ``resume`` says where to resume after all that was told, if that can be said. What the peer
    still sends is passed over.
    """

    def __init__(self, resume: Callable[[], str | None], *, is_chunked: bool, silent_s: float):
        self._resume, self._is_chunked, self._silent_s = resume, is_chunked, silent_s
        self._told_cursor: str | None = None
        self._transport: asyncio.Transport | None = None
        self._handed = 0
        self._taken_before = -1  # bytes that the peer had taken at the last ping, if any waited
        self._room = asyncio.Event()
        self._room.set()
        self._lost = asyncio.Event()
        self._limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=0)
        own = transport.get_extra_info("socket")
        if USER_TIMEOUT is not None and own is not None:
            # A peer that is gone takes nothing and says nothing; only the system can tell.
            own.setsockopt(socket.IPPROTO_TCP, USER_TIMEOUT, int(self._silent_s * 1_000))
        self._send(retry(random.randint(*RETRY_MS)))  # noqa: S311

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._limit is not None:
            self._limit.cancel()
        self._lost.set()
        self._room.set()

    def pause_writing(self) -> None:
        """The socket takes no more for now."""
        self._room.clear()

    def resume_writing(self) -> None:
        """Nothing waits any more."""
        self._room.set()

    @property
    def unsent_bytes(self) -> int:
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

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
        if self._transport is None or self._transport.is_closing():
            return
        chunk = b"%x\r\n%b\r\n" % (len(data), data) if self._is_chunked else data
        self._handed += len(chunk)
        self._transport.write(chunk)

    def ping(self) -> bool:
        """True when what waits has not moved since the last time: nothing else shows a peer."""
        before, self._taken_before = self._taken_before, -1
        taken = self._handed - self.unsent_bytes
        if self.unsent_bytes:
            self._taken_before = taken
        return bool(self.unsent_bytes) and taken == before

    def close(self, code: int, reason: str) -> None:
        """Say why, and end the answer; a peer that does not take it is cut off after 5 s."""
        self._send(event(frames.close(code, reason), None))
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if self._is_chunked:
            transport.write(b"0\r\n\r\n")
        transport.close()
        self._limit = asyncio.get_running_loop().call_later(CLOSE_LIMIT_S, transport.abort)

    async def drained(self) -> None:
        """Return when nothing waits to be sent; raises ConnectionError when the peer is gone."""
        await self._room.wait()
        if self._transport is None:
            raise ConnectionError("the peer is gone")

    async def ended(self) -> None:
        """Return when the connection is over."""
        await self._lost.wait()
