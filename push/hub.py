"""The connections of this process, and who of them is told what."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from domain.accounts import User
from domain.audiences import Audience
from domain.events import Event, Part, Signal
from push import frames
from push.connection import CLOSED, LIVE, READING, Connection, Reader
from push.ring import Ring

SIGNED_OUT = 3500
FROM_THE_FEED = 0  # a position that no ring covers


class Hub:
    """Connections by user. Nothing here waits: what cannot be sent at once is read later.

    ``read`` is handed every connection that must read before it may be live. ``moved`` gathers
    the users whose unread counters events moved.
    """

    def __init__(self, ring: Ring, read: Reader):
        self.ring = ring
        self._read = read
        self._of_user: dict[int, dict[Connection, None]] = {}
        self.unread: dict[int, Counters] = {}
        self.moved: dict[int, None] = {}

    def __len__(self) -> int:
        return sum(map(len, self._of_user.values()))

    def __iter__(self) -> Iterator[Connection]:
        """All connections, in a list of its own: they may come and go meanwhile."""
        return iter([one for of_user in self._of_user.values() for one in of_user])

    def of_user(self, user: int) -> list[Connection]:
        return list(self._of_user.get(user, ()))

    def add(self, connection: Connection) -> None:
        """From now on events reach it: it is reading, from the ring's present end on."""
        connection.position = self.ring.end
        self._of_user.setdefault(connection.user, {})[connection] = None
        self.unread.setdefault(connection.user, Counters())

    def remove(self, connection: Connection) -> None:
        """Forget it; may be called twice."""
        connection.state = CLOSED
        of_user = self._of_user.get(connection.user)
        if of_user is not None:
            of_user.pop(connection, None)
            if not of_user:
                del self._of_user[connection.user]
                del self.unread[connection.user]
                self.moved.pop(connection.user, None)

    def deliver(self, event: Event) -> None:
        """Keep the event and tell it to those here whom it concerns."""
        number = self.ring.add(event)
        for part in event.parts:
            self._deliver_part(part, number)
        for signal in event.signals:
            self._obey(signal)

    def _deliver_part(self, part: Part, number: int) -> None:
        """Tell one part; recipients are looked up on whichever side is shorter."""
        for user, frame in self._addressed(part):
            if part.unread is not None:
                self.unread[user].add(*part.unread)
                self.moved[user] = None
            for connection in self._of_user[user]:
                if connection.state == LIVE and not connection.is_lagging:
                    connection.transport.write(frame)
                elif connection.state == LIVE:
                    self.set_reading(connection, number)

    def _addressed(self, part: Part) -> Iterator[tuple[int, bytes]]:
        """(user, whole frame) of those who are connected here."""
        if isinstance(part.to, Audience):
            for user, of_user in list(self._of_user.items()):
                if part.to.includes(next(iter(of_user)).identity.user.member, part.as_of):
                    yield user, part.frame
        elif part.first_id is None:
            yield from ((user, part.frame) for user in part.to if user in self._of_user)
        else:
            for n, user in enumerate(part.to):
                if user in self._of_user:
                    yield user, frames.splice(part.frame, part.first_id + n)

    def set_reading(self, connection: Connection, position: int) -> None:
        """It missed what is at ``position`` of the ring: let it read from there."""
        if connection.state == LIVE:
            connection.state = READING
            connection.position = position
            self._read(connection)

    def catch_up(self, connection: Connection) -> bool:
        """Tell what the ring holds from the connection's position on; True when it is live.

        False when its socket must drain first, or the feed be read. One turn of the loop:
        nothing can come between the last event told and the first one delivered (hole H11).
        """
        since = connection.cursor.base.revision if connection.cursor else 0
        for number, event in self.ring.for_user(connection.user, connection.position):
            if connection.is_lagging:
                connection.position = number
                return False
            if event.revision < since:
                continue
            if any(one.user == connection.user and one.what == "reread" for one in event.signals):
                connection.position = FROM_THE_FEED
                return False
            connection.tell(*self._frames_for(event, connection))
        connection.position, connection.cursor = self.ring.end, None
        if connection.state == READING:
            connection.state = LIVE
        return True

    def _frames_for(self, event: Event, connection: Connection) -> Iterator[bytes]:
        for part in event.parts:
            if isinstance(part.to, Audience):
                if part.to.includes(connection.identity.user.member, part.as_of):
                    yield part.frame
            elif connection.user in part.to:
                yield _frame_for(part, connection.user)

    def _obey(self, signal: Signal) -> None:
        for connection in self.of_user(signal.user):
            if signal.what == "revoked" and signal.credential in (
                None,
                connection.identity.credential,
            ):
                connection.close(SIGNED_OUT, "signed out")
            elif signal.what == "reread":
                self.set_reading(connection, FROM_THE_FEED)
                self.moved[signal.user] = None

    def renew(self, user: User) -> None:
        """Put what is now known of a user into his connections."""
        for connection in self.of_user(user.id):
            connection.identity = replace(connection.identity, user=user)


def _frame_for(part: Part, user: int) -> bytes:
    assert isinstance(part.to, tuple)
    if part.first_id is None:
        return part.frame
    return frames.splice(part.frame, part.first_id + part.to.index(user))


class Counters:
    """One user's unread counters as this process last knew them; None until first counted.

    ``moves`` rises with every event, so that a count can tell whether it was overtaken.
    """

    def __init__(self) -> None:
        self.counts: dict[str, int] | None = None
        self.at = 0
        self.moves = 0

    def set(self, counts: Mapping[str, int], at: int) -> None:
        """What a count that began at ``at`` found; an older one than known is passed over."""
        if at >= self.at:
            self.counts, self.at = dict(counts), at

    def add(self, box: str, difference: int) -> None:
        """What an event says; a count will make sure of it."""
        self.moves += 1
        if self.counts is not None:
            self.counts[box] = max(0, self.counts[box] + difference)
