"""The usual server: HTTP/1.1 read by llhttp, on asyncio's transports (ADR 30)."""

import asyncio
import socket
import ssl
from collections.abc import Sized
from contextlib import suppress
from typing import Any

from tornado.httputil import HTTPHeaders, HTTPServerConnectionDelegate

from handlers.wire.connection import Connection, Limits
from handlers.wire.proxies import Caller, Proxies
from handlers.wire.server import FULL

HANDSHAKE_LIMIT_S = 10.0  # of TLS
GOODBYE_LIMIT_S = 2.0  # for a peer to answer the end of TLS
INTERNET = (socket.AF_INET, socket.AF_INET6)
NOWHERE = "0.0.0.0"  # noqa: S104 - who comes by a Unix socket has no address


class Quick:
    """A `handlers.wire.server.Server`."""

    def __init__(
        self,
        application: HTTPServerConnectionDelegate,
        limits: Limits,
        *,
        proxies: Proxies,
        encryption: ssl.SSLContext | None,
        most: int | None,
        others: Sized,
    ):
        """``others`` are open connections that left HTTP: they count among the ``most``."""
        self.application, self.limits = application, limits
        self.is_leaving = False
        self._proxies, self._encryption = proxies, encryption
        self._most, self._others = most, others
        self._open: set[Connection] = set()
        self._coming: set[asyncio.Task[None]] = set()

    def take(self, connection: socket.socket, address: Any) -> None:
        if self._is_full():
            self._turn_away(connection)
            return
        task = asyncio.get_running_loop().create_task(self._welcome(connection, address))
        self._coming.add(task)
        task.add_done_callback(self._coming.discard)

    def _is_full(self) -> bool:
        if self._most is None:
            return False
        return len(self._open) + len(self._coming) + len(self._others) >= self._most

    def _turn_away(self, connection: socket.socket) -> None:
        """Answer before anything was asked, and close; who is encrypted is closed alone."""
        with connection, suppress(OSError):
            if self._encryption is None:
                connection.setblocking(False)
                connection.send(FULL)

    async def _welcome(self, connection: socket.socket, address: Any) -> None:
        remote_ip = address[0] if connection.family in INTERNET else NOWHERE
        peer = Caller(remote_ip, "http" if self._encryption is None else "https")
        connection.setblocking(False)
        limits = {}
        if self._encryption is not None:
            limits = {
                "ssl_handshake_timeout": HANDSHAKE_LIMIT_S,
                "ssl_shutdown_timeout": GOODBYE_LIMIT_S,
            }
        with suppress(OSError):  # a time limit and a broken handshake are of this kind
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: Connection(self, peer), connection, ssl=self._encryption, **limits
            )

    # What connections ask for

    def came(self, one: Connection) -> None:
        self._open.add(one)

    def went(self, one: Connection) -> None:
        self._open.discard(one)

    def caller(self, headers: HTTPHeaders, peer: Caller) -> Caller:
        if not self._proxies:
            return peer
        self._proxies.screen(headers, peer.remote_ip)
        return self._proxies.caller(headers, peer)

    # The end

    def leave(self) -> None:
        self.is_leaving = True

    @property
    def is_writing(self) -> bool:
        return any(one.is_writing for one in self._open)

    async def close(self) -> None:
        for task in self._coming:
            task.cancel()
        for one in list(self._open):
            one.abort()
        while self._open or self._coming:  # noqa: ASYNC110 - aborted, so within a few turns
            await asyncio.sleep(0)
