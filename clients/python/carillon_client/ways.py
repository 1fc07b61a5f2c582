"""The ways to reach the live channel: a websocket first, and what passes where that does not."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

from carillon_client.events import Frame

WayName: TypeAlias = Literal["websocket", "events", "polling"]
WAYS: tuple[WayName, ...] = ("websocket", "events", "polling")
CUT = 1006
TRIES = 2  # in a row, by a way on which nothing came about
BEST_AGAIN_S = 600.0  # a way that is not the best is left after this long, when it is cut


class Lost(Exception):
    """The connection is over; ``code`` is what the server gave, `CUT` for none."""

    def __init__(self, code: int = CUT, reason: str = ""):
        super().__init__(reason)
        self.code, self.reason = code, reason


class Refused(Exception):
    """An answer that is not the one that was hoped for."""

    def __init__(self, status: int, headers: Mapping[str, str]):
        super().__init__(str(status))
        self.status = status
        self.headers = {name.lower(): value for name, value in headers.items()}


class Way(Protocol):
    """An open connection. What is received are frames as a websocket has them."""

    can_send: bool

    async def receive(self) -> Frame | None:
        """The next frame; None for what is none. Raises `Lost` or `Refused`."""

    async def send(self, frame: Frame) -> None: ...

    def abort(self) -> None: ...

    async def close(self) -> None: ...


class Choice:
    """Which way to try next: the best, until it has failed where another may do."""

    def __init__(self, ways: Sequence[WayName]):
        assert ways
        assert set(ways) <= set(WAYS), "no such way"
        self._ways, self._at, self._failures = tuple(ways), 0, 0
        self._refused: set[WayName] = set()

    @property
    def name(self) -> WayName:
        return self._ways[self._at]

    def worked(self) -> None:
        """A connection was greeted."""
        self._failures = 0
        self._refused.clear()

    def failed(self) -> None:
        """The server was reached, and the connection was not greeted."""
        self._failures += 1
        if self._failures >= TRIES:
            self._next()

    def refused(self) -> bool:
        """It will not work this way; True when there is another one to try."""
        self._refused.add(self.name)
        if self._refused == set(self._ways):
            return False
        while self.name in self._refused:
            self._next()
        return True

    def was_lost(self, lived_s: float) -> None:
        """A greeted connection is over."""
        if lived_s > BEST_AGAIN_S:
            self._at = 0

    def _next(self) -> None:
        self._at, self._failures = (self._at + 1) % len(self._ways), 0
