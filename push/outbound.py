"""The one HTTP client: calls to other servers, bounded in time and size.

Every connection, also one to an address given as such, is made here to an address that was
resolved and judged just before; nothing resolves the name again (surface, "Calls out").
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import certifi
import httpcore

from domain.addresses import Allowed, choose
from domain.calls import CallFailed
from domain.urls import Target
from domain.version import VERSION

MOST_BYTES = 65_536  # of an answer; what is more is not read
MOST_CONNECTIONS = 100
KEPT_S = 5.0

Headers = Sequence[tuple[str, str]]
Resolve = Callable[[str, int], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; ``headers`` by their names in small letters, ``body`` as far as was asked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class AddressRefused(Exception):
    """None of the host's addresses may be called."""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system knows them; raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(where[0]) for *_, where in found))


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects to judged addresses alone; TLS still checks the name that was asked for."""

    def __init__(self, allowed: Allowed | None, resolve: Resolve):
        self._inner = httpcore.AnyIOBackend()
        self._allowed, self._resolve = allowed, resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - so the library calls it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = httpcore.ConnectError("no address")
        for address in await self._addresses(host, port):
            try:
                return await self._inner.connect_tcp(address, port, timeout=timeout)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the host {host} is not known") from error
        chosen = found if self._allowed is None else choose(found, self._allowed, host, port)
        if found and not chosen:
            raise AddressRefused(f"calls to {host}, port {port}, are not allowed")
        return chosen


class Outbound:
    """Calls out. ``allowed`` is what may be called beside public addresses; None: everything."""

    def __init__(self, allowed: Allowed | None, *, timeout_s: float, resolve: Resolve = resolve):
        self._timeout_s = timeout_s
        self._backend = _Guarded(allowed, resolve)
        self._pool: httpcore.AsyncConnectionPool | None = None
        self._making = asyncio.Lock()

    async def _ready_pool(self) -> httpcore.AsyncConnectionPool:
        """The pool, made for the first call."""
        async with self._making:
            if self._pool is None:
                self._pool = httpcore.AsyncConnectionPool(
                    ssl_context=await asyncio.to_thread(_trusting),
                    max_connections=MOST_CONNECTIONS,
                    keepalive_expiry=KEPT_S,
                    network_backend=self._backend,
                )
            return self._pool

    async def request(
        self,
        method: str,
        target: Target,
        *,
        headers: Headers = (),
        body: bytes = b"",
        most_bytes: int = MOST_BYTES,
    ) -> Reply:
        """The answer, of whatever status. No redirect is followed. Raises `CallFailed`."""
        sent = [("Host", target.netloc), ("User-Agent", f"Carillon/{VERSION}"), ("Accept", "*/*")]
        sent += [*headers, ("Content-Length", str(len(body)))]
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._request(method, target, sent, body, most_bytes)
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise CallFailed(f"no answer within {self._timeout_s:g} s", cause="timeout") from error
        except AddressRefused as error:
            raise CallFailed(str(error), is_final=True) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise CallFailed(f"the connection failed: {_reason(error)}") from error

    async def _request(
        self, method: str, target: Target, headers: Headers, body: bytes, most_bytes: int
    ) -> Reply:
        read = bytearray()
        url = httpcore.URL(
            scheme=target.scheme.encode(),
            host=target.host.encode(),
            port=target.port,
            target=target.path.encode(),
        )
        raw = [(name.encode(), value.encode()) for name, value in headers]
        pool = await self._ready_pool()
        async with pool.stream(method, url, headers=raw, content=body) as response:
            async for chunk in response.aiter_stream():
                read += chunk
                if len(read) >= most_bytes:
                    break
        named = {n.decode("latin-1").lower(): v.decode("latin-1") for n, v in response.headers}
        return Reply(response.status, named, bytes(read[:most_bytes]))

    async def close(self) -> None:
        """Let go of all connections; may be called twice."""
        if self._pool is not None:
            await self._pool.aclose()


def _trusting() -> ssl.SSLContext:
    """Trusts whom the system trusts, and Mozilla's list; reading both takes a while."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _reason(error: Exception) -> str:
    """What went wrong, in one line."""
    return " ".join(str(error).split()) or type(error).__name__
