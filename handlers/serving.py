"""The HTTP server: where it listens, with which limits, and how it leaves."""

import asyncio
import gc
import logging
import resource
import time
from collections.abc import Callable
from contextlib import suppress
from socket import socket

from tornado.netutil import bind_sockets

from handlers.accepting import Accepting
from handlers.encryption import context
from handlers.routes import application
from handlers.wire.choosing import server_for
from services.app import App
from settings import Server

BACKLOG = 1024  # more may wait to be accepted in a storm of reconnects than the usual 128
MANY_SOCKETS, OTHER_FILES = 10_000, 200  # of one process
MOST_FILES = 2**20  # where the system names no limit of open files
BUSY_LIMIT_S = 5.0
LAST_CALL_S = 0.2  # for the first request of who was accepted just now
GOODBYE_LIMIT_S = 1.0  # for peers to answer the closing of their websockets
LOOK_S = 0.02

log = logging.getLogger("carillon")


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
        self._live = app.live
        self._web = application(app)
        self._server = server_for(self._web, app.settings.server, app.live.hub)
        self._accepting: Accepting | None = None

    def open(self, sockets: list[socket]) -> None:
        """Answer those who wait in the sockets, and all who come."""
        self.share(sockets, lambda: False)

    def share(self, sockets: list[socket], is_ahead: Callable[[], bool]) -> None:
        """The same, with other workers on these sockets: they come to have equal shares."""
        self._accepting = Accepting(self._server, is_ahead)
        self._accepting.open(sockets)

    async def drain(self) -> None:
        """Take nobody new, tell live connections to go, let requests end; within seconds.

        A connection that is kept open for a next request gets one more answer and is closed, as
        does one that was only just made: a proxy asks as soon as it is connected.
        When this is cancelled, all is cut off at once.
        """
        if self._accepting is not None:
            self._accepting.close()
        self._server.leave()
        try:
            await asyncio.gather(self._live.drain(), self._last_answers())
            await _until(lambda: not len(self._live.hub), GOODBYE_LIMIT_S)
        finally:
            self._web.settings["sockets"].cut()
            await self._server.close()

    async def _last_answers(self) -> None:
        await asyncio.sleep(LAST_CALL_S)
        await _until(self._is_idle, BUSY_LIMIT_S)

    def _is_idle(self) -> bool:
        """Is every answer given, down to its last byte?"""
        return not self._web.settings["busy"] and not self._server.is_writing


async def _until(holds: Callable[[], bool], limit_s: float) -> None:
    """Return once it holds, or after the limit."""
    deadline = time.monotonic() + limit_s
    while not holds() and time.monotonic() < deadline:  # noqa: ASYNC110 - checked rarely, at the end
        await asyncio.sleep(LOOK_S)
