"""A recipient's copies of messages and notices: one document each, a tombstone once deleted."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import Any

from domain.cursors import Place
from domain.items import MESSAGE, NOTICE
from domain.records import Record
from models.asking import Asker
from models.database import Database, Document, Index, down_to, up_to
from models.feeds import feed_rows
from models.tombstones import BY_AGE, gone, remove_gone
from models.users import in_chunks

BY_REVISION = (("user", 1), ("revision", 1), ("_id", 1))
BY_TIME = (
    ("user", 1),
    ("kind", 1),
    ("deleted", 1),
    ("is_read", 1),
    ("sent_on", -1),
    ("_id", 1),
)

NONE_UNREAD = {MESSAGE: 0, NOTICE: 0}
LINGER_S = 0.1  # who comes in a crowd waits as long to be counted with others


def stamped(revision: int) -> dict[str, Any]:
    """An aggregation stage: the version one up, the revision risen (live, "The clock")."""
    return {
        "version": {"$add": ["$version", 1]},
        "revision": {"$max": [revision, {"$add": ["$revision", 1]}]},
    }


def decided_before(stamp: int) -> dict[str, Any]:
    """A filter: what was decided last, a change or that all stays, was decided before this."""
    return {"decided": {"$lt": stamp}, "upheld": {"$not": {"$gte": stamp}}}


class Deliveries:
    """``inbox_deliveries``; ``_id`` is the copy's id, which clients see.

    One that its recipient blocked is nobody's: its ``user`` is his id below zero, so that no list,
    count or feed of his finds it, and receipts do.
    """

    def __init__(self, database: Database):
        self._copies = database.collection("inbox_deliveries")
        self._now = 0
        self._unread = Asker(self._count_unread, most=self._copies.most_keys, linger_s=LINGER_S)

    async def ensure_indexes(self) -> None:
        await self._copies.ensure_indexes([Index(BY_REVISION), Index(BY_TIME), BY_AGE])

    def add(self, copies: Sequence[Document]) -> Awaitable[object]:
        """Begin to store those copies that are not there yet, tombstones included."""
        return self._copies.begin_insert(copies)

    async def restamp(self, first_id: int, count: int, revision: int) -> None:
        """Give copies of one block a younger place, version unchanged (hole H1)."""
        change = {"$set": {"revision": revision, "placed": revision}}
        for chunk in in_chunks(
            range(first_id, first_id + count)
        ):  # a range is read from end to end
            query = {"_id": {"$in": chunk}, "revision": {"$lt": revision}}
            await self._copies.update_all(query, change)

    async def restamp_changed(self, ids: Sequence[int], record: str, revision: int) -> None:
        """The same for what a record changed."""
        query = {
            "_id": {"$in": list(ids)},
            "changed_by": record,
            "revision": {"$lt": revision},
        }
        await self._copies.update_all(query, {"$set": {"revision": revision}})

    # Those of one send

    async def get(self, copy_id: int) -> Document | None:
        """Anybody's copy, or None."""
        return await self._copies.find_one({"_id": copy_id})

    async def block(self, first_id: int, end_id: int) -> list[Document]:
        """The copies of one send with these ids, the last left out, without their contents."""
        found: list[Document] = []
        for chunk in in_chunks(range(first_id, end_id)):  # as in `restamp`
            found += await self._copies.find({"_id": {"$in": chunk}}, projection={"content": 0})
        return sorted(found, key=lambda copy: int(copy["_id"]))

    # One's own

    async def own(self, user: int, kinds: Sequence[str], ids: Iterable[int]) -> list[Document]:
        """This user's copies of these kinds among ``ids`` that are not deleted."""
        found: list[Document] = []
        mine = {"user": user, "kind": {"$in": list(kinds)}, "deleted": False}
        for chunk in in_chunks(ids):
            found += await self._copies.find({"_id": {"$in": chunk}, **mine})
        return found

    async def changed(self, ids: Sequence[int], record: str) -> list[Document]:
        """Of these copies those that the record changed and nothing changed since."""
        found: list[Document] = []
        for chunk in in_chunks(ids):
            found += await self._copies.find({"_id": {"$in": chunk}, "changed_by": record})
        return found

    async def mark(self, ids: Sequence[int], record: Record, is_read: bool, revision: int) -> None:
        """Set the read state, unless something was decided after this record's decision."""
        query = {"_id": {"$in": list(ids)}, "user": record.actor, "deleted": False}
        undecided = {"is_read": not is_read, **decided_before(record.stamp)}
        fields = {"is_read": is_read, "changed_by": record.id, "decided": record.stamp}
        change = [{"$set": {**fields, **stamped(revision)}}]
        await self._copies.update_all({**query, **undecided}, change)

    async def uphold(self, user: int, ids: Sequence[int], is_read: bool, decided: int) -> int:
        """Decide that the read state stays as it is; returns of how many it was so."""
        query = {"_id": {"$in": list(ids)}, "user": user, "deleted": False, "is_read": is_read}
        return await self._copies.update_all(query, {"$max": {"upheld": decided}})

    async def delete(
        self, ids: Sequence[int], record: Record, revision: int, *, keep: bool
    ) -> None:
        """Make tombstones: the document stays without its content, its key stays used.

        The actor's own copies, or anybody's when the record has no actor. A delete is final, so
        it holds against later decisions too. With ``keep`` a notice's content stays in the store.
        """
        query: dict[str, Any] = {"_id": {"$in": list(ids)}, "deleted": False}
        if record.actor is not None:
            query["user"] = record.actor
        fields = {"deleted": True, "changed_by": record.id, "decided": record.stamp}
        tombstone: dict[str, Any] = {"$set": {**fields, **stamped(revision)}}
        if keep:
            await self._copies.update_all({**query, "kind": NOTICE}, [tombstone])
        emptied: list[dict[str, Any]] = [
            {"$set": gone(revision)},
            {"$unset": ["content", "sender"]},
        ]
        await self._copies.update_all(query, [tombstone, *emptied])

    async def remove_gone(self, before: int, most: int) -> int:
        """Remove at most ``most`` tombstones of before a moment; returns how many there were."""
        return await remove_gone(self._copies, before, most)

    async def purge_user(self, user: int) -> int:
        """Remove all copies of a deleted account for good (contract 1.7)."""
        return await self._copies.delete({"user": {"$in": [user, -user]}})

    async def listed(
        self,
        user: int,
        kind: str,
        *,
        is_read: bool | None,
        since: int | None,
        until: int | None,
    ) -> list[Document]:
        """A user's copies of one kind, in no order; bounds are on ``sent_on``, both included."""
        query: dict[str, Any] = {"user": user, "kind": kind, "deleted": False}
        query["is_read"] = {"$in": [False, True]} if is_read is None else is_read
        if since is not None or until is not None:
            query["sent_on"] = between(since, until)
        return await self._copies.find(query)

    async def newest(
        self,
        user: int,
        kinds: Sequence[str],
        is_read: bool | None,
        *,
        since: int,
        until: int,
        limit: int,
    ) -> list[Document]:
        """The newest ``limit`` in a window of ``sent_on``, ids ascending where equal."""
        states = [False, True] if is_read is None else [is_read]
        window = {"user": user, "deleted": False, "sent_on": between(since, until)}
        order = [("sent_on", -1), ("_id", 1)]
        # Each kind and state by itself: with a choice among them the embedded server reads the
        # whole mailbox, whatever the window.
        parts = await asyncio.gather(
            *(
                self._copies.find(
                    {**window, "kind": kind, "is_read": state}, sort=order, limit=limit
                )
                for kind in kinds
                for state in states
            )
        )
        rows = [copy for part in parts for copy in part]
        return sorted(rows, key=lambda copy: (-copy["sent_on"], copy["_id"]))[:limit]

    async def count_unread(self, user: int, now: int) -> dict[str, int]:
        """How many of a user's copies are unread, by kind; a crowd is counted together.

        Without those that have expired at ``now``, or at a later moment given.
        """
        self._now = max(self._now, now)
        row = await self._unread.get(user)
        return {**NONE_UNREAD, **(row["counts"] if row else {})}

    async def _count_unread(self, users: Sequence[int]) -> list[Document]:
        """``{_id: user, counts}``, for those who have something unread.

        One user's kinds are counted each by itself: for an ``$in`` the embedded server reads whole
        mailboxes.
        """
        if len(users) > 1:
            rows = await self._unread_of({"$in": list(users)}, {"$in": list(NONE_UNREAD)})
        else:
            parts = await asyncio.gather(*(self._unread_of(users[0], one) for one in NONE_UNREAD))
            rows = [row for part in parts for row in part]
        found: dict[int, dict[str, int]] = {}
        for row in rows:
            found.setdefault(row["_id"]["user"], {})[row["_id"]["kind"]] = row["count"]
        return [{"_id": user, "counts": counts} for user, counts in found.items()]

    async def _unread_of(self, whose: object, kind: object) -> list[Document]:
        """``{_id: {user, kind}, count}``.

        When they expire stands in no index: looked at together with the rest, the embedded server
        would read the whole mailbox for it.
        """
        unread = {"user": whose, "kind": kind, "deleted": False, "is_read": False}
        both = {"user": "$user", "kind": "$kind"}
        return await self._copies.aggregate(
            [
                {"$match": unread},
                {"$match": {"expires_at": {"$not": {"$lte": self._now}}}},
                {"$group": {"_id": both, "count": {"$sum": 1}}},
            ]
        )

    async def feed(self, user: int, after: Place, until: int, limit: int) -> list[Document]:
        """The user's copies whose place is after ``after``, up to ``until``, oldest first."""
        return await feed_rows(self._copies, {"user": user}, "c", after, until, limit)


def between(since: int | None, until: int | None) -> dict[str, int]:
    """A two-sided range, both ends included, which the embedded server needs (stack, rule 3)."""
    since = 0 if since is None else since
    return {**down_to(since), **up_to(2**62 if until is None else until)}
