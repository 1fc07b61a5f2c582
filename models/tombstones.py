"""What was deleted, until nobody can ask about it any more: then it is removed for good.

``gone`` (µs) says since when an item is a tombstone. It is missing in what is there, and where a
deleted item's content is to stay in the store, so its index costs only deletes.
"""

from typing import Any

from models.database import Collection, Index

BY_AGE = Index((("gone", 1),), sparse=True)


def gone(revision: int, *, keep: bool = False) -> dict[str, Any]:
    """The field of a tombstone; none with ``keep``."""
    return {} if keep else {"gone": revision}


async def gone_before(rows: Collection, before: int, most: int) -> list[int]:
    """The ids of at most ``most`` tombstones from before a moment."""
    query = {"gone": {"$gt": 0, "$lt": before}}
    return [one["_id"] for one in await rows.find(query, projection=["_id"], limit=most)]


async def remove_gone(rows: Collection, before: int, most: int) -> int:
    """Remove so many for good; returns how many there were."""
    ids = await gone_before(rows, before, most)
    if ids:
        await rows.delete({"_id": {"$in": ids}, "gone": {"$gt": 0, "$lt": before}})
    return len(ids)
