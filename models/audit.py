"""The audit log: an entry before each administrator's action, completed when it was answered."""

from domain.audit import Actor, Entry
from models.database import Database, Document, Index
from models.stretches import newest


class AuditEntries:
    """``audit_entries``."""

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
        found = await newest(self._entries, "at", (since, at), most)
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
