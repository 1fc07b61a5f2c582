"""The audit log: an entry before each administrator's action, completed when it was answered."""

from domain.audit import Actor, Entry
from domain.clock import MINUTE
from models.database import Database, Document, Index

FIRST_STRETCH_US = MINUTE


class AuditEntries:
    """``audit_entries``; read backwards in stretches, for ends of ranges left open are slow."""

    def __init__(self, database: Database):
        self._entries = database.collection("audit_entries")

    async def ensure_indexes(self) -> None:
        await self._entries.ensure_indexes([Index((("at", 1),))])

    async def add(self, entry: Entry) -> None:
        """Keep it, once per id; raises `Unavailable` and its kin."""
        await self._entries.insert_missing([_to_document(entry)])

    async def complete(self, entry_id: str, status: int, on: str | None) -> None:
        """Say how it ended, unless that is known already."""
        fields: Document = {"status": status} | ({"on": on} if on is not None else {})
        await self._entries.update({"_id": entry_id, "status": None}, {"$set": fields})

    async def before(self, at: int, most: int, since: int) -> list[Entry]:
        """At most ``most`` entries with ``since`` ≤ at < ``at``, the newest first."""
        found: list[Document] = []
        stretch, end = FIRST_STRETCH_US, at
        while end > since and len(found) < most:
            start = max(since, end - stretch)
            found += await self._entries.find(
                {"at": {"$gte": start, "$lt": end}}, sort=[("at", -1)], limit=most - len(found)
            )
            stretch, end = stretch * 4, start
        return [_entry(one) for one in found]

    async def forget(self, before: int) -> int:
        """Remove those from before a moment; returns how many."""
        return await self._entries.delete({"at": {"$gt": 0, "$lt": before}})


def _to_document(entry: Entry) -> Document:
    return {
        "_id": entry.id,
        "at": entry.at,
        "actor": {"id": entry.actor.id, "username": entry.actor.username},
        "action": entry.action,
        "on": entry.on,
        "address": entry.address,
        "request_id": entry.request_id,
        "status": entry.status,
    }


def _entry(found: Document) -> Entry:
    return Entry(
        id=found["_id"],
        at=found["at"],
        actor=Actor(found["actor"]["id"], found["actor"]["username"]),
        action=found["action"],
        on=found["on"],
        address=found["address"],
        request_id=found["request_id"],
        status=found["status"],
    )
