"""What failed for good, shown in one list and begun anew on demand (contract 1.2.8, 1.3.3)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from domain.errors import NotFound
from domain.fresh_ids import fresh_id
from domain.jobs import Job
from domain.windows import Listed, Window
from models.database import Document
from models.failed_tasks import NewFailure
from models.jobs import Jobs
from models.schedule_stores import Stores
from services.calls import Calls

REQUEUE = "failed_tasks.requeue"
AT_ONCE = 100

Requeue = Callable[[Document], Awaitable[bool]]


class FailedTasks:
    """The rows of schedules, and of subscriptions where somebody says how to begin them anew."""

    def __init__(self, store: Stores, jobs: Jobs, calls: Calls):
        self._store, self._jobs, self._calls = store, jobs, calls
        self._requeue_subscription: Requeue | None = None

    def on_requeue(self, requeue: Requeue) -> None:
        """Call ``requeue`` for rows of subscriptions; True: it is begun anew, once for each row."""
        self._requeue_subscription = requeue

    async def add(self, *failures: NewFailure) -> None:
        """Keep that something failed for good; of one task and round there is one row."""
        await self._store.failed.add_all(failures)

    async def listed(self, window: Window) -> Listed[Document]:
        """Every row, the newest first."""
        return await self._store.failed.listed(window)

    async def get(self, number: int) -> Document:
        """One row; raises `NotFound`."""
        found = await self._store.failed.get(number)
        if found is None:
            raise NotFound
        return found

    async def requeue(self) -> None:
        """Begin every task that failed until now anew, ``AT_ONCE`` of them before this returns.

        Jobs do the others. A task's row is removed; those of disabled schedules are left alone.
        A task that is begun anew is the same task: the receiver knows it by its id.
        """
        newest = (await self._store.failed.listed(Window(limit=1))).items
        if newest:
            await self._requeue_some(fresh_id(), 0, newest[0]["_id"])

    async def run(self, job: Job) -> None:
        """The job of the next ``AT_ONCE``."""
        body: Any = job.body
        await self._requeue_some(body["request"], body["after"], body["until"])

    async def _requeue_some(self, request: str, after: int, until: int) -> None:
        rows = await self._store.failed.oldest(after, until, AT_ONCE)
        for row in rows:
            if await self._begin(row):
                await self._store.failed.delete(row["_id"])
        if len(rows) == AT_ONCE:
            last = rows[-1]["_id"]
            body = {"request": request, "after": last, "until": until}
            await self._jobs.add(f"requeue:{request}:{last}", REQUEUE, self._calls.now(), body)

    async def _begin(self, row: Document) -> bool:
        if row["schedule"] is None:
            again = self._requeue_subscription
            return again is not None and await again(row)
        schedule = await self._store.schedules.get(row["schedule"])
        if schedule is None:
            return True
        call = schedule.firing(row["task_id"], row["initiated_at"], row["initiated_at"]).call()
        if not schedule.enabled:
            return False
        if call is not None:
            await self._calls.begin(replace(call, round=row["round"] + 1))
        return True
