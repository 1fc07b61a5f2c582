"""How many messages are expected to leave: today by set, this week for metrics (contract, 3.6)."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from domain.accounts import User
from domain.clock import DAY, SECOND
from domain.errors import NotFound
from domain.jobs import Job
from domain.metrics import ESTIMATE, OF_SENDS, of_set
from domain.records import Body, Key
from domain.runs import Runs
from models.database import Document
from models.jobs import Jobs
from models.stages import Stages as Stores
from services.changes import Changes, Draft, Kind
from services.creations import Creation
from services.metrics import Metrics
from services.stage_standing import Schedules

OF_DAY, OF_WEEK = "stages.estimate_day", "stages.estimate_week"
DAYS_OF_WEEK: Final = 7


class Estimates:
    """Counts who is ready to be sent to on schedules that fire on a day (UTC)."""

    def __init__(self, store: Stores, schedules: Schedules, jobs: Jobs, changes: Changes):
        self._store, self._schedules, self._jobs = store, schedules, jobs
        self._changes, self._clock = changes, changes.clock
        self._beginning = Creation(self._begin)
        self.metrics = Metrics()

    def kinds(self) -> Mapping[str, Kind]:
        """The records that are made here."""
        return {OF_DAY: self._beginning}

    # Of a day

    async def estimate_later(self, user: User, key: Key | None, fingerprint: str) -> str:
        """Begin an estimate of today; the id of its task. Raises as `Changes.make`."""
        body = {"task": str(uuid4()), "at": self._clock.wall()}
        draft = Draft(
            OF_DAY, user.id, body, answer={"task": body["task"]}, key=key, fingerprint=fingerprint
        )
        outcome = await self._beginning.make(self._changes, draft)
        return str(outcome.answer["task"])

    async def _begin(self, body: Body) -> None:
        await self._jobs.add(f"{OF_DAY}:{body['task']}", OF_DAY, self._clock.wall(), body)

    async def run_day(self, job: Job) -> None:
        """The job: what is expected to leave on that day, in the place of what was said before."""
        start = _midnight(_int(job.body["at"]))
        day = datetime.fromtimestamp(start / SECOND, UTC).date().isoformat()
        due = await self._due(await self._store.subscriptions.ready_by_schedule(), [start])
        for one in await self._store.subscriptions.ready_by_set(due[start]):
            counts = one["subscriptions"], one["identities"]
            await self._store.estimates.put(day, one["_id"], *counts)

    async def of_day(self, day: str) -> list[Document]:
        """What was said of a day (``2026-11-24``), by set."""
        return await self._store.estimates.of_day(day)

    # Of the rest of the week

    async def names(self) -> list[str]:
        """The keys of seed 000 in its order, those of every set last."""
        sets = await self._store.sets.find({})
        named = [of_set(one["content_type"], one["short_name"]) for one in sets]
        return [*OF_SENDS, *(name for pair in named for name in pair)]

    async def fire(self) -> None:
        """Have the week's estimate made and fired, by whoever is free."""
        body = {"at": self._clock.wall()}
        await self._jobs.add(f"{OF_WEEK}:{uuid4()}", OF_WEEK, self._clock.wall(), body)

    async def run_week(self, job: Job) -> None:
        """The job: from today to Sunday, how many messages are expected to leave each day."""
        today = _midnight(_int(job.body["at"]))
        weekday = datetime.fromtimestamp(today / SECOND, UTC).weekday()
        days = {today + n * DAY: weekday + n for n in range(DAYS_OF_WEEK - weekday)}
        ready = await self._store.subscriptions.ready_by_schedule()
        due = await self._due(ready, days)
        for start, day in days.items():
            count = sum(ready[schedule] for schedule in due[start])
            self.metrics.say(ESTIMATE.format(day), count)

    async def _due(self, schedules: Iterable[int], days: Iterable[int]) -> dict[int, list[int]]:
        """For each day, given by its start, which of the schedules fire on it."""
        runs = {number: await self._runs(number) for number in schedules}
        starts = list(days)

        def judge() -> dict[int, list[int]]:
            return {
                start: [n for n, one in runs.items() if one.between(start - 1, start + DAY - 1, 1)]
                for start in starts
            }

        return await asyncio.to_thread(judge)

    async def _runs(self, number: int) -> Runs:
        try:
            schedule = await self._schedules.get(number)
        except NotFound:
            return Runs(None)
        return Runs(schedule.timing if schedule.enabled else None)


def _midnight(at: int) -> int:
    return at - at % DAY


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
