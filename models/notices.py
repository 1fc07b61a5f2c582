"""Notices for an audience, one document whatever its size, and the receipts of their readers."""

from collections.abc import Iterable, Sequence
from typing import Any

from domain.records import Record
from models.database import Database, Document, Index, up_to
from models.deliveries import between, decided_before, stamped
from models.tombstones import BY_AGE, gone, gone_before
from models.users import GREATEST_ID, in_chunks

# A user sees the sum of the notice's version and his receipt's. The frame that withdraws a notice
# is the same for all, so it must be higher than any sum before it.
WITHDRAWN = 1_000_000


class Notices:
    """``inbox_notices``; ``_id`` is an id of the copies' sequence, the same for all readers."""

    def __init__(self, database: Database):
        self._notices = database.collection("inbox_notices")

    async def ensure_indexes(self) -> None:
        await self._notices.ensure_indexes(
            [
                Index((("revision", 1), ("_id", 1))),
                Index((("deleted", 1), ("sent_on", -1), ("_id", 1))),
                BY_AGE,
            ]
        )

    async def add(self, notice: Document) -> None:
        await self._notices.insert_missing([notice])

    async def sent_before(self, moment: int) -> list[int]:
        """The ids of those that are there and were sent before a moment."""
        query = {"deleted": False, "sent_on": {"$gt": 0, "$lt": moment}}
        return [one["_id"] for one in await self._notices.find(query, projection=["_id"])]

    async def restamp(self, notice_id: int, revision: int) -> None:
        query = {"_id": notice_id, "revision": {"$lt": revision}}
        await self._notices.update(query, {"$set": {"revision": revision}})

    async def get_all(self, ids: Iterable[int]) -> list[Document]:
        """Those of ``ids`` that exist, withdrawn ones included."""
        found: list[Document] = []
        for chunk in in_chunks(ids):
            found += await self._notices.find({"_id": {"$in": chunk}})
        return found

    async def delete(self, notice_id: int, record: Record, revision: int, *, keep: bool) -> None:
        """Withdraw a notice from everybody, for good: its version passes every receipt's.

        With ``keep`` its content stays in the store.
        """
        query = {"_id": notice_id, "deleted": False}
        fields = {"deleted": True, "changed_by": record.id, **stamped(revision)}
        fields |= gone(revision, keep=keep)
        fields["version"] = {"$add": ["$version", WITHDRAWN]}
        change: list[dict[str, Any]] = [{"$set": fields}]
        if not keep:
            change.append({"$unset": ["content"]})
        await self._notices.update_all(query, change)

    async def gone_before(self, before: int, most: int) -> list[int]:
        """The ids of at most ``most`` withdrawn ones of before a moment."""
        return await gone_before(self._notices, before, most)

    async def remove(self, ids: Sequence[int]) -> None:
        """Forget these for good, withdrawn ones alone."""
        await self._notices.delete({"_id": {"$in": list(ids)}, "deleted": True})

    async def standing(self, since: int | None = None, until: int | None = None) -> list[Document]:
        """All notices that are not withdrawn, whoever they are for; bounds on ``sent_on``."""
        query: dict[str, Any] = {"deleted": False, "sent_on": between(since, until)}
        return await self._notices.find(query)

    async def latest(self, before: int, limit: int) -> list[Document]:
        """The newest that are not withdrawn and were sent before a moment, the newest first."""
        query = {"deleted": False, "sent_on": {"$gt": 0, "$lt": before}}
        return await self._notices.find(query, sort=[("sent_on", -1), ("_id", 1)], limit=limit)

    async def standing_heads(self) -> list[Document]:
        """All notices that are not withdrawn, without their contents: for counting."""
        return await self._notices.find({"deleted": False}, projection={"content": 0})

    async def changed_between(self, since: int, until: int) -> list[Document]:
        """All notices, withdrawn ones too, with ``since`` ≤ revision ≤ ``until``: they are few."""
        return await self._notices.find({"revision": {"$gte": since, **up_to(until)}})


def receipt_id(user: int, notice_id: int) -> str:
    return f"{user}:{notice_id}"


class Receipts:
    """``inbox_receipts``: what one user did with a notice for an audience; none until he did."""

    def __init__(self, database: Database):
        self._receipts = database.collection("inbox_receipts")

    async def ensure_indexes(self) -> None:
        await self._receipts.ensure_indexes(
            [
                Index((("user", 1), ("revision", 1), ("notice", 1))),
                Index((("user", 1), ("notice", 1)), unique=True),
                Index((("notice", 1), ("is_read", 1))),
            ]
        )

    async def of(self, user: int, notices: Iterable[int]) -> dict[int, Document]:
        """This user's receipts for these notices, by the notice's id."""
        found: list[Document] = []
        for chunk in in_chunks(receipt_id(user, notice) for notice in notices):
            found += await self._receipts.find({"_id": {"$in": chunk}})
        return {one["notice"]: one for one in found}

    async def change(
        self, ids: Sequence[int], record: Record, fields: dict[str, bool], revision: int
    ) -> None:
        """Set ``is_read`` or ``deleted`` where it is not so yet and nothing later was decided."""
        assert record.actor is not None
        user = record.actor
        await self._receipts.insert_missing([_blank(user, notice) for notice in ids])
        (name, value) = next(iter(fields.items()))
        query: dict[str, Any] = {"_id": {"$in": [receipt_id(user, notice) for notice in ids]}}
        query |= {"deleted": False, name: not value}
        if name != "deleted":  # a delete is final: it holds against later decisions too
            query |= decided_before(record.stamp)
        decided = {name: value, "changed_by": record.id, "decided": record.stamp}
        await self._receipts.update_all(query, [{"$set": {**decided, **stamped(revision)}}])

    async def uphold(self, user: int, ids: Sequence[int], is_read: bool, decided: int) -> int:
        """Decide that the read state stays as it is; returns of how many it was so."""
        await self._receipts.insert_missing([_blank(user, notice) for notice in ids])
        mine = [receipt_id(user, notice) for notice in ids]
        query = {"_id": {"$in": mine}, "deleted": False, "is_read": is_read}
        return await self._receipts.update_all(query, {"$max": {"upheld": decided}})

    async def count_read(self, notice: int) -> int:
        """How many have read this notice; linear in them on the embedded server."""
        return await self._receipts.count({"notice": notice, "is_read": True})

    async def readers(self, notice: int, after: int, limit: int) -> list[Document]:
        """Those who have read this notice, by their ids; as `count_read`."""
        query = {"notice": notice, "is_read": True, "user": {"$gt": after, "$lt": GREATEST_ID}}
        return await self._receipts.find(query, sort=[("user", 1)], limit=limit)

    async def changed(self, user: int, notices: Sequence[int], record: str) -> list[Document]:
        ids = [receipt_id(user, notice) for notice in notices]
        return await self._receipts.find({"_id": {"$in": ids}, "changed_by": record})

    async def restamp_changed(
        self, user: int, notices: Sequence[int], record: str, revision: int
    ) -> None:
        ids = [receipt_id(user, notice) for notice in notices]
        query = {
            "_id": {"$in": ids},
            "changed_by": record,
            "revision": {"$lt": revision},
        }
        await self._receipts.update_all(query, {"$set": {"revision": revision}})

    async def remove_of_notices(self, notices: Sequence[int]) -> None:
        """Forget everybody's receipts for notices that are gone for good."""
        await self._receipts.delete({"notice": {"$in": list(notices)}})

    async def purge_user(self, user: int) -> int:
        return await self._receipts.delete({"user": user})

    async def changed_between(self, user: int, since: int, until: int) -> list[Document]:
        """This user's receipts with ``since`` ≤ revision ≤ ``until``."""
        return await self._receipts.find(
            {"user": user, "revision": {"$gte": since, **up_to(until)}}
        )


def _blank(user: int, notice: int) -> Document:
    return {
        "_id": receipt_id(user, notice),
        "user": user,
        "notice": notice,
        "is_read": False,
        "deleted": False,
        "version": 0,
        "revision": 0,
        "decided": 0,
        "changed_by": None,
    }
