"""What was tried as often as it may be and failed: of schedules and of stages, one list."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.windows import Listed, Window
from models.counters import Counters
from models.database import Database, Document, Index, up_to
from models.windows import listed


@dataclass(frozen=True, kw_only=True)
class NewFailure:
    """A task that failed for good: a schedule's or a subscription's, by its number or its UUID.

    ``task_id`` is a UUID, ``round`` counts how often it was begun, ``initiated_at`` is in µs.
    """

    task_id: str
    initiated_at: int
    reason: str
    round: int = 1
    schedule: int | None = None
    subscription: str | None = None


class FailedTasks:
    """``failed_tasks``; of one task and round there is one row, however often it is added."""

    def __init__(self, database: Database, counters: Counters):
        self._failed = database.collection("failed_tasks")
        self._counters = counters

    async def ensure_indexes(self) -> None:
        await self._failed.ensure_indexes(
            [
                Index((("task_id", 1), ("round", 1)), unique=True),
                Index((("schedule", 1),)),
            ]
        )

    async def add(self, failure: NewFailure) -> None:
        """Store it, unless it is there."""
        await self.add_all([failure])

    async def add_all(self, failures: Sequence[NewFailure]) -> None:
        """Store those that are not there."""
        first = await self._counters.failed_tasks.take(len(failures))
        rows = [{"_id": number, **vars(one)} for number, one in enumerate(failures, first)]
        await self._failed.insert_missing(rows)

    async def listed(self, window: Window) -> Listed[Document]:
        """Every row, the newest first."""
        return await listed(self._failed, {}, window)

    async def get(self, number: int) -> Document | None:
        return await self._failed.find_one({"_id": number})

    async def oldest(self, after: int, until: int, limit: int) -> Sequence[Document]:
        """Rows after a number, up to another, ascending: what a walk over all of them asks for."""
        query = {"_id": {"$gt": after, **up_to(until)}}
        return await self._failed.find(query, sort=[("_id", 1)], limit=limit)

    async def delete(self, number: int) -> None:
        """Remove a row; may be called again."""
        await self._failed.delete({"_id": number})

    async def delete_of_schedule(self, schedule: int) -> None:
        """Remove the rows of a schedule that is gone."""
        await self._failed.delete({"schedule": schedule})
