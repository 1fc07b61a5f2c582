"""What administrators see of digests, and do: the runs, what the next ones will tell, one now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.clock import Clock
from domain.digest_windows import Hours, Window, chosen
from domain.errors import Invalid
from models.alert_contents import KINDS, AlertContents
from models.alert_digests import DigestRuns, Run
from services.alert_digests import Digests
from services.progress import Progresses

MOST_COUNTED: Final = 1_000
NOT_OVER: Final = "The window has not ended yet."
NO_WINDOW: Final = "The window must begin before it ends."


@dataclass(frozen=True)
class Coming:
    """A digest that is not made yet; ``contents`` came by ``until``, at most `MOST_COUNTED`."""

    range: str
    window: Window
    until: int
    due: int
    contents: int


@dataclass(frozen=True)
class Standing:
    """A run, how many it concerns, None until they were gone through, and how many were served."""

    run: Run
    subscribers: int | None
    served: int


class DigestOverview:
    """Reads runs, and starts one over a window that somebody chose. Instants in µs."""

    def __init__(
        self,
        digests: Digests,
        hours: Hours,
        *,
        runs: DigestRuns,
        contents: AlertContents,
        progress: Progresses,
        clock: Clock,
    ):
        self._digests, self._hours = digests, hours
        self._runs, self._contents = runs, contents
        self._progress, self._clock = progress, clock

    async def made(self, before: int, limit: int) -> list[Standing]:
        """Runs made before an instant, the newest first."""
        return await self._standings(await self._runs.made_before(before, limit))

    async def _standings(self, runs: Sequence[Run]) -> list[Standing]:
        known = await self._progress.known([one.id for one in runs if one.completed_at is None])
        return [
            Standing(one, known[one.id].total, known[one.id].done)
            if one.id in known
            else Standing(one, one.subscribers, one.subscribers or 0)
            for one in runs
        ]

    async def coming(self) -> list[Coming]:
        """The next daily and the next weekly one."""
        now = self._clock.wall()
        return [
            await self._coming(frequency, window, now)
            for frequency, window in self._hours.next(now)
        ]

    async def _coming(self, frequency: str, window: Window, now: int) -> Coming:
        until = min(now, window.end)
        found = [
            one
            for kind in KINDS
            for one in await self._contents.received_between(
                kind, window.start, until, MOST_COUNTED
            )
        ]
        due = self._hours.due(frequency, window.day)
        return Coming(frequency, window, until, due, min(len(found), MOST_COUNTED))

    async def start(self, frequency: str, start: int, end: int) -> Standing:
        """The run over a window, which begins now if it never did; raises `Invalid`.

        The same window again is the same run.
        """
        if start >= end:
            raise Invalid({"starts_at": [NO_WINDOW]})
        if end > self._clock.wall():
            raise Invalid({"ends_at": [NOT_OVER]})
        run = await self._digests.find_or_make(frequency, chosen(start, end), is_chosen=True)
        await self._digests.start(run)
        (standing,) = await self._standings([run])
        return standing
