"""Connections without sockets, and events to tell them."""

from itertools import count

from domain.accounts import Identity, User
from domain.audiences import Audience, Member, Stay
from domain.cursors import Cursor, Place
from domain.events import Event, Part, Signal
from push.connection import LIVE, Connection, Reading
from push.hub import Hub
from push.ring import Ring

BOUND = 1_000
_numbers = count(1)


class Paper:
    """A transport that keeps what it was given; what waits to be sent is set by hand.

    One that ``clogs`` lags after every write.
    """

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.clogs = False
        self.unsent_bytes = 0
        self.closed: tuple[int, str] | None = None

    def write(self, *frames: bytes) -> None:
        assert self.closed is None, "nothing is sent after a close"
        self.frames += frames
        self.unsent_bytes = BOUND + 1 if self.clogs else self.unsent_bytes

    def ping(self) -> bool:
        return True

    def close(self, code: int, reason: str) -> None:
        assert self.closed is None, "it is closed once"
        self.closed = (code, reason)

    async def drained(self) -> None: ...


def user(number: int, *groups: int, since: int = 0) -> User:
    """A user who has been in these groups since then."""
    stays = tuple(Stay(group, since) for group in groups)
    return User(number, f"u{number}", Member(since, stays))


class Desk:
    """A hub, and those who fell behind, with the position that each was given."""

    def __init__(self, ring_bytes: int = 1 << 20):
        self.ring = Ring(ring_bytes)
        self.hub = Hub(self.ring, self._note)
        self.behind: list[tuple[Connection, int]] = []

    def _note(self, connection: Connection, position: int) -> None:
        connection.reading = Reading(cursor(), position)
        self.behind.append((connection, position))

    def reading(self, who: User, credential: str = "token") -> tuple[Connection, Paper]:
        """A connection that was greeted and must catch up from now on."""
        paper = Paper()
        connection = Connection(Identity(who, credential), paper, most_unsent_bytes=BOUND)
        connection.reading = Reading(cursor(), self.hub.add(connection))
        return connection, paper

    def live(self, who: User, credential: str = "token") -> tuple[Connection, Paper]:
        """A connection that is live."""
        connection, paper = self.reading(who, credential)
        assert self.hub.catch_up(connection)
        assert connection.state == LIVE
        return connection, paper


def cursor(base: int = 0) -> Cursor:
    return Cursor("epoch", Place(base))


def event(*parts: Part, signals: tuple[Signal, ...] = (), revision: int = 1_000) -> Event:
    """An event of a record of its own."""
    return Event(f"r{next(_numbers)}", revision, parts, signals)


def message(*to: int, text: bytes = b"x", revision: int = 1_000) -> Event:
    """The same frame for some users."""
    return event(Part(tuple(sorted(to)), b'{"t":"%b"}' % text), revision=revision)


def notice(*groups: int, text: bytes = b"n", as_of: int = 500) -> Event:
    """A frame for an audience: these groups, or everyone."""
    audience = Audience(frozenset(groups) if groups else None)
    return event(Part(audience, b'{"t":"%b"}' % text, as_of=as_of))


def told(paper: Paper) -> list[bytes]:
    """The texts of the frames, in order."""
    return [frame[6:-2] for frame in paper.frames]
