"""The way out of a websocket: what is written in one turn of the loop is one piece at its end.

Nothing here waits. `unsent_bytes` says how much the peer has not taken; it is for others to stop.
"""

import asyncio

from handlers.live.framing import frame
from handlers.live.sockets import Sockets
from handlers.live.strict import FINAL, PING

PING_FRAME = frame(FINAL | PING, b"")


class Outgoing(asyncio.Protocol):
    """The half of a `push.connection.Transport` that sends."""

    __slots__ = (
        "_frame",
        "_handed",
        "_is_closing",
        "_is_stuck",
        "_out",
        "_out_bytes",
        "_sockets",
        "_taken_before",
        "_transport",
        "_waiting",
    )

    def __init__(self, sockets: Sockets, *, is_deflated: bool):
        self._sockets = sockets
        self._frame = sockets.deflated if is_deflated else sockets.plain
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._out_bytes = self._handed = 0
        self._taken_before = -1  # bytes that the peer had taken at the last ping, if any waited
        self._waiting: asyncio.Future[None] | None = None  # for what is unsent to be sent
        self._is_closing = self._is_stuck = False

    @property
    def unsent_bytes(self) -> int:
        if not self._is_stuck or self._transport is None:
            return self._out_bytes
        return self._out_bytes + self._transport.get_write_buffer_size()

    def write(self, *payloads: bytes) -> None:
        """Send text messages; those to a peer that is gone, or going, are dropped."""
        if self._is_closing:
            return
        if not self._out:
            self._sockets.send_later(self)
        data = self._frame(payloads)
        self._out.append(data)
        self._out_bytes += len(data)

    def write_frame(self, data: bytes) -> None:
        """Send a frame of any other kind; as with `write`, it may be dropped."""
        if self._is_closing:
            return
        if not self._out:
            self._sockets.send_later(self)
        self._out.append(data)
        self._out_bytes += len(data)

    def flush(self) -> None:
        """Hand what was written to the socket, in one piece."""
        out = self._out
        if out and self._transport is not None:
            data = out[0] if len(out) == 1 else b"".join(out)
            self._handed += self._out_bytes
            self._transport.write(data)
        self._out, self._out_bytes = [], 0

    def ping(self) -> bool:
        """False when what waited has moved since the last ping: a slow peer is there."""
        self.write_frame(PING_FRAME)
        before, self._taken_before = self._taken_before, -1
        if self._transport is None:
            return True
        taken = self._handed - self._transport.get_write_buffer_size()
        if self._is_stuck:
            self._taken_before = taken
        return not 0 <= before < taken

    async def drained(self) -> None:
        """Return when nothing waits to be sent; raises ConnectionError when the peer is gone."""
        self.flush()
        while self._is_stuck:
            self._waiting = self._waiting or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._waiting)
        if self._transport is None:
            raise ConnectionError("the peer is gone")

    def pause_writing(self) -> None:
        """The socket takes no more for now."""
        self._is_stuck = True

    def resume_writing(self) -> None:
        """Nothing waits any more."""
        self._is_stuck = False
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    def _lose(self) -> None:
        """There is no connection any more: nothing can be sent, and nobody need wait for it."""
        self._transport, self._is_closing, self._is_stuck = None, True, False
        self._sockets.remove(self)
        self._out, self._out_bytes = [], 0
        self._wake()

    def cut(self) -> None:
        """Be gone without a word."""
        if self._transport is not None:
            self._transport.abort()
