"""The HTTP server: where it listens, which proxies it believes, and how it leaves."""

import asyncio
import gc
import logging
import resource
import time
from collections.abc import Awaitable, Callable, Sized
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from socket import socket
from typing import Any
from weakref import WeakSet

from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream, SSLIOStream
from tornado.netutil import bind_sockets

from handlers.accepting import Sharing
from handlers.base import MOST_UNREAD_BYTES
from handlers.encryption import context
from handlers.routes import application
from services.app import App
from settings import Server

BACKLOG = 1024  # more may wait to be accepted in a storm of reconnects than the usual 128
MANY_SOCKETS, OTHER_FILES = 10_000, 200  # of one process
MOST_FILES = 2**20  # where the system names no limit of open files
BUSY_LIMIT_S = 5.0
GOODBYE_LIMIT_S = 1.0  # for peers to answer the closing of their websockets
LOOK_S = 0.02

log = logging.getLogger("carillon")

FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
PASSED_ON = ("X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix")

Network = IPv4Network | IPv6Network


def listen(settings: Server, port: int | None) -> list[socket]:
    """Sockets on the configured address; callers wait in them until a `Front` is opened on them.

    ``port`` takes the place of the configured one. Raises OSError with one line for a person, and
    `SettingError` for a certificate that is none.
    """
    context(settings)
    chosen = settings.port if port is None else port
    try:
        return bind_sockets(chosen, settings.address, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not an address"
        raise OSError(f"cannot listen on {settings.address}:{chosen}: {reason}") from error


def address(settings: Server, sockets: list[socket]) -> str:
    """Where these sockets are reached, for a person."""
    host = settings.address or "0.0.0.0"  # noqa: S104
    scheme = "http" if settings.tls_cert is None else "https"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{sockets[0].getsockname()[1]}"


def raise_file_limit() -> None:
    """As many connections as the system allows; a line in the log where those are few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else hard
    with suppress(ValueError, OSError):
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed != resource.RLIM_INFINITY and allowed < MANY_SOCKETS + OTHER_FILES:
        log.warning(
            "room for about %d connections: the system allows %d open files (ulimit -n)",
            max(0, allowed - OTHER_FILES),
            allowed,
        )


def spare_the_collector() -> None:
    """What lives as long as the server need not be walked again and again: half of a fan-out."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


class Front:
    """Carillon's HTTP server over its use cases: opened once, drained once."""

    def __init__(self, app: App):
        self._live, server = app.live, app.settings.server
        self._web = application(app)
        self._http = _Server(
            self._web,
            xheaders=bool(server.trusted_proxies),
            max_body_size=max(MOST_UNREAD_BYTES, server.max_body_bytes),
            max_header_size=server.max_header_bytes,
            idle_connection_timeout=server.idle_timeout_s,
            body_timeout=server.body_timeout_s,
            ssl_options=context(server),
        )
        self._http.most, self._http.sockets = server.max_connections, self._live.hub
        self._sharing: Sharing | None = None
        self._http.proxies = [ip_network(one, False) for one in server.trusted_proxies]

    def open(self, sockets: list[socket]) -> None:
        """Answer those who wait in the sockets, and all who come."""
        self._http.add_sockets(sockets)

    def share(self, sockets: list[socket], is_ahead: Callable[[], bool]) -> None:
        """The same, with other workers on these sockets: they come to have equal shares."""
        self._sharing = Sharing(self._http, is_ahead)
        self._sharing.open(sockets)

    async def drain(self) -> None:
        """Take nobody new, tell live connections to go, let requests end; within seconds.

        A connection that is kept open for a next request gets one more answer and is closed.
        When this is cancelled, all is cut off at once.
        """
        self._http.stop()
        if self._sharing is not None:
            self._sharing.close()
        self._http.conn_params.no_keep_alive = True
        try:
            await asyncio.gather(self._live.drain(), _until(self._is_idle, BUSY_LIMIT_S))
            await _until(lambda: not len(self._live.hub), GOODBYE_LIMIT_S)
        finally:
            self._web.settings["sockets"].cut()
            await self._http.close_all_connections()

    def _is_idle(self) -> bool:
        """Is every answer given, down to its last byte?"""
        is_writing = any(stream.writing() for stream in self._http.streams)
        return not self._web.settings["busy"] and not is_writing


async def _until(holds: Callable[[], bool], limit_s: float) -> None:
    """Return once it holds, or after the limit."""
    deadline = time.monotonic() + limit_s
    while not holds() and time.monotonic() < deadline:  # noqa: ASYNC110 - checked rarely, at the end
        await asyncio.sleep(LOOK_S)


class _Server(HTTPServer):
    """Knows its streams, and believes forwarding headers of ``proxies`` alone.

    Tornado believes them of everybody once it is told to read them.
    """

    proxies: list[Network]
    most: int | None = None
    sockets: Sized = ()

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        super().initialize(*args, **kwargs)
        self.streams: WeakSet[IOStream] = WeakSet()

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        if self._is_full():
            self._turn_away(stream)
            return
        self.streams.add(stream)
        super().handle_stream(stream, address)

    def _is_full(self) -> bool:
        if self.most is None or len(self.streams) + len(self.sockets) < self.most:
            return False
        open_now = sum(not stream.closed() for stream in self.streams)
        return open_now + len(self.sockets) >= self.most

    def _turn_away(self, stream: IOStream) -> None:
        """Answer before anything was asked, and close; who is encrypted is closed alone."""
        if isinstance(stream, SSLIOStream):
            stream.close()
        else:
            stream.write(FULL).add_done_callback(lambda _: stream.close())

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        delegate = super().start_request(server_conn, request_conn)
        if not self.xheaders:
            return delegate
        peer: str = request_conn.context.remote_ip  # type: ignore[attr-defined]
        return _Forwarded(delegate, self._is_proxy, peer)

    def _is_proxy(self, text: str) -> bool:
        try:
            return any(ip_address(text) in network for network in self.proxies)
        except ValueError:
            return False


class _Forwarded(HTTPMessageDelegate):
    """One request whose forwarding headers are taken away unless a proxy of ours sent them."""

    def __init__(self, inner: HTTPMessageDelegate, is_proxy: Callable[[str], bool], peer: str):
        self._inner, self._is_proxy, self._peer = inner, is_proxy, peer

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        kept = self._origin(headers) if self._is_proxy(self._peer) else {}
        for name in ("X-Forwarded-For", "X-Real-Ip", "X-Scheme", *PASSED_ON):
            headers.pop(name, None)
        headers.update(kept)
        return self._inner.headers_received(start_line, headers)

    def _origin(self, headers: HTTPHeaders) -> dict[str, str]:
        """What our proxies say: the nearest hop that is none of them, how and where it came."""
        hops = [hop.strip() for hop in headers.get("X-Forwarded-For", "").split(",")]
        strangers = [hop for hop in hops if hop and not self._is_proxy(hop)]
        origin = {"X-Forwarded-For": strangers[-1]} if strangers else {}
        return origin | {name: headers[name] for name in PASSED_ON if headers.get(name)}

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._inner.data_received(chunk)

    def finish(self) -> None:
        self._inner.finish()

    def on_connection_close(self) -> None:
        self._inner.on_connection_close()
