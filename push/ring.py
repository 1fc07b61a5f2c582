"""The recent events of all processes, kept in memory up to a number of bytes (live, "ring")."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import takewhile

from domain.events import Event


class Ring:
    """Events numbered by arrival. Bounded in bytes; those who were away briefly read it.

    ``covered_from`` is the revision from which on every event heard is still here.
    """

    def __init__(self, most_bytes: int):
        self.covered_from = 0
        self.bytes = 0
        self._most_bytes = most_bytes
        self._first = 1
        self._events: deque[Event] = deque()
        self._of_user: dict[int, deque[int]] = {}
        self._of_audiences: deque[int] = deque()

    def __len__(self) -> int:
        return len(self._events)

    @property
    def start(self) -> int:
        """The number of the oldest event that is still here."""
        return self._first

    @property
    def end(self) -> int:
        """The number that the next event will get."""
        return self._first + len(self._events)

    def covers(self, position: int) -> bool:
        """Is every event from ``position`` on still here?"""
        return position >= self._first

    def add(self, event: Event) -> int:
        """Keep an event, drop the oldest while there is too much; returns its number.

        The newest stays, however large, for those who lag behind it.
        """
        number = self.end
        self._events.append(event)
        self.bytes += event.size_bytes
        for places in self._indexes(event):
            places.append(number)
        while self.bytes > self._most_bytes and len(self._events) > 1:
            self._drop_oldest()
        return number

    def _indexes(self, event: Event) -> Iterator[deque[int]]:
        """Where an event's number is noted: once per user, once for its audiences."""
        for user in event.named:
            yield self._of_user.setdefault(user, deque())
        if event.has_audience:
            yield self._of_audiences

    def _drop_oldest(self) -> None:
        event = self._events.popleft()
        self.bytes -= event.size_bytes
        self.covered_from = max(self.covered_from, event.revision + 1)
        for places in self._indexes(event):
            places.popleft()
        for user in event.named:
            if not self._of_user[user]:
                del self._of_user[user]
        self._first += 1

    def for_user(self, user: int, position: int) -> Iterator[tuple[int, Event]]:
        """(number, event) of those from ``position`` on that may concern this user, in order."""
        own = _since(self._of_user.get(user, deque()), position)
        for number in sorted({*own, *_since(self._of_audiences, position)}):
            yield number, self._events[number - self._first]


def _since(places: deque[int], position: int) -> Iterable[int]:
    """Those from ``position`` on, last first: who lags a little looks at few."""
    return takewhile(lambda number: number >= position, reversed(places))
