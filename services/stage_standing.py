"""Where subscriptions stand, and where they should stand at an instant (stages contract, 3.4)."""

import asyncio
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.errors import NotFound
from domain.runs import Runs
from domain.schedules import Schedule
from domain.sequencing import Stage, Stand, lifecycle, missing
from models.database import Document
from models.stages import Stages as Stores


class Schedules(Protocol):
    """What is asked of schedules."""

    async def get(self, schedule: int) -> Schedule:
        """One schedule; raises `NotFound`."""


@dataclass(frozen=True)
class Standing:
    """A subscription, and every set up to the one that it should be in, that one last.

    ``schedules`` and ``runs`` are the schedule of each of them and its firings.
    """

    row: Document
    stages: Sequence[tuple[Stage, Stand]]
    schedules: Sequence[int]
    runs: Sequence[Runs]

    @property
    def behind(self) -> int:
        """How many messages should have been sent and were not."""
        return missing(self.stages, self.row["next_sequence_number"])

    @property
    def expected(self) -> tuple[int, int]:
        """The set and the number where it should stand."""
        stage, stand = self.stages[-1]
        return stage.messageset, stand.position


class Standings:
    """Works out where subscriptions should stand at ``at`` (µs).

    Sets, numbers and firings are read and worked out once: make one for each run. A schedule that
    is gone or disabled fires nobody, and so expects nothing of anybody.
    """

    def __init__(self, store: Stores, schedules: Schedules, at: int):
        self._store, self._schedules, self._at = store, schedules, at
        self._sets: dict[int, Document] = {}
        self._numbers: dict[tuple[int, str], list[int]] = {}
        self._known: set[int] = set()
        self._runs: dict[int, Runs] = {}

    async def of(self, rows: Sequence[Document]) -> list[Standing]:
        """For each subscription where it stands; not on the loop, for it may take a while."""
        if not self._sets:
            self._sets = {one["_id"]: one for one in await self._store.sets.find({})}
        chain = self._chain(row["messageset"] for row in rows)
        await self._learn(chain, [row["schedule"] for row in rows])
        return await asyncio.to_thread(lambda: [self._standing(row) for row in rows])

    def _chain(self, sets: Iterable[int]) -> set[int]:
        """These sets and all that they lead to."""
        found: set[int] = set()
        for number in set(sets):
            at: int | None = number
            while at is not None and at not in found and at in self._sets:
                found.add(at)
                at = self._sets[at]["next_set"]
        return found

    async def _learn(self, sets: set[int], schedules: Iterable[int]) -> None:
        unknown = sets - self._known
        if unknown:
            self._numbers.update(await self._store.messages.numbers(unknown))
            self._known |= unknown
        usual = {self._sets[one]["default_schedule"] for one in sets}
        for number in {*schedules, *usual} - self._runs.keys():
            self._runs[number] = await self._runs_of(number)

    async def _runs_of(self, number: int) -> Runs:
        try:
            schedule = await self._schedules.get(number)
        except NotFound:
            return Runs(None)
        return Runs(schedule.timing if schedule.enabled else None)

    def _standing(self, row: Document) -> Standing:
        walk = _Walk(row["lang"])
        first = self._enter(
            walk,
            row["messageset"],
            row["schedule"],
            since=row["created_at"],
            initial=row["initial_sequence_number"],
        )
        stages = list(lifecycle(first, lambda at: self._follow(walk, at)))
        # The last one may lead on to a set that he should not be in yet.
        schedules = walk.schedules[: len(stages)]
        return Standing(row, stages, schedules, [self._runs[one] for one in schedules])

    def _follow(self, walk: "_Walk", at: int) -> Stage | None:
        """The next set; one that leads to itself leads nowhere (contract, 7.11)."""
        present = self._sets.get(walk.messageset)
        following = None if present is None else self._sets.get(present["next_set"])
        if following is None or following is present:
            return None
        return self._enter(walk, following["_id"], following["default_schedule"], since=at)

    def _enter(
        self, walk: "_Walk", messageset: int, schedule: int, *, since: int, initial: int = 1
    ) -> Stage:
        """The set with as many firings as there are messages from ``initial`` on."""
        numbers, runs = self._numbers.get((messageset, walk.lang), []), self._runs[schedule]
        walk.messageset = messageset
        walk.schedules.append(schedule)
        left = len(numbers) - bisect_left(numbers, initial)
        fired = runs.between(since, self._at, left)
        return Stage(numbers, initial, since, fired, messageset)


class _Walk:
    """What one walk went through so far."""

    def __init__(self, lang: str):
        self.lang, self.messageset = lang, 0
        self.schedules: list[int] = []
