"""The connections of this process, and who of them is told what."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from domain.accounts import User
from domain.audiences import Audience
from domain.closing import SIGNED_OUT
from domain.events import Event, Part, Signal
from push.addressing import Pause, addressed, frames_for, in_slices
from push.connection import CLOSED, FROM_THE_FEED, LIVE, READING, Connection
from push.counters import Counters
from push.left import Left
from push.present import Present
from push.ring import Ring
from push.runs import Run

Behind = Callable[[Connection, int], None]


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

    def deliver_run(self, events: Sequence[Event], pause: Pause) -> None:
        """The same for events of a `Run`: each of those here is told all of them in one step.

        Who lags is told none of them, and reads from the first.
        """
        first = [self.ring.add(event) for event in events][0]
        whole = Run.of(events)
        for here in in_slices(self._present.values(), pause):
            since = here.user.member.since
            run = whole if since <= whole.as_of else Run.of(events, since)
            if run.frames:
                self._tell_run(run, here, first)

    def _tell_run(self, run: Run, here: Present, first: int) -> None:
        if run.moves:
            self._note_moved(here, is_sure=here.counters.move_all(run.moves))
        for connection in here.connections:
            if connection.state != LIVE:
                continue
            if connection.is_lagging:
                self._set_reading(connection, first)
            else:
                connection.transport.write(*run.frames)
                self.told += len(run.frames)

    def _note_moved(self, here: Present, *, is_sure: bool) -> None:
        user = here.user.id
        self.moved[user] = not is_sure or self.moved.get(user, False)

    def _deliver_part(
        self, part: Part, revision: int, number: int, pause: Pause | None = None
    ) -> None:
        """Tell one part. Who is told one part of an event is told all: lag is looked at before."""
        told, is_one_each = 0, isinstance(part.to, Audience)
        concerned = addressed(part, self._present)
        for here, frame in concerned if pause is None else in_slices(concerned, pause):
            if part.unread is not None:
                is_exact = here.counters.move(*part.unread, revision)
                self._note_moved(here, is_sure=is_exact and is_one_each)
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
            connection.tell(*frames_for(event, connection.identity.user))
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


def _ignore(_: Connection) -> None:
    """Nobody wants to know."""


def _asks_to_reread(event: Event, user: int) -> bool:
    return any(one.user == user and one.what == "reread" for one in event.signals)
