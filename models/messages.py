"""Messages as their senders keep them: the sent box."""

from collections.abc import Awaitable, Iterable, Sequence
from typing import Any

from domain.cursors import Place
from domain.records import Record
from models.database import Database, Document, Index
from models.deliveries import between, stamped
from models.feeds import feed_rows
from models.tombstones import BY_AGE, gone, remove_gone
from models.users import in_chunks


class Messages:
    """``inbox_messages``; ``_id`` is the message's id, a sequence of its own (contract 1.2)."""

    def __init__(self, database: Database):
        self._messages = database.collection("inbox_messages")

    async def ensure_indexes(self) -> None:
        await self._messages.ensure_indexes(
            [
                Index((("sender", 1), ("revision", 1), ("_id", 1))),
                Index((("sender", 1), ("deleted", 1), ("sent_on", -1), ("_id", 1))),
                BY_AGE,
            ]
        )

    def add(self, message: Document) -> Awaitable[object]:
        """Begin to store it unless it is there already, if only as a tombstone."""
        return self._messages.begin_insert([message])

    async def restamp(self, message_id: int, revision: int) -> None:
        query = {"_id": message_id, "revision": {"$lt": revision}}
        await self._messages.update(query, {"$set": {"revision": revision}})

    async def restamp_changed(self, ids: Sequence[int], record: str, revision: int) -> None:
        query = {
            "_id": {"$in": list(ids)},
            "changed_by": record,
            "revision": {"$lt": revision},
        }
        await self._messages.update_all(query, {"$set": {"revision": revision}})

    async def get(self, message_id: int) -> Document | None:
        """Anybody's message without its content, a tombstone too, or None."""
        return await self._messages.find_one({"_id": message_id}, {"content": 0})

    async def own(self, sender: int, ids: Iterable[int]) -> list[Document]:
        """This sender's messages among ``ids`` that he has not deleted."""
        found: list[Document] = []
        for chunk in in_chunks(ids):
            query = {"_id": {"$in": chunk}, "sender": sender, "deleted": False}
            found += await self._messages.find(query)
        return found

    async def changed(self, ids: Sequence[int], record: str) -> list[Document]:
        return await self._messages.find({"_id": {"$in": list(ids)}, "changed_by": record})

    async def delete(
        self, ids: Sequence[int], record: Record, revision: int, *, keep: bool
    ) -> None:
        """Take messages out of the sent box; with ``keep`` their content stays in the store."""
        query = {"_id": {"$in": list(ids)}, "sender": record.actor, "deleted": False}
        fields = {"deleted": True, "changed_by": record.id, **gone(revision, keep=keep)}
        change: list[dict[str, Any]] = [{"$set": {**fields, **stamped(revision)}}]
        if not keep:
            change.append({"$unset": ["content", "recipients"]})
        await self._messages.update_all(query, change)

    async def remove_gone(self, before: int, most: int) -> int:
        """Remove at most ``most`` tombstones of before a moment; returns how many there were."""
        return await remove_gone(self._messages, before, most)

    async def forget_sender(self, sender: int, *, keep: bool) -> None:
        """A deleted account's sent box is nobody's; recipients keep their copies.

        Nobody will read it again, so its content goes, unless ``keep`` says that it stays.
        """
        change: dict[str, Any] = {"$set": {"sender": None}}
        if not keep:
            change["$unset"] = {"content": "", "recipients": ""}
        await self._messages.update_all({"sender": sender}, change)

    async def listed(self, sender: int, since: int | None, until: int | None) -> list[Document]:
        """All that is in the sent box; bounds are on ``sent_on``, both included."""
        query: dict[str, Any] = {"sender": sender, "deleted": False}
        query["sent_on"] = between(since, until)
        return await self._messages.find(query)

    async def newest(self, sender: int, *, since: int, until: int, limit: int) -> list[Document]:
        """The newest ``limit`` in a window of ``sent_on``."""
        query = {"sender": sender, "deleted": False, "sent_on": between(since, until)}
        return await self._messages.find(query, sort=[("sent_on", -1), ("_id", 1)], limit=limit)

    async def feed(self, sender: int, after: Place, until: int, limit: int) -> list[Document]:
        return await feed_rows(self._messages, {"sender": sender}, "s", after, until, limit)
