"""Webhooks: who wants to be told by HTTP of what happens here (stages contract, 4)."""

from datetime import UTC, datetime

from domain.clock import SECOND
from domain.windows import Listed, Window
from models.database import Database, Document, Filter, Index
from models.schedules import TOMBSTONE_KEPT
from models.windows import listed

IS_THERE = {"created": {"$gt": 0}}  # a tombstone has none


class Webhooks:
    """``webhooks``: `_id, event, target, user, created, updated`, the last two in µs."""

    def __init__(self, database: Database):
        self._webhooks = database.collection("webhooks")

    async def ensure_indexes(self) -> None:
        await self._webhooks.ensure_indexes(
            [Index((("event", 1),)), Index((("expires", 1),), expire_after_s=0)]
        )

    async def listed(self, window: Window) -> Listed[Document]:
        """Every webhook, the newest first."""
        return await listed(self._webhooks, IS_THERE, window)

    async def get(self, webhook: int) -> Document | None:
        return await self._webhooks.find_one({"_id": webhook, **IS_THERE})

    async def of_event(self, event: str) -> list[Document]:
        """Those that wait for this event."""
        return await self._webhooks.find({"event": event})

    async def add(self, webhook: Document) -> None:
        """Store a new one; nothing happens if it is, or was, there."""
        await self._webhooks.insert_missing([webhook])

    async def change(self, webhook: int, fields: Filter) -> bool:
        """Set fields; False when there is no such webhook."""
        return await self._webhooks.update({"_id": webhook, **IS_THERE}, {"$set": dict(fields)})

    async def delete(self, webhook: int, now: int) -> bool:
        """Leave a tombstone, so that it is not made once more; False when it is not there."""
        expires = datetime.fromtimestamp(now / SECOND, UTC) + TOMBSTONE_KEPT
        gone = dict.fromkeys(("event", "target", "user", "created", "updated"), "")
        change = {"$set": {"expires": expires}, "$unset": gone}
        return await self._webhooks.update({"_id": webhook, **IS_THERE}, change)
