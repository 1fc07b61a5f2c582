"""Requests as bytes, and the statuses that both HTTP servers answer them with."""

from dataclasses import dataclass

OURS, TORNADOS = "httptools", "tornado"
LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def get(name: str, *lines: str) -> bytes:
    text = "".join(f"{one}\r\n" for one in lines)
    return f"GET /{name} HTTP/1.1\r\nHost: x\r\n{text}\r\n".encode()


def post(body: bytes, *lines: str, name: str = "a", version: str = "1.1") -> bytes:
    text = "".join(f"{one}\r\n" for one in lines)
    return f"POST /{name} HTTP/{version}\r\nHost: x\r\n{text}\r\n".encode() + body


CHUNKED = "Transfer-Encoding: chunked"
JSON = "Content-Type: application/json"


@dataclass(frozen=True)
class Case:
    """What is sent, and the statuses it is answered with; a ``200`` of a last request ends them
    where the connection was kept open. ``tornado`` is what Tornado does otherwise, as a pattern.
    """

    name: str
    sent: bytes
    ours: str
    tornado: str | None = None

    def of(self, server: str) -> str:
        return self.ours if server == OURS or self.tornado is None else self.tornado


CASES = [
    # What goes well, and goes on
    Case("nothing before", b"", "200"),
    Case("one", get("a"), "200 200"),
    Case("three at once", get("a") + get("b") + get("c"), "200 200 200 200"),
    Case("empty lines before", b"\r\n\r\n" + get("a"), "200 200", "400"),
    Case("a head alone", get("a").replace(b"GET", b"HEAD"), "200 200"),
    Case("a body", post(b"abc", "Content-Length: 3"), "200 200"),
    Case("a body for a plain handler", post(b"abc", "Content-Length: 3", name="plain"), "200 200"),
    Case("no length", post(b""), "200 200"),
    Case("chunks", post(b"3\r\nabc\r\n10\r\n" + b"x" * 16 + b"\r\n0\r\n\r\n", CHUNKED), "200 200"),
    Case("continue", post(b"abc", "Content-Length: 3", "Expect: 100-continue"), "100 200 200"),
    Case("an unknown verb", get("a").replace(b"GET", b"BREW"), "405 200", "405( 200)?"),
    Case("a verb in small letters", get("a").replace(b"GET", b"get"), "405 200", "405( 200)?"),
    Case("other scripts", "GET /a?q=\u0663 HTTP/1.1\r\nHost: x\r\n\r\n".encode(), "200 200"),
    Case("no path", b"GET a HTTP/1.1\r\nHost: x\r\n\r\n", "400", "404( 200)?"),
    Case("an unknown path", get("a/b"), "404 200"),
    Case("refused", get("refused"), "403 200", "403( 200)?"),
    Case("refused with its body", post(b"abc", "Content-Length: 3", name="refused"), "403 200"),
    Case(
        "an upgrade that nobody makes", get("a", "Connection: Upgrade", "Upgrade: h2c"), "200 200"
    ),
    Case(
        "such an upgrade with a body",
        post(b"abc", "Connection: Upgrade", "Upgrade: h2c", "Content-Length: 3"),
        "200 200",
    ),
    Case(
        "such an upgrade with chunks",
        post(b"3\r\nabc\r\n0\r\n\r\n", "Connection: Upgrade", "Upgrade: h2c", CHUNKED),
        "200 200",
    ),
    # What goes well, and ends
    Case("closing", get("a", "Connection: close"), "200"),
    Case("older", b"GET /a HTTP/1.0\r\n\r\n", "200"),
    Case("older and kept", b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "200 200"),
    Case(
        "refused and not sent", post(b"", "Content-Length: 900", "Expect: x", name="refused"), "403"
    ),
    # Bodies that are too long
    Case("too long", post(b"x" * 2_000, "Content-Length: 2000"), "413 200"),
    Case(
        "too long in chunks", post(b"7d0\r\n" + b"x" * 2_000 + b"\r\n0\r\n\r\n", CHUNKED), "413 200"
    ),
    Case("far too long", post(b"", f"Content-Length: {1 << 40}"), "413"),
    Case("far too long, plain", post(b"", f"Content-Length: {1 << 40}", name="plain"), "400"),
    # Heads that are too long: Tornado says nothing
    Case("a long header", get("a", "X-Long: " + "x" * 5_000), "431", ""),
    Case("a long path", get("a" * 5_000), "431", ""),
    Case("many headers", get("a", *(f"X-{n}: 1" for n in range(1_000))), "431", ""),
    Case("a head without end", b"GET /a HTTP/1.1\r\nX: " + b"x" * 70_000, "431", ""),
    # What others may read otherwise: requests are smuggled that way
    Case("length and chunks", post(b"0\r\n\r\n", "Content-Length: 5", CHUNKED), "400"),
    Case("chunks and length", post(b"0\r\n\r\n", CHUNKED, "Content-Length: 5"), "400"),
    Case("two lengths", post(b"abcd", "Content-Length: 3", "Content-Length: 4"), "400"),
    Case(
        "one length twice", post(b"abc", "Content-Length: 3", "Content-Length: 3"), "400", "200 200"
    ),
    Case("a list of lengths", post(b"abc", "Content-Length: 3, 3"), "400", "200 200"),
    Case("a length with a sign", post(b"abc", "Content-Length: +3"), "400"),
    Case("a negative length", post(b"abc", "Content-Length: -3"), "400"),
    Case("a length in hex", post(b"abc", "Content-Length: 0x3"), "400"),
    Case("another encoding", post(b"0\r\n\r\n", "Transfer-Encoding: gzip, chunked"), "400"),
    Case("an encoding alone", post(b"", "Transfer-Encoding: identity"), "400"),
    Case("chunked twice", post(b"0\r\n\r\n", CHUNKED, CHUNKED), "400"),
    Case("chunked with a tail", post(b"0\r\n\r\n", "Transfer-Encoding: chunked;x"), "400"),
    Case("chunks of the old", post(b"0\r\n\r\n", CHUNKED, version="1.0"), "400", "200"),
    Case("lines end with LF", get("a").replace(b"\r\n", b"\n"), "400", "200 200"),
    Case("one line ends with LF", b"GET /a HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", "400", "200 200"),
    Case("a folded header", b"GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", "400"),
    Case("folded at once", b"GET /a HTTP/1.1\r\n Host: x\r\n\r\n", "400"),
    Case(
        "space before the colon", b"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\n", "400"
    ),
    Case("no colon", b"GET /a HTTP/1.1\r\nHost: x\r\nA\r\n\r\n", "400"),
    Case("no name", b"GET /a HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n", "400"),
    Case("NUL in a value", b"GET /a HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n", "400"),
    Case("CR in a value", b"GET /a HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", "400"),
    Case("chunks end with LF", post(b"3\nabc\n0\n\n", CHUNKED), "400"),
    Case("a chunk's size with a prefix", post(b"0x3\r\nabc\r\n0\r\n\r\n", CHUNKED), "400"),
    Case("a chunk's size below zero", post(b"-3\r\nabc\r\n0\r\n\r\n", CHUNKED), "400"),
    Case("a chunk longer than said", post(b"2\r\nabc\r\n0\r\n\r\n", CHUNKED), "400"),
    Case("a chunk too long to count", post(b"f" * 17 + b"\r\n", CHUNKED), "400"),
    Case("trailers", post(b"0\r\nX: y\r\n\r\n", CHUNKED), "400"),
    Case("endless extensions", post(b"1;" + b"x" * 100_000 + b"\r\n", CHUNKED), "400", ""),
    # What is no HTTP/1.1
    Case("no host", b"GET /a HTTP/1.1\r\n\r\n", "400"),
    Case("two hosts", get("a", "Host: y"), "400"),
    Case("a host that is none", b"GET /a HTTP/1.1\r\nHost: a b\r\n\r\n", "400"),
    Case("another version", b"GET /a HTTP/2.0\r\nHost: x\r\n\r\n", "400"),
    Case("no version", b"GET /a\r\n\r\n", "400"),
    Case("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"),
    Case("a tunnel", b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", "400", "405( 200)?"),
    Case("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "400"),
    Case("a verb that is none", b"G@T /a HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
    Case("a verb without end", b"G" * 5_000 + b"\r\n\r\n", "400", ""),
    Case("good, then bad", get("a") + b"GET /b HTTP/1.1\r\nBad\r\n\r\n", "200 400"),
]
