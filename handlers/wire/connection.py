"""One peer's HTTP/1.1 over an asyncio transport: one request after the other, within limits."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Protocol

from tornado.httputil import HTTPHeaders, HTTPInputError, HTTPServerConnectionDelegate

from handlers.wire.detached import Detached
from handlers.wire.exchange import Exchange, fail
from handlers.wire.proxies import Caller
from handlers.wire.reader import Incoming, RequestReader

log = logging.getLogger("carillon.http")

SLICE = 16_384  # read at once: bounds what is read of further requests before the first is answered
MOST_HELD = 65_536  # bytes of further requests, or of a body that nobody takes yet
LINGER_S = 1.0  # for a peer to stop sending what nobody reads: a reset would lose the answer
WRONG = {
    400: b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
    431: b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n",
}


@dataclass(frozen=True)
class Limits:
    """What one peer may ask of us."""

    head_bytes: int
    body_bytes: int
    idle_s: float  # for a request's head to be there
    body_s: float  # for all of its body, from then on


class Owner(Protocol):
    """The server of the connection."""

    application: HTTPServerConnectionDelegate
    limits: Limits
    is_leaving: bool

    def came(self, one: "Connection") -> None: ...

    def went(self, one: "Connection") -> None: ...

    def caller(self, headers: HTTPHeaders, peer: Caller) -> Caller:
        """Who asks, as far as proxies are believed; screens the headers."""


class Connection(asyncio.Protocol):
    """A `handlers.wire.exchange.Line`, and the protocol of its transport."""

    def __init__(self, owner: Owner, peer: Caller):
        self._owner, self._peer = owner, peer
        self._reader = RequestReader(owner.limits.head_bytes, owner.limits.body_bytes)
        self._exchange: Exchange | None = None
        self._held = bytearray()  # what came and may not be read yet
        self._is_deaf = False  # nothing more is read
        self._room: list[asyncio.Future[None]] = []  # who waits for the transport to take more
        self._is_stuck = False
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._patience_s, self._unsent_bytes = 0.0, 0  # when the deadline was set

    # Coming and going

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._loop = transport, asyncio.get_running_loop()
        self._sent: asyncio.Future[None] = self._loop.create_future()
        self._sent.set_result(None)
        self._owner.came(self)
        self._expect(self._owner.limits.idle_s)

    def connection_lost(self, error: Exception | None) -> None:
        self._end()
        waiting, self._room = self._room, []
        for one in waiting:
            fail(one)
        if self._exchange is not None:
            self._exchange.lost()

    def _end(self) -> None:
        self._is_deaf, self._deadline = True, None
        self._held.clear()
        if self._timer is not None:
            self._timer.cancel()
        self._reader.end()
        self._owner.went(self)

    @property
    def is_writing(self) -> bool:
        """Has not all that was answered left us?"""
        return self._transport.get_write_buffer_size() > 0

    def abort(self) -> None:
        """Be gone without a word."""
        self._transport.abort()

    def detach(self) -> Detached:
        transport, early = self._transport, bytes(self._held)
        self._end()
        self._exchange = None
        return Detached(transport, early, is_stuck=self._is_stuck)

    # The way in

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            return
        if self._held or self._exchange is not None or len(data) > SLICE:
            self._held += data
        else:
            self._feed(data)
        self.read_on()

    def read_on(self) -> None:
        """Read and begin as much as may be now."""
        try:
            if self._exchange is not None:
                self._exchange.more()
            while not self._is_deaf and self._step():
                pass
        except HTTPInputError:
            self._refuse(400)
        except Exception:
            log.exception("a connection failed")
            self.abort()
        else:
            self._pace()

    def _step(self) -> bool:
        """Begin the next request, or read a slice; False when there is nothing to do for now."""
        if self._exchange is None and self._reader.requests:
            self._begin(self._reader.requests.popleft())
        elif self._held and not self._must_wait():
            part = bytes(self._held[:SLICE])
            del self._held[:SLICE]
            self._feed(part)
        else:
            self._check_wrong()
            return False
        return True

    def _feed(self, part: bytes) -> None:
        self._reader.feed(part)
        if self._reader.rest:
            self._held[:0], self._reader.rest = self._reader.rest, b""
        if self._exchange is not None:
            self._exchange.more()

    def _must_wait(self) -> bool:
        """Is there a request that must be answered, or a body to be taken, before more is read?"""
        exchange = self._exchange
        if exchange is None or self._reader.wrong is not None:
            return False
        waiting = sum(map(len, exchange.request.body))
        return exchange.request.is_whole or waiting > MOST_HELD

    def _check_wrong(self) -> None:
        """Answer what was wrong, once all before it is answered."""
        exchange, wrong = self._exchange, self._reader.wrong
        if wrong is None or (exchange and (exchange.request.is_whole or not exchange.is_ready)):
            return
        self._refuse(wrong)

    def _begin(self, request: Incoming) -> None:
        owner = self._owner
        self._deadline = None
        caller = owner.caller(request.headers, self._peer)
        keeps = request.keeps and not owner.is_leaving
        exchange = self._exchange = Exchange(self, request, caller, keeps=keeps)
        exchange.begin(owner.application)
        exchange.more()

    def _pace(self) -> None:
        """Let the peer wait while much is held, and wait for a body no longer than its limit."""
        exchange, transport = self._exchange, self._transport
        if self._is_deaf:
            return
        if exchange is not None and exchange.request.is_whole:
            self._deadline = None
        elif exchange is not None and self._deadline is None:
            self._expect(self._owner.limits.body_s)
        if len(self._held) > MOST_HELD:
            transport.pause_reading()
        elif not transport.is_reading():
            transport.resume_reading()

    # The way out

    def send(self, data: bytes) -> "asyncio.Future[None]":
        transport = self._transport
        if transport.is_closing():
            return fail(self._loop.create_future())
        transport.write(data)
        if not self._is_stuck:
            return self._sent
        waiting: asyncio.Future[None] = self._loop.create_future()
        self._room.append(waiting)
        return waiting

    def pause_writing(self) -> None:
        """The socket takes no more for now."""
        self._is_stuck = True

    def resume_writing(self) -> None:
        """There is room again."""
        self._is_stuck = False
        waiting, self._room = self._room, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    def answered(self, *, keeps: bool) -> None:
        exchange, self._exchange = self._exchange, None
        if not keeps:
            self._leave(is_read=exchange is None or exchange.request.is_whole)
            return
        self._expect(self._owner.limits.idle_s)
        if self._held or self._reader.requests or self._reader.wrong:
            self._loop.call_soon(self.read_on)

    def _refuse(self, status: int) -> None:
        """Say what is wrong, unless an answer was begun, and close."""
        log.debug("%s sent what is no request: %d", self._peer.remote_ip, status)
        exchange, self._exchange = self._exchange, None
        if exchange is None or not exchange.has_head:
            self.send(WRONG[status])
        if exchange is not None:
            exchange.lost()
        self._leave(is_read=False)

    def _leave(self, *, is_read: bool) -> None:
        """Close once all is sent; what the peer still sends is passed over."""
        self._is_deaf = True
        self._held.clear()
        transport = self._transport
        if is_read or transport.is_closing() or not transport.can_write_eof():
            transport.close()
            self._expect(self._owner.limits.idle_s)
        else:
            transport.write_eof()
            transport.resume_reading()
            self._expect(LINGER_S)

    # Time

    def _expect(self, patience_s: float) -> None:
        """Something must have happened by then."""
        self._patience_s, self._unsent_bytes = patience_s, self._transport.get_write_buffer_size()
        deadline = self._deadline = self._loop.time() + patience_s
        if self._timer is not None and self._timer.when() <= deadline:
            return  # which looks again
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._look)

    def _look(self) -> None:
        """Cut off who is late; who takes an answer slowly is not."""
        self._timer = None
        if self._deadline is None:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._look)
        elif self._transport.get_write_buffer_size() < self._unsent_bytes:
            self._expect(self._patience_s)
        else:
            self.abort()
