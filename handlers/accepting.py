"""Taking callers from a socket, which several workers may share: who has more lets others first."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from socket import socket

from handlers.wire.server import Server

log = logging.getLogger("carillon.http")

YIELD_S = 0.005  # long enough for a worker that is awake, too short to be felt
PAUSE_S = 0.1  # when none can be accepted, for want of open files
AT_ONCE = 16  # callers taken in one turn of the loop
MOST_WAITING = 1_024  # in a socket that is closed: as many as it holds (handlers/serving)


class Accepting:
    """Accepts for a server.

    Of several workers all are woken when somebody calls, and the one that was busy last tends to
    come first: without letting go it gets nearly all who come one by one. ``is_ahead`` says whether
    another worker has fewer connections; he has a moment to take the caller, who waits for nobody
    longer than that.
    """

    def __init__(self, server: Server, is_ahead: Callable[[], bool]):
        self._server, self._is_ahead = server, is_ahead
        self._sockets: list[socket] = []
        self._later: dict[socket, asyncio.TimerHandle] = {}

    def open(self, sockets: Sequence[socket]) -> None:
        """Accept those who wait in the sockets, and all who come."""
        self._sockets = list(sockets)
        for one in self._sockets:
            self._listen(one)

    def close(self) -> None:
        """Accept nobody any more, and close the sockets; may be called twice.

        Those who wait in them are taken first. The system has told them that they are connected,
        so to be cut off now would be an answer lost: nobody tries them elsewhere.
        """
        sockets, self._sockets = self._sockets, []
        for one in sockets:
            for _ in range(MOST_WAITING // AT_ONCE):
                if not self._take(one):
                    break
            asyncio.get_running_loop().remove_reader(one)
            one.close()
        for timer in self._later.values():
            timer.cancel()

    def _listen(self, one: socket) -> None:
        self._later.pop(one, None)
        asyncio.get_running_loop().add_reader(one, self._called, one)

    def _called(self, one: socket) -> None:
        if self._is_ahead():
            self._let_go(one, YIELD_S)
        else:
            self._take(one)

    def _let_go(self, one: socket, pause_s: float) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(one)
        self._later[one] = loop.call_later(pause_s, self._take_and_listen, one)

    def _take_and_listen(self, one: socket) -> None:
        self._listen(one)
        self._take(one)

    def _take(self, one: socket) -> bool:
        """Take some who are there, True; the loop calls again while there are more."""
        for _ in range(AT_ONCE):
            try:
                connection, address = one.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return False
            except OSError as error:
                log.warning("nobody can be accepted: %s", error)
                self._let_go(one, PAUSE_S)
                return False
            self._server.take(connection, address)
        return True
