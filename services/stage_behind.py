"""Who is behind: found in batches by jobs, or by an operator at once, and listed (1.2.8, 3.4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from domain.accounts import User
from domain.errors import NotFound
from domain.jobs import Job
from domain.records import Body, Key
from domain.windows import Listed, Window
from models.database import Document
from models.jobs import Jobs
from models.stages import READY
from models.stages import Stages as Stores
from services.changes import Changes, Draft, Kind
from services.creations import Creation
from services.stage_batches import AT_ONCE, Choice, batches
from services.stage_standing import Schedules, Standing, Standings

FIND: Final = "stages.find_behind"
IN_ONE_JOB: Final = 5 * AT_ONCE


@dataclass
class Found:
    """How many subscriptions were looked at, were behind, and by how many messages together."""

    subscriptions: int = 0
    behind: int = 0
    messages: int = 0

    def add(self, standings: Sequence[Standing]) -> list[Standing]:
        """Count them; those that are behind."""
        late = [one for one in standings if one.behind]
        self.subscriptions += len(standings)
        self.behind += len(late)
        self.messages += sum(one.behind for one in late)
        return late


class BehindSubscriptions:
    """The rows of all searches, and beginning one; each search leaves rows of its own."""

    def __init__(self, store: Stores, schedules: Schedules, jobs: Jobs, changes: Changes):
        self._store, self._schedules, self._jobs = store, schedules, jobs
        self._changes, self._clock = changes, changes.clock
        self._beginning = Creation(self._begin)

    def kinds(self) -> Mapping[str, Kind]:
        """The records that are made here."""
        return {FIND: self._beginning}

    # Reading

    async def listed(self, window: Window) -> Listed[Document]:
        """Every row, the newest first."""
        found = await self._store.behind.listed(window, {})
        return Listed(await self._with_names(found.items), found.count)

    async def get(self, number: int) -> Document:
        """One row; raises `NotFound`."""
        found = await self._store.behind.get(number)
        if found is None:
            raise NotFound
        return (await self._with_names([found]))[0]

    async def _with_names(self, rows: Iterable[Document]) -> list[Document]:
        """With the names that the sets have now; empty for one that is gone."""
        rows = list(rows)
        ends = ("current_messageset", "expected_messageset")
        sets = {row[end] for row in rows for end in ends}
        names = await self._store.sets.field_of("short_name", sets)
        return [
            {
                **row,
                "current_name": names.get(row["current_messageset"], ""),
                "expected_name": names.get(row["expected_messageset"], ""),
            }
            for row in rows
        ]

    # Finding

    async def find_later(self, user: User, key: Key | None, fingerprint: str) -> str:
        """Begin a search; the id of its task. Raises as `Changes.make`."""
        body = {"task": str(uuid4()), "at": self._clock.wall()}
        draft = Draft(
            FIND, user.id, body, answer={"task": body["task"]}, key=key, fingerprint=fingerprint
        )
        outcome = await self._beginning.make(self._changes, draft)
        return str(outcome.answer["task"])

    async def _begin(self, body: Body) -> None:
        until = await self._store.counters.stage_subscriptions.last()
        await self._add_job({**body, "after": 0, "until": until})

    async def _add_job(self, body: Mapping[str, Any]) -> None:
        key = f"{FIND}:{body['task']}:{body['after']}"
        await self._jobs.add(key, FIND, self._clock.wall(), body)

    async def run(self, job: Job) -> None:
        """The job of one stretch; it has the next one done by another."""
        body: Mapping[str, Any] = job.body
        after, until, end = body["after"], body["until"], body["after"] + IN_ONE_JOB
        standings = Standings(self._store, self._schedules, body["at"])
        for start in range(after, min(end, until), AT_ONCE):
            last = min(start + AT_ONCE, until)
            rows = await self._store.subscriptions.between(start, last, READY)
            late = [one for one in await standings.of(rows) if one.behind]
            await self._keep(late, body["task"], body["at"])
        if end < until:
            await self._add_job({**body, "after": end})

    async def find(self, choice: Choice) -> Found:
        """Look at all that are chosen and ready, and keep a row of each that is behind."""
        found, task = Found(), str(uuid4())
        standings = Standings(self._store, self._schedules, choice.at)
        async for rows in batches(self._store, READY, choice):
            late = found.add(await standings.of(rows))
            if not choice.dry_run:
                await self._keep(late, task, choice.at)
        return found

    async def _keep(self, late: Sequence[Standing], task: str, at: int) -> None:
        if not late:
            return
        first = await self._store.counters.stage_behind.take(len(late))
        made = {"task": task, "created_at": at}
        rows = [{"_id": first + n, **made, **_row(one)} for n, one in enumerate(late)]
        await self._store.behind.add_all(rows)


def _row(one: Standing) -> Document:
    messageset, number = one.expected
    return {
        "subscription": one.row["_id"],
        "uuid": one.row["uuid"],
        "messages_behind": one.behind,
        "current_messageset": one.row["messageset"],
        "current_sequence_number": one.row["next_sequence_number"],
        "expected_messageset": messageset,
        "expected_sequence_number": number,
    }
