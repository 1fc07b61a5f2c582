"""What operators remove or mark: duplicates, and those that reach nobody (contract, 3.4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from domain.clock import SECOND, Clock
from domain.errors import NotFound
from models.database import Document
from models.stages import Stages as Stores
from services.stage_batches import Choice, batches
from services.stage_rows import Rows

SAME: Final = ("identity", "version", "messageset", "lang", "active", "completed", "schedule")
APART_US: Final = 60 * SECOND
ACTIVE: Final = {"active": True, "completed": False}
UNREACHABLE: Final = {"$in": [-2, -1]}
INVALID: Final = 5


@dataclass
class Cleaned:
    """How many subscriptions were looked at, and how many were removed or marked."""

    subscriptions: int = 0
    changed: int = 0


class Cleaning:
    """Goes over active subscriptions."""

    def __init__(self, store: Stores, subscriptions: Rows, clock: Clock):
        self._store, self._subscriptions, self._clock = store, subscriptions, clock

    async def remove_duplicates(self, choice: Choice) -> Cleaned:
        """Remove what says the same as one made at most a minute before it."""
        cleaned = Cleaned()
        async for rows in batches(self._store, ACTIVE, choice):
            cleaned.subscriptions += len(rows)
            numbers = {row["_id"] for row in rows}
            theirs = await self._store.subscriptions.active_of(row["identity"] for row in rows)
            for row in _duplicates(filter(choice.takes, theirs), numbers):
                cleaned.changed += choice.dry_run or await self._remove(row["_id"])
        return cleaned

    async def _remove(self, number: int) -> bool:
        try:
            await self._subscriptions.delete(number)
        except NotFound:
            return False
        return True

    async def mark_invalid(self, choice: Choice) -> Cleaned:
        """Give the status 5 to those whose identity could not be reached (-1, -2)."""
        cleaned = Cleaned()
        wanted = {**ACTIVE, "process_status": UNREACHABLE}
        async for rows in batches(self._store, wanted, choice):
            cleaned.subscriptions += len(rows)
            numbers = [row["_id"] for row in rows]
            cleaned.changed += len(rows) if choice.dry_run else await self._mark(numbers)
        return cleaned

    async def _mark(self, numbers: list[int]) -> int:
        now = self._clock.wall()
        return await self._store.subscriptions.set_status(numbers, UNREACHABLE, INVALID, now)


def _duplicates(rows: Iterable[Document], numbers: set[int]) -> list[Document]:
    """What was made at most a minute after the one before it that says the same.

    ``rows`` in the order in which they were made. Those whose first is not among ``numbers`` are
    left to the batch that it is in: all that say the same are judged together.
    """
    found: list[Document] = []
    ordered = sorted(rows, key=_said)
    for _, group in groupby(ordered, key=_said):
        same = list(group)
        if min(row["_id"] for row in same) in numbers:
            found += [
                later
                for earlier, later in zip(same, same[1:], strict=False)
                if later["created_at"] - earlier["created_at"] <= APART_US
            ]
    return found


def _said(row: Document) -> tuple[object, ...]:
    return tuple(row[name] for name in SAME)
