"""A few documents from one end of a long range, read in stretches that widen.

The embedded server reads all that a range holds, however few are asked for (stack, rule 3).
"""

from typing import Any, Final

from domain.clock import DAY, HOUR
from models.database import Collection, Document, Filter, down_to

WIDER: Final = 8
WIDEST_US: Final = 30 * DAY  # after a stretch as wide the rest is read as one
GREATEST_ID: Final = 2**63 - 1


async def newest(
    rows: Collection, field: str, *, since: int, before: int, most: int, projection: Any = None
) -> list[Document]:
    """At most ``most`` with ``since`` ≤ ``field`` < ``before`` (instants in µs), the newest first.

    ``before`` should not be far in the future: until there nothing is found, in many stretches.
    """
    found: list[Document] = []
    stretch = HOUR
    while before > since and len(found) < most:
        start = max(since, before - stretch) if stretch < WIDEST_US else since
        found += await rows.find(
            {field: {**down_to(start), "$lt": before}},
            projection=projection,
            sort=[(field, -1)],
            limit=most - len(found),
        )
        before, stretch = start, stretch * WIDER
    return found


async def following(
    rows: Collection, after: int, most: int, *, wanted: Filter, projection: Any = None
) -> list[Document]:
    """At most ``most`` that are wanted, by ids, which are whole numbers greater than ``after``."""
    found: list[Document] = []
    start, stretch = after + 1, most
    while start < GREATEST_ID and len(found) < most:
        end = min(start + stretch, GREATEST_ID)
        query = {"_id": {**down_to(start), "$lt": end}, **wanted}
        left = most - len(found)
        found += await rows.find(query, projection=projection, sort=[("_id", 1)], limit=left)
        start, stretch = end, stretch * WIDER
    return found
