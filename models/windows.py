"""Reading a stretch of a collection, with the length of the whole."""

from collections.abc import Sequence

from domain.windows import Listed, Window
from models.database import Collection, Document, Filter

NEWEST_FIRST: tuple[tuple[str, int], ...] = (("_id", -1),)


async def listed(
    collection: Collection,
    query: Filter,
    window: Window,
    sort: Sequence[tuple[str, int]] = NEWEST_FIRST,
) -> Listed[Document]:
    """What lies in the window. Counting costs time linear in the list, which its contract wants."""
    count = await collection.count(query)
    if window.offset >= count:
        return Listed([], count)
    found = await collection.find(query, sort=sort, skip=window.offset, limit=window.limit)
    return Listed(found, count)
