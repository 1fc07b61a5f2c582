"""How a collection of items is read as a feed: exactly, from a place on, ties included."""

from collections.abc import Mapping
from typing import Any

from domain.cursors import Place
from models.database import Collection, Document, up_to

LARGEST_ID = 2**63 - 1


def item_key(source: str, item_id: int) -> str:
    """An item's key within a revision: its source's letter, then its id, as text in id order."""
    return f"{source}{item_id:019d}"


def tie_after(place: Place, source: str) -> int | None:
    """The id after which items of this source that share the place's revision are still to come.

    None: none are. Sources are read in the order of their letters.
    """
    if not place.item or place.item[0] > source:
        return None
    return min(int(place.item[1:]), LARGEST_ID) if place.item[0] == source else -1


async def feed_rows(
    rows: Collection,
    query: Mapping[str, Any],
    source: str,
    after: Place,
    until: int,
    limit: int,
) -> list[Document]:
    """At most ``limit`` documents after a place and up to ``until``, by revision and id."""
    found: list[Document] = []
    tie = tie_after(after, source)
    if tie is not None:
        same = {**query, "revision": after.revision, "_id": {"$gt": tie}}
        found = await rows.find(same, sort=[("_id", 1)], limit=limit)
    if len(found) < limit:
        window = {**query, "revision": {"$gt": after.revision, **up_to(until)}}
        order = [("revision", 1), ("_id", 1)]
        found += await rows.find(window, sort=order, limit=limit - len(found))
    return found
