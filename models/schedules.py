"""Schedules, one document each, changed only as a whole that was read before."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.clock import SECOND
from domain.schedules import Fired, Schedule
from domain.windows import Listed, Window
from models.database import Database, Document, Index
from models.windows import listed

NEWEST_FIRST = (("created_at", -1), ("_id", -1))
FOUND_AT_ONCE = 100
IS_THERE = {"created_at": {"$gt": 0}}  # a tombstone has none
TOMBSTONE_KEPT = timedelta(days=2)  # longer than a record that could make it once more

_FIELDS = tuple(field.name for field in fields(Schedule) if field.name != "id")


class Schedules:
    """``schedules``. A write names the version it was made from, and loses to any other."""

    def __init__(self, database: Database):
        self._schedules = database.collection("schedules")

    async def ensure_indexes(self) -> None:
        await self._schedules.ensure_indexes(
            [
                Index(NEWEST_FIRST),
                Index((("next_send_at", 1),)),
                Index((("is_new", 1), ("created_at", 1))),
                Index((("expires", 1),), expire_after_s=0),
            ]
        )

    async def get(self, schedule: int) -> Schedule | None:
        found = await self._schedules.find_one({"_id": schedule, **IS_THERE})
        return None if found is None else from_document(found)

    async def listed(self, window: Window) -> Listed[Schedule]:
        """Every schedule, the newest first, as far as it lies in the window."""
        found = await listed(self._schedules, IS_THERE, window, NEWEST_FIRST)
        return Listed([from_document(one) for one in found.items], found.count)

    async def add(self, document: Document) -> None:
        """Store a new one as `to_document` shows it; nothing happens if it is, or was, there."""
        await self._schedules.insert_missing([document])

    async def save(self, old: Schedule, new: Schedule) -> bool:
        """Put ``new`` in the place of ``old``; False when that is not there as it was."""
        before, after = to_document(old), to_document(new)
        changes: Mapping[str, Any] = {
            name: value for name, value in after.items() if value != before[name]
        }
        return await self._schedules.update(
            {"_id": old.id, "version": old.version},
            {"$set": {**changes, "version": old.version + 1}},
        )

    async def close(self, fired: Fired) -> None:
        """Forget a firing that was carried out; may be called again."""
        await self._schedules.update(
            {"_id": fired.schedule, "open.id": fired.id},
            {"$pull": {"open": {"id": fired.id}}, "$inc": {"version": 1}},
        )

    async def told(self, schedule: int) -> None:
        """Whoever waits for new schedules was told of this one."""
        change = {"$set": {"is_new": False}, "$inc": {"version": 1}}
        await self._schedules.update({"_id": schedule, "is_new": True}, change)

    async def delete(self, schedule: int, now: int) -> bool:
        """Leave a tombstone, so that it is not made once more; False when it is not there."""
        expires = datetime.fromtimestamp(now / SECOND, UTC) + TOMBSTONE_KEPT
        change = {"$set": {"expires": expires}, "$unset": dict.fromkeys(_FIELDS, "")}
        return await self._schedules.update({"_id": schedule, **IS_THERE}, change)

    async def overdue(self, since: int, before: int) -> list[Schedule]:
        """Some of those whose pending firing was due between these instants."""
        query = {"next_send_at": {"$gt": since, "$lt": before}}
        found = await self._schedules.find(query, limit=FOUND_AT_ONCE)
        return [from_document(one) for one in found]

    async def untold(self, before: int) -> list[Schedule]:
        """Some of those that were made before that instant and are still new."""
        query = {"is_new": True, "created_at": {"$gt": 0, "$lt": before}}
        found = await self._schedules.find(query, limit=FOUND_AT_ONCE)
        return [from_document(one) for one in found]


def to_document(schedule: Schedule) -> Document:
    """The schedule as it is stored."""
    document = asdict(schedule)
    document["open"] = list(document["open"])
    return {"_id": document.pop("id"), **document}


def from_document(document: Mapping[str, Any]) -> Schedule:
    """The schedule that is stored so; a key that a later version added has its default."""
    kept = {name: document[name] for name in _FIELDS if name in document}
    kept["open"] = tuple(Fired(**one) for one in kept["open"])
    return Schedule(id=document["_id"], **kept)
