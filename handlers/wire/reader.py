"""Requests out of bytes: llhttp's strict reading, and bounds on what it reads. No I/O."""

import re
from collections import deque
from functools import lru_cache

import httptools
from tornado.httputil import HTTPHeaders, HTTPInputError

from handlers.heads import headers_of, normal

SPOKEN = ("1.0", "1.1")
COMMON = frozenset(
    {b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT"}
)
USUAL = (b"GET ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ")
STAND_IN = b"PURGE"
METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
LONGEST_METHOD = 64
OTHER = re.compile(rb"[\x80-\xff]")
LENGTH, ENCODING = "Content-Length", "Transfer-Encoding"
LINE_EXTRA = 4  # bytes of a header's line besides name and value
SLACK_BYTES, MOST_TO_ONE = 65_536, 16  # what chunks may cost on the wire beyond what they carry


class Incoming:
    """One request: its head, and as much of its body as is here and was not taken."""

    __slots__ = (
        "body",
        "body_bytes",
        "headers",
        "is_whole",
        "keeps",
        "method",
        "target",
        "version",
    )

    def __init__(self, method: str, target: str, version: str, headers: HTTPHeaders):
        self.method, self.target, self.version, self.headers = method, target, version, headers
        self.keeps = self.is_whole = False
        self.body: list[bytes] = []
        self.body_bytes = 0  # of the whole body so far


class RequestReader:
    """Reads what one peer sends; begun requests come into ``requests`` in their order.

    After a request that may leave HTTP (it has ``Upgrade`` and no body) nothing further is read:
    what came behind it is in ``rest``, to be fed again when HTTP goes on. ``wrong`` is the status
    that ends the connection once what came before is answered; nothing is read from then on.
    """

    __slots__ = (
        "_head_bytes",
        "_is_between",
        "_is_continuing",
        "_lines",
        "_method",
        "_most_body",
        "_most_head",
        "_now",
        "_parser",
        "_start",
        "_target",
        "_wire_bytes",
        "requests",
        "rest",
        "wrong",
    )

    def __init__(self, most_head: int, most_body: int):
        self._most_head, self._most_body = most_head, most_body
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._lines: dict[str, list[str]] = {}  # of a head, by name
        self._head_bytes = 0
        self._wire_bytes = 0  # of a head without its end, or of a body
        self._now: Incoming | None = None  # whose body is read
        self._is_continuing, self._is_between = False, True
        self._start = self._method = b""
        self.requests: deque[Incoming] = deque()
        self.rest = b""
        self.wrong: int | None = None

    def feed(self, data: bytes) -> None:
        """Read this, unless something was wrong before."""
        if self.wrong is not None:
            return
        self._wire_bytes += len(data)
        if self._is_between:
            data = _quoted(self._named(data))
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._step_over(data[upgrade.args[0] :])
        except httptools.HttpParserCallbackError as error:
            if not isinstance(error.__context__, HTTPInputError):
                raise
            self._fail(400)
        except httptools.HttpParserError:
            self._fail(400)
        self._check_sizes()

    def end(self) -> None:
        """Nothing is fed any more: the parser, which knows its reader, is let go."""
        del self._parser

    def _named(self, data: bytes) -> bytes:
        """llhttp knows methods by name: what other methods are answered is the application's."""
        if not self._start and data.startswith(USUAL):
            return data
        data = (self._start + data).lstrip(b"\r\n")
        at = data.find(b" ", 0, LONGEST_METHOD + 1)
        method = data[: max(at, 0)]
        self._start = self._method = b""
        if at < 0 and len(data) <= LONGEST_METHOD:
            self._start = data
            return b""
        if method in COMMON or METHOD.fullmatch(method) is None:
            return data  # as it is, or to be refused
        self._method = method
        return STAND_IN + data[at:]

    def _fail(self, status: int) -> None:
        self.wrong = self.wrong or status

    def _check_sizes(self) -> None:
        """Of a head that has no end, and of chunks whose extensions carry nothing."""
        if self._now is None:
            if self._wire_bytes > self._most_head:
                self._fail(431)
        elif self._wire_bytes > SLACK_BYTES + MOST_TO_ONE * self._now.body_bytes:
            self._fail(400)

    # What llhttp calls

    def on_message_begin(self) -> None:
        if not self._is_continuing:
            self._is_between = False
            self._target, self._lines = b"", {}
            self._head_bytes = self._wire_bytes = 0

    def on_url(self, part: bytes) -> None:
        if not self._is_continuing:
            self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_continuing:
            return
        if self._now is not None:
            raise HTTPInputError("trailers")
        self._head_bytes += len(name) + len(value) + LINE_EXTRA
        key, text = _normal(name), value.decode("latin-1").rstrip(" \t")
        if key in self._lines:
            self._lines[key].append(text)
        else:
            self._lines[key] = [text]

    def on_headers_complete(self) -> None:
        if self._is_continuing:
            return
        method = (self._method or self._parser.get_method()).decode()
        self._method, version = b"", self._parser.get_http_version()
        self._check_head(method, version)
        target = self._target.decode("latin-1")
        now = self._now = Incoming(method, target, f"HTTP/{version}", headers_of(self._lines))
        now.keeps = self._parser.should_keep_alive()
        self._wire_bytes = 0
        self.requests.append(now)

    def _check_head(self, method: str, version: str) -> None:
        if self._head_bytes + len(self._target) > self._most_head:
            self._fail(431)
            raise HTTPInputError("too long")
        if version not in SPOKEN or method == "CONNECT":
            raise HTTPInputError("not spoken here")
        encoding = self._lines.get(ENCODING)
        if encoding is not None and (version == "1.0" or ",".join(encoding).lower() != "chunked"):
            raise HTTPInputError("an encoding that others may read otherwise")
        if LENGTH in self._lines and int(self._lines[LENGTH][0]) > self._most_body:
            self._fail(400)  # unless the handler says something better

    def on_body(self, part: bytes) -> None:
        now = self._now
        assert now is not None
        now.body_bytes += len(part)
        if now.body_bytes > self._most_body:
            raise HTTPInputError("too long")
        now.body.append(part)

    def on_message_complete(self) -> None:
        now = self._now
        assert now is not None
        if self._parser.should_upgrade() and _has_body(now):
            return  # which llhttp did not read
        now.is_whole, self._now, self._wire_bytes = True, None, 0
        self._is_continuing, self._is_between = False, True

    def _step_over(self, rest: bytes) -> None:
        """Go on behind the head of a request that asked for an upgrade: its body is still HTTP."""
        now, self._parser = self._now, httptools.HttpRequestParser(self)
        if now is None:
            self.rest = rest
            return
        self._is_continuing = True
        length = now.headers.get(LENGTH)
        line = f"{ENCODING}: chunked" if length is None else f"{LENGTH}: {length}"
        self._parser.feed_data(f"POST / HTTP/1.1\r\n{line}\r\n\r\n".encode())
        self.feed(rest)


@lru_cache(maxsize=1_000)
def _normal(name: bytes) -> str:
    """A header's name, out of its bytes."""
    return normal(name.decode("latin-1"))


def _quoted(data: bytes) -> bytes:
    """Letters of other scripts in a request's first line, as browsers write them there."""
    if data.isascii():
        return data
    line, end, rest = data.partition(b"\r\n")
    return OTHER.sub(lambda found: b"%%%02X" % found[0][0], line) + end + rest


def _has_body(request: Incoming) -> bool:
    return ENCODING in request.headers or int(request.headers.get(LENGTH, "0")) > 0
