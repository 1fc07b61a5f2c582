"""One websocket over an asyncio transport: frames in strictly, messages one at a time, its end.

Frames out are joined (`outgoing.py`), and no further frame is taken from a peer that does not read.
It knows nothing of HTTP: `handover.py` gives it a socket whose handshake is done.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Protocol

from domain.closing import FAILED
from handlers.live.framing import close_frame, frame
from handlers.live.outgoing import Outgoing
from handlers.live.sockets import Sockets
from handlers.live.strict import (
    CLOSE,
    CONTINUATION,
    FINAL,
    PING,
    PONG,
    Broken,
    Frame,
    FrameReader,
)

log = logging.getLogger("carillon.live")

FRAMES_A_TURN = 32
CLOSING_LIMIT_S = 5.0  # for a peer to answer a close, and to read what is on its way


class Peer(Protocol):
    """What a socket tells its owner."""

    def on_frame(self) -> None:
        """A frame of any kind came; may raise `Broken`."""

    def on_message(self, opcode: int, payload: bytes) -> "Coroutine[None, None, None] | None":
        """A message came; the next frame is taken when what is returned is done."""

    def on_pong(self) -> None: ...

    def fail(self, code: int, reason: str) -> None:
        """The client broke the protocol: close, and send nothing any more."""

    def on_close(self) -> None:
        """The peer is gone; called once."""


class SocketTransport(Outgoing):
    """A `push.connection.Transport` over an accepted websocket.

    Nothing is read from it before `start`.
    """

    __slots__ = ("_is_busy", "_is_deaf", "_limit", "_most_unsent", "_peer", "_reader", "_task")

    def __init__(
        self, sockets: Sockets, reader: FrameReader, *, is_deflated: bool, most_unsent: int
    ):
        """``most_unsent`` bytes wait before no further frame is taken."""
        super().__init__(sockets, is_deflated=is_deflated)
        self._reader, self._most_unsent = reader, most_unsent
        self._peer: Peer | None = None
        self._task: asyncio.Task[None] | None = None
        self._limit: asyncio.TimerHandle | None = None
        self._is_busy = True  # with a message, or not started: nothing is read
        self._is_deaf = False

    # The way in

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=0)
        transport.pause_reading()
        self._sockets.add(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._take()

    def start(self, peer: Peer) -> None:
        """Begin to take frames, and to tell ``peer`` of them."""
        self._peer, self._is_busy = peer, False
        if self._transport is None:
            peer.on_close()
        self._take()

    def data_received(self, data: bytes) -> None:
        if not self._is_deaf:
            self._reader.feed(data)
            self._take()

    def _take(self) -> None:
        """Take frames until one needs time, the peer must read first, or no whole one is left."""
        try:
            for _ in range(FRAMES_A_TURN):
                came = self._next()
                if came is None:
                    return
                self._handle(came)
        except Broken as error:
            self._fail(error)
        else:
            self._rest()

    def _next(self) -> Frame | None:
        """The next frame, if one may be taken; reading stops or goes on accordingly."""
        transport = self._transport
        if self._is_busy or self._is_deaf or transport is None:
            return None
        if self._must_wait():
            transport.pause_reading()
            return None
        came = self._reader.next()
        if came is None and not transport.is_reading():
            transport.resume_reading()
        return came

    def _must_wait(self) -> bool:
        """Does so much wait for the peer that it must read before it may say more?"""
        if self.unsent_bytes > self._most_unsent:
            self.flush()
        return self._is_stuck and self.unsent_bytes > self._most_unsent

    def _rest(self) -> None:
        """Many frames came at once: let others have their turn."""
        if not self._is_busy:
            self._hold()
            asyncio.get_running_loop().call_soon(self._go_on)

    def _hold(self) -> None:
        """Nothing further is taken, nor read, until `_go_on`."""
        self._is_busy = True
        if self._transport is not None:
            self._transport.pause_reading()

    def _go_on(self) -> None:
        self._is_busy = False
        self._take()

    def _handle(self, came: Frame) -> None:
        assert self._peer is not None
        self._peer.on_frame()
        if came.opcode == CLOSE:
            self._answer_close(came.payload)
        elif came.opcode == PING:
            self.write_frame(frame(FINAL | PONG, came.payload))
        elif came.opcode == PONG:
            self._peer.on_pong()
        elif came.opcode != CONTINUATION:
            self._begin(self._peer.on_message(came.opcode, came.payload))

    def _begin(self, work: "Coroutine[None, None, None] | None") -> None:
        """A message is worked on; the next frame has to wait."""
        if work is not None:
            self._hold()
            self._task = asyncio.get_running_loop().create_task(work)
            self._task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._task = None
        if not task.cancelled() and task.exception() is not None:
            log.error("a message failed", exc_info=task.exception())
            self.close(FAILED, "internal error")
        self._go_on()

    # The end

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake; a peer that does not answer is cut off after 5 s."""
        self._close(close_frame(code, reason))

    def _close(self, data: bytes) -> None:
        if self._is_closing:
            return
        self.write_frame(data)
        self._is_closing = True
        self.flush()
        self._limit = asyncio.get_running_loop().call_later(CLOSING_LIMIT_S, self.cut)

    def _answer_close(self, payload: bytes) -> None:
        """The peer closes, or answers a close."""
        code = int.from_bytes(payload[:2], "big") if payload else None
        self._close(close_frame(code))
        self._is_deaf = True
        if self._transport is not None:
            self._transport.close()

    def _fail(self, error: Broken) -> None:
        """Close, and read past what still comes: a reset connection would lose the close code."""
        assert self._peer is not None
        self._peer.fail(error.code, error.reason)
        self.close(error.code, error.reason)  # if it was not: nothing may be written from here on
        self._is_deaf = True
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.can_write_eof():
            transport.write_eof()
            transport.resume_reading()
        else:
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._lose()
        if self._limit is not None:
            self._limit.cancel()
        if self._peer is not None:
            self._peer.on_close()
