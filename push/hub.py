"""The connections of this process, and who of them is told what."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import replace

from domain.accounts import User
from domain.audiences import Audience
from domain.events import Event, Part, Signal
from push import frames
from push.connection import CLOSED, FROM_THE_FEED, LIVE, READING, Connection
from push.counters import Counters
from push.left import Left
from push.ring import Ring

Behind = Callable[[Connection, int], None]
Pause = Callable[[], None]

SIGNED_OUT = 3500
SLICE, MOST_SLICED = 50, 1_000  # users told before a pause; after so many there is none
MANY = 8  # recipients per connected user, from which on these are looked for among those


class Present:
    """A user who is connected here, as he was last looked at; the same for all his connections."""

    __slots__ = ("asked", "connections", "counters", "user")

    def __init__(self, user: User):
        self.user, self.asked = user, 0
        self.connections: dict[Connection, None] = {}
        self.counters = Counters()


class Hub:
    """Connections by user. Nothing here waits: what cannot be sent at once is read later.

    ``fell_behind`` is told of every connection that was live and must read, and from which
    position of the ring on; ``came`` and ``went`` of every connection. ``moved`` gathers the users
    whose unread counters events moved, and whether a count must make sure of them: not of what a
    notice to an audience added, which is one for each who was in it.
    """

    def __init__(self, ring: Ring, fell_behind: Behind):
        self.ring, self.left = ring, Left(ring)
        self.moved: dict[int, bool] = {}
        self.came: Callable[[Connection], None] = _ignore
        self.went: Callable[[Connection], None] = _ignore
        self.told = 0  # frames of events
        self._fell_behind = fell_behind
        self._present: dict[int, Present] = {}
        self._asked = 0

    def __len__(self) -> int:
        return sum(len(one.connections) for one in self._present.values())

    def __iter__(self) -> Iterator[Connection]:
        """All connections, in a list of its own: they may come and go meanwhile."""
        return iter([one for here in self._present.values() for one in here.connections])

    def of_user(self, user: int) -> list[Connection]:
        here = self._present.get(user)
        return [] if here is None else list(here.connections)

    def present(self, user: int) -> Present | None:
        """He and his connections here, as they are kept."""
        return self._present.get(user)

    def counters(self, user: int) -> Counters | None:
        here = self._present.get(user)
        return None if here is None else here.counters

    # Coming and going

    def add(self, connection: Connection) -> int:
        """From now on events reach it; returns the ring's end, from where on it is to be told."""
        here = self._present.setdefault(connection.user, Present(connection.identity.user))
        connection.identity = replace(connection.identity, user=here.user)
        here.connections[connection] = None
        self.came(connection)
        return self.ring.end

    def remove(self, connection: Connection) -> None:
        """Forget it; may be called twice."""
        connection.state = CLOSED
        self.went(connection)
        here = self._present.get(connection.user)
        if here is not None:
            here.connections.pop(connection, None)
            if not here.connections:
                del self._present[connection.user]
                self.moved.pop(connection.user, None)
                self.left.keep(connection.user, here.counters)

    def ask(self) -> int:
        """A number to give to `renew`, taken before the database is asked about a user."""
        self._asked += 1
        return self._asked

    def renew(self, user: User, asked: int) -> None:
        """Put what the database said of a user into his connections, unless it is outdated.

        If it is news, what he may see may have changed: all of them read again.
        """
        here = self._present.get(user.id)
        if here is None or asked <= here.asked:
            return
        is_news, here.user, here.asked = user != here.user, user, asked
        for connection in list(here.connections) if is_news else ():
            connection.identity = replace(connection.identity, user=user)
            if connection.state == LIVE:
                self._set_reading(connection, FROM_THE_FEED)
            elif connection.reading is not None:
                connection.reading.restart()

    # Events

    def deliver(self, event: Event, pause: Pause | None = None) -> None:
        """Keep the event and tell it to those here whom it concerns.

        ``pause`` is called now and then on the way through many receivers of a single frame, when
        the users gone through have been told all of the event; it must not wait.
        """
        number = self.ring.add(event)
        pause = pause if len(event.parts) == 1 else None
        for part in event.parts:
            self._deliver_part(part, event.revision, number, pause)
        for signal in event.signals:
            self._obey(signal)

    def _deliver_part(
        self, part: Part, revision: int, number: int, pause: Pause | None = None
    ) -> None:
        """Tell one part. Who is told one part of an event is told all: lag is looked at before."""
        told, is_one_each = 0, isinstance(part.to, Audience)
        addressed = self._addressed(part)
        for here, frame in addressed if pause is None else _pausing(addressed, pause):
            if part.unread is not None:
                is_exact, user = here.counters.move(*part.unread, revision), here.user.id
                is_due = not (is_exact and is_one_each)
                self.moved[user] = is_due or self.moved.get(user, False)
            for connection in here.connections:
                if connection.state != LIVE:
                    continue
                if connection.told_event == number or not connection.is_lagging:
                    connection.told_event = number
                    connection.transport.write(frame)
                    told += 1
                else:
                    self._set_reading(connection, number)
        self.told += told

    def _addressed(self, part: Part) -> Iterator[tuple[Present, bytes]]:
        """(user, whole frame) of those who are connected here."""
        if isinstance(part.to, Audience):
            yield from self._in_audience(part, part.to)
        else:
            yield from self._named(part, part.to)

    def _in_audience(self, part: Part, to: Audience) -> Iterator[tuple[Present, bytes]]:
        """Those in an audience: all the same, or each in his language and some left out."""
        if part.variants or part.without:
            for here in self._present.values():
                if part.is_for(here.user):
                    yield here, part.frame_for(here.user)
            return
        everyone, includes = to.is_everyone, to.includes
        as_of, frame = part.as_of, part.frame
        for here in self._present.values():
            member = here.user.member
            if member.since <= as_of if everyone else includes(member, as_of):
                yield here, frame

    def _named(self, part: Part, to: tuple[int, ...]) -> Iterator[tuple[Present, bytes]]:
        """Those of ``to`` who are connected here, looked for on whichever side is shorter."""
        if len(to) > MANY * len(self._present):
            places = ((user, _place(to, user)) for user in self._present)
            found = ((user, n) for user, n in places if n is not None)
        else:
            found = ((user, n) for n, user in enumerate(to) if user in self._present)
        for user, n in found:
            yield self._present[user], _frame(part, n)

    def _set_reading(self, connection: Connection, position: int) -> None:
        """It missed what is at ``position`` of the ring: let it read from there."""
        connection.state = READING
        self._fell_behind(connection, position)

    def catch_up(self, connection: Connection) -> bool:
        """Tell what the ring holds from the connection's position on; True when it is live.

        False when its socket must drain first, or the feed be read. One turn of the loop:
        nothing can come between the last event told and the first one delivered (hole H11).
        """
        reading = connection.reading
        assert reading is not None
        for number, event in self.ring.for_user(connection.user, reading.position):
            if connection.is_lagging:
                reading.position = number
                return False
            if event.revision < reading.not_before:
                continue
            if _asks_to_reread(event, connection.user):
                reading.restart()
                return False
            connection.tell(*_frames_for(event, connection.identity.user))
        if connection.state == READING:
            connection.state, connection.reading = LIVE, None
        return True

    def _obey(self, signal: Signal) -> None:
        for connection in self.of_user(signal.user):
            if signal.what == "revoked" and signal.credential in (
                None,
                connection.identity.credential,
            ):
                connection.close(SIGNED_OUT, "signed out")
            elif signal.what == "reread":
                self.moved[signal.user] = True
                if connection.state == LIVE:
                    self._set_reading(connection, FROM_THE_FEED)


def _pausing(
    addressed: Iterator[tuple[Present, bytes]], pause: Pause
) -> Iterator[tuple[Present, bytes]]:
    """The same, with a pause behind each slice; the rest of a large crowd comes in one."""
    for n, one in enumerate(addressed, 1):
        yield one
        if n % SLICE == 0 and n <= MOST_SLICED:
            pause()


def _ignore(_: Connection) -> None:
    """Nobody wants to know."""


def _asks_to_reread(event: Event, user: int) -> bool:
    return any(one.user == user and one.what == "reread" for one in event.signals)


def _frames_for(event: Event, user: User) -> Iterator[bytes]:
    for part in event.parts:
        if isinstance(part.to, Audience):
            if part.is_for(user):
                yield part.frame_for(user)
        else:
            n = _place(part.to, user.id)
            if n is not None:
                yield _frame(part, n)


def _place(to: tuple[int, ...], user: int) -> int | None:
    """Where a user stands among recipients, who are in ascending order; None when he does not."""
    n = bisect_left(to, user)
    return n if n < len(to) and to[n] == user else None


def _frame(part: Part, n: int) -> bytes:
    return part.frame if part.first_id is None else frames.splice(part.frame, part.first_id + n)
