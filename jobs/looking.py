"""Where a runner's agenda comes from: looks at the store, and what others say they added."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.agenda import Agenda
from domain.clock import SECOND, Clock
from domain.jobs import Due, Kind
from models.jobs import READ_AT_ONCE, Jobs

LOOK_S = 1.0
LEAST_WIDTH_US, WIDENED = 1_000, 4
AHEAD_S = 2.5  # what is due within this time is known before its time, over two looks


@dataclass(frozen=True)
class _Window:
    """Up to when (µs) a flooded kind is read next: a little more than one reading takes.

    Some databases' time for a reading grows with all that is due, not with what they answer.
    """

    end: int
    width: int

    def wider(self) -> "_Window":
        return _Window(self.end + WIDENED * self.width, WIDENED * self.width)


class Looks:
    """Fills an agenda with what is due soon.

    A kind of which more is due than one reading takes is flooded: it is read apart from the
    others, as there is room, so that they are found as soon as ever.
    """

    def __init__(self, jobs: Jobs, agenda: Agenda, kinds: Mapping[str, Kind], clock: Clock):
        self._jobs, self._agenda, self._kinds, self._clock = jobs, agenda, kinds, clock
        self._flooded: dict[str, _Window] = {}

    def _until(self) -> int:
        return self._clock.wall() + int(AHEAD_S * SECOND)

    def hear(self, jobs: Iterable[Due]) -> None:
        """Know of jobs that were added; those of unknown kinds are others' to run."""
        until = self._until()
        self._agenda.add(one for one in jobs if one.kind in self._kinds and one.due_at <= until)

    async def look(self) -> None:
        """Find all that is due soon; raises `Unavailable`."""
        calm = self._kinds.keys() - self._flooded
        found = await self._jobs.due(self._until(), calm)
        self._agenda.add(found)
        if len(found) == READ_AT_ONCE:
            for kind in sorted(calm):
                await self._read(kind)

    async def refill(self) -> None:
        """Read more of those kinds that are flooded, where the agenda is short of them."""
        for kind in sorted(self._flooded):
            if self._agenda.is_short_of(kind):
                await self._read(kind)

    async def _read(self, kind: str) -> None:
        """Read the first of a kind; on to a wider window while that holds too few."""
        until = self._until()
        window = self._flooded.get(kind, _Window(until, 0))
        found = await self._due(kind, window, until)
        while len(found) < READ_AT_ONCE and window.end < until:
            window = window.wider()
            found = await self._due(kind, window, until)
        self._flooded.pop(kind, None)
        if len(found) == READ_AT_ONCE:
            width = max(LEAST_WIDTH_US, found[-1].due_at - found[0].due_at)
            self._flooded[kind] = _Window(found[-1].due_at + width, width)
        self._agenda.add(found)

    async def _due(self, kind: str, window: _Window, until: int) -> list[Due]:
        return await self._jobs.due(min(window.end, until), [kind])
