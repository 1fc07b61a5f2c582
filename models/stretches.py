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
    rows: Collection,
    field: str,
    bounds: tuple[int, int],
    most: int,
    *,
    projection: Any = None,
    first: int = HOUR,
) -> list[Document]:
    """At most ``most`` with ``field`` from the lower bound on and below the upper, greatest first.

    It holds instants in µs, or other whole numbers, of which ``first`` says how many to read first.
    The upper bound should not be far off: what lies between is gone through stretch by stretch.
    """
    found: list[Document] = []
    (since, before), stretch = bounds, first
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
