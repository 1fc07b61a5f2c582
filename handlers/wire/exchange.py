"""One request and its answer, as Tornado's applications see them (`tornado.httputil`)."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from tornado.gen import convert_yielded
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPOutputError,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import StreamClosedError

from handlers.wire.detached import Detached
from handlers.wire.proxies import Caller
from handlers.wire.reader import LENGTH, Incoming

log = logging.getLogger("carillon.http")

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
NO_CONTENT, NOT_MODIFIED, FIRST_FINAL = 204, 304, 200
OLD = "HTTP/1.0"


def fail(waiting: "asyncio.Future[None]") -> "asyncio.Future[None]":
    """Say that the peer is gone; nobody has to ask for it."""
    if not waiting.done():
        waiting.set_exception(StreamClosedError())
        waiting.exception()
    return waiting


class Line(Protocol):
    """What an exchange needs of its connection."""

    def send(self, data: bytes) -> "asyncio.Future[None]":
        """Done when there is room for more; fails with StreamClosedError."""

    def answered(self, *, keeps: bool) -> None:
        """The answer is given; without ``keeps`` it is the last."""

    def read_on(self) -> None:
        """The application has taken what it was given."""

    def abort(self) -> None: ...

    def detach(self) -> Detached: ...


class Exchange(HTTPConnection):
    """Begun once, told of more of its body with `more`, and lost or answered in the end."""

    def __init__(self, line: Line, request: Incoming, caller: Caller, *, keeps: bool):
        self.context, self.request = caller, request
        self._line, self._keeps = line, keeps
        self._delegate: HTTPMessageDelegate | None = None
        self._on_close: Callable[[], None] | None = None
        self._is_waiting = True  # until the application is ready for more
        self._is_read = self._is_chunked = False
        self._left: int | None = None  # of a body whose length was said
        self.has_head = self.is_over = False

    # The request

    @property
    def is_ready(self) -> bool:
        """Has the application taken all that it was given so far?"""
        return not self._is_waiting

    def begin(self, application: HTTPServerConnectionDelegate) -> None:
        """Hand over the head; the body comes with `more`.

        Raises HTTPInputError for a head that the application refuses.
        """
        request = self.request
        delegate = application.start_request(self._line, self)
        start = RequestStartLine(request.method, request.target, request.version)
        ready = delegate.headers_received(start, request.headers)
        self._delegate = delegate
        if ready is None:
            self._welcome()
        else:
            convert_yielded(ready).add_done_callback(self._begun)

    def _begun(self, ready: "asyncio.Future[None]") -> None:
        if self._is_good(ready):
            self._welcome()
            self._line.read_on()

    def _welcome(self) -> None:
        if self.request.headers.get("Expect") == "100-continue" and not self.has_head:
            self._line.send(CONTINUE)
        self._is_waiting = False

    def more(self) -> None:
        """Hand over what came of the body, and then that it is whole."""
        if self._is_waiting or self.is_over or self._delegate is None:
            return
        parts, self.request.body = self.request.body, []
        if parts:
            ready = self._delegate.data_received(b"".join(parts))
            if ready is not None:
                self._is_waiting = True
                convert_yielded(ready).add_done_callback(self._took)
                return
        if self.request.is_whole and not self._is_read:
            self._is_read = True
            self._delegate.finish()

    def _took(self, ready: "asyncio.Future[None]") -> None:
        if self._is_good(ready):
            self._is_waiting = False
            self._line.read_on()

    def _is_good(self, ready: "asyncio.Future[None]") -> bool:
        if ready.cancelled() or ready.exception() is not None:
            log.error("a request failed", exc_info=None if ready.cancelled() else ready.exception())
            self._line.abort()
            return False
        return not self.is_over

    def lost(self) -> None:
        """The peer is gone before its answer, or is no longer spoken with."""
        if self.is_over:
            return
        delegate, callback, self._on_close = self._delegate, self._on_close, None
        self._leave()
        if delegate is not None and not self._is_read:
            delegate.on_connection_close()
        elif callback is not None:
            callback()

    def set_close_callback(self, callback: Callable[[], None] | None) -> None:
        """What is told of a peer that is gone before its answer (Tornado's handlers ask for it)."""
        self._on_close = callback

    # The answer

    def write_headers(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> "asyncio.Future[None]":
        assert isinstance(start_line, ResponseStartLine)
        self._frame(start_line.code, headers)
        lines = [f"HTTP/1.1 {start_line.code} {start_line.reason}"]
        lines += [f"{name}: {value}" for name, value in headers.get_all()]
        text = "\r\n".join(lines)
        if text.count("\r") != len(lines) - 1 or text.count("\n") != len(lines) - 1:
            raise ValueError("a line's end within a header")
        data = text.encode("latin-1") + b"\r\n\r\n"
        self.has_head = True
        return self._send(data + self._framed(chunk) if chunk else data)

    def _frame(self, code: int, headers: HTTPHeaders) -> None:
        """Choose how the answer's end will be known, and say so."""
        is_old, is_head = self.request.version == OLD, self.request.method == "HEAD"
        may_have_body = code >= FIRST_FINAL and code not in (NO_CONTENT, NOT_MODIFIED)
        is_open = may_have_body and not is_head and LENGTH not in headers
        self._is_chunked = is_open and not is_old
        self._keeps = self._keeps and not (is_open and is_old)
        if self._is_chunked:
            headers["Transfer-Encoding"] = "chunked"
        if not self._keeps and not is_old:
            headers["Connection"] = "close"
        elif self._keeps and is_old:
            headers["Connection"] = "Keep-Alive"
        if is_head or code == NOT_MODIFIED:
            self._left = 0
        elif LENGTH in headers:
            self._left = int(headers[LENGTH])

    def _framed(self, chunk: bytes) -> bytes:
        if self._left is not None:
            self._left -= len(chunk)
            if self._left < 0:
                self._line.abort()
                raise HTTPOutputError("more was written than Content-Length says")
        return b"%x\r\n%b\r\n" % (len(chunk), chunk) if self._is_chunked and chunk else chunk

    def write(self, chunk: bytes) -> "asyncio.Future[None]":
        return self._send(self._framed(chunk))

    def _send(self, data: bytes) -> "asyncio.Future[None]":
        """What comes after the end belongs to no answer."""
        if self.is_over:
            return fail(asyncio.get_running_loop().create_future())
        return self._line.send(data)

    def finish(self) -> None:
        if self._left and not self.is_over:
            self._line.abort()
            raise HTTPOutputError("less was written than Content-Length says")
        if self._is_chunked:
            self._send(b"0\r\n\r\n")
        if not self.is_over:
            self._leave()
            self._line.answered(keeps=self._keeps and self.request.is_whole)

    def _leave(self) -> None:
        """It is over. The application's side knows this one: without a word it would be a cycle."""
        self.is_over, self._delegate = True, None

    def detach(self) -> Detached:
        """Leave HTTP behind (what Tornado's `RequestHandler.detach` calls)."""
        self._leave()
        return self._line.detach()
