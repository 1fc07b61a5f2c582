"""Tornado's own HTTP server: slower, chosen by ``server.http``, and what `quick` is held to."""

from collections.abc import Awaitable, Sized
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
from tornado.netutil import ssl_wrap_socket

from handlers.wire.proxies import Proxies
from handlers.wire.server import FULL


class Stock(HTTPServer):
    """A `handlers.wire.server.Server`: knows its streams, and believes ``proxies`` alone.

    Tornado believes forwarding headers of everybody once it is told to read them. ``others`` are
    open connections that left HTTP: they count among the ``most``.
    """

    proxies: Proxies
    most: int | None = None
    others: Sized = ()

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        super().initialize(*args, **kwargs)
        self._streams: WeakSet[IOStream] = WeakSet()

    def take(self, connection: socket, address: Any) -> None:
        stream = self._stream(connection)
        if stream is not None:
            self.handle_stream(stream, address)

    def _stream(self, connection: socket) -> IOStream | None:
        """The connection as Tornado reads it, encrypted where the server is; None if it is gone."""
        sizes = {"max_buffer_size": self.max_buffer_size, "read_chunk_size": self.read_chunk_size}
        if self.ssl_options is None:
            return IOStream(connection, **sizes)
        try:
            wrapped = ssl_wrap_socket(
                connection, self.ssl_options, server_side=True, do_handshake_on_connect=False
            )
        except OSError:
            connection.close()
            return None
        return SSLIOStream(wrapped, ssl_options=self.ssl_options, **sizes)

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        if self._is_full():
            self._turn_away(stream)
            return
        self._streams.add(stream)
        super().handle_stream(stream, address)

    def _is_full(self) -> bool:
        if self.most is None or len(self._streams) + len(self.others) < self.most:
            return False
        open_now = sum(not stream.closed() for stream in self._streams)
        return open_now + len(self.others) >= self.most

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
        if not self.proxies:
            return delegate
        peer: str = request_conn.context.remote_ip  # type: ignore[attr-defined]
        return _Screened(delegate, self.proxies, peer)

    def leave(self) -> None:
        self.conn_params.no_keep_alive = True

    @property
    def is_writing(self) -> bool:
        return any(stream.writing() for stream in self._streams)

    async def close(self) -> None:
        await self.close_all_connections()


class _Screened(HTTPMessageDelegate):
    """One request whose forwarding headers are taken away unless a proxy of ours sent them."""

    def __init__(self, inner: HTTPMessageDelegate, proxies: Proxies, peer: str):
        self._inner, self._proxies, self._peer = inner, proxies, peer

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        self._proxies.screen(headers, self._peer)
        return self._inner.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._inner.data_received(chunk)

    def finish(self) -> None:
        self._inner.finish()

    def on_connection_close(self) -> None:
        self._inner.on_connection_close()
