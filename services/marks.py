"""High marks: how far each device was told and has acknowledged, written a few at a time.

Nothing is written per message: what became of one is derived from its revision and the marks of
its recipients' devices (live, hole H17). A process that dies loses its last seconds of marks; a
device's next acknowledgement brings them back.
"""

from collections.abc import Callable

from domain.clock import Clock
from domain.cursors import Cursor
from domain.devices import Marks
from domain.errors import Unavailable
from domain.events import Event
from domain.roster import POLL
from models.devices import Devices, Key
from push.connection import LIVE, Connection
from push.hub import Hub

AT_ONCE = 500  # devices whose marks go out in one write
MOST_WAITING = 100_000  # devices; what one more says it will say again
NAMED_ONE_BY_ONE = 1_000  # an event for more people counts as one for everybody here


class DeviceMarks:
    """What this process knows of its devices and has not written yet.

    ``caught_up`` gives the cursor of a live connection: up to it everything settled was told.
    """

    def __init__(
        self, hub: Hub, devices: Devices, clock: Clock, *, caught_up: Callable[[], Cursor]
    ):
        self._hub, self._devices, self._clock = hub, devices, clock
        self._caught_up = caught_up
        self._news: dict[int, int] = {}  # users here, and the revision of what came last
        self._news_for_all = self._swept = 0
        self._untold: dict[int, None] = {}  # users whose devices' marks lie behind that
        self._waiting: dict[Key, Marks] = {}
        self._written: dict[Key, Marks] = {}

    def __len__(self) -> int:
        """How many devices' marks wait to be written."""
        return len(self._waiting)

    # Hearing

    def hear(self, event: Event) -> None:
        """Note for whom there is news; called once for every event of the system."""
        for part in event.parts:
            if isinstance(part.to, tuple) and len(part.to) <= NAMED_ONE_BY_ONE:
                for user in part.to:
                    self._note(user, event.revision)
            else:
                self._news_for_all = max(self._news_for_all, event.revision)

    def resumed(self, connection: Connection, since: Cursor) -> None:
        """A device came back from a cursor: it has all before, and is told what came after."""
        self._note(connection.user, self._clock.now())
        self.acknowledge(connection, since)

    def asked_on(self, connection: Connection, since: Cursor) -> None:
        """A poll goes on from a cursor: its device has all before, of which ``high`` came last."""
        latest = min(since.high, self._clock.now())
        if latest > self._known((connection.user, connection.device)).acknowledged:
            self._note(connection.user, latest)
        self.acknowledge(connection, since)

    def _note(self, user: int, revision: int) -> None:
        if self._hub.counters(user) is not None:
            self._news[user] = max(revision, self._news.get(user, 0))
            self._untold[user] = None

    def acknowledge(self, connection: Connection, cursor: Cursor) -> None:
        """A device says that it applied all that a cursor covers: what nobody was told, it has not.

        Nothing is noted while there is no news: then an earlier mark says as much.
        """
        mark = min(cursor.base.revision, self._caught_up().base.revision)
        key = connection.user, connection.device
        known = self._known(key).acknowledged
        if mark > known and self._news_of(connection.user) > known:
            self._raise(key, acknowledged=mark)

    def _news_of(self, user: int) -> int:
        return max(self._news.get(user, 0), self._news_for_all)

    # Writing

    async def write(self) -> float | None:
        """Write what waits, at most `AT_ONCE` devices; raises `Unavailable`, nothing is lost then.

        Returns a short pause when there is more.
        """
        self._collect()
        some = dict(list(self._waiting.items())[:AT_ONCE])
        if not some:
            return None
        for key in some:
            del self._waiting[key]
        try:
            refused = await self._devices.raise_marks(some, self._clock.now())
        except Unavailable:
            self._settle(some, set(some))
            raise
        self._settle(some, refused)
        return 1.0 if self._waiting else None

    def _settle(self, some: dict[Key, Marks], refused: set[Key]) -> None:
        for key, marks in some.items():
            if key in refused:
                self._raise(key, marks.pushed, marks.acknowledged)
            elif self._hub.counters(key[0]) is not None:
                self._written[key] = marks

    def _collect(self) -> None:
        """Raise the marks of those who were told everything by now."""
        settled = self._caught_up().base.revision
        self._forget_the_gone()
        if self._swept < self._news_for_all <= settled:
            self._swept = self._news_for_all
            self._untold |= dict.fromkeys(one.user for one in self._hub)
        for user in [one for one in self._untold if self._news_of(one) <= settled]:
            if all([self._is_told(one, settled) for one in self._hub.of_user(user)]):
                del self._untold[user]

    def _forget_the_gone(self) -> None:
        for user in [one for one in self._news if self._hub.counters(one) is None]:
            del self._news[user]
            self._untold.pop(user, None)
        for key in [one for one in self._written if self._hub.counters(one[0]) is None]:
            del self._written[key]

    def _is_told(self, connection: Connection, settled: int) -> bool:
        """Raise a live connection's mark; one that reads, or lags, was not told everything yet.

        What a poll was told only its next one says.
        """
        if connection.state != LIVE or connection.is_lagging:
            return False
        if connection.caller.transport == POLL:
            return True
        key = connection.user, connection.device
        if self._known(key).pushed < self._news_of(connection.user):
            self._raise(key, pushed=settled)
        return True

    def _known(self, key: Key) -> Marks:
        """What this process wrote, or is about to."""
        return self._waiting.get(key) or self._written.get(key) or Marks()

    def _raise(self, key: Key, pushed: int = 0, acknowledged: int = 0) -> None:
        if key in self._waiting or len(self._waiting) < MOST_WAITING:
            self._waiting[key] = self._known(key).raised(pushed, acknowledged)
