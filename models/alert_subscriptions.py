"""Subscriptions of alerts: who wants to hear of which list, and how often; ended, never deleted.

Rows: ``{_id, subscriber, list, frequency, source, active, ended_at, ended_reason, ended_email_id,
signon_user_uid, created_at, updated_at}``. ``active`` is true or absent; a subscriber has one
active subscription of a list. An ended one is never active again.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from domain.alert_subscriptions import Active
from models.database import Database, Document, Index, down_to
from models.users import in_chunks

READ_AT_ONCE = 10_000  # ids of a list that is ended
_ACTIVE: Mapping[str, Any] = {"active": True}


class AlertSubscriptions:
    """``alerts_subscriptions``."""

    def __init__(self, database: Database):
        self._rows = database.collection("alerts_subscriptions")

    async def ensure_indexes(self) -> None:
        await self._rows.ensure_indexes(
            [
                Index((("subscriber", 1), ("list", 1)), unique=True, only=_ACTIVE),
                Index((("subscriber", 1), ("list", 1), ("created_at", 1))),
                Index((("list", 1), ("active", 1), ("subscriber", 1))),
                Index((("active", 1), ("frequency", 1), ("subscriber", 1))),
                Index((("ended_at", 1),)),
            ]
        )

    # Reading: one

    async def get(self, subscription: str) -> Document | None:
        """One of them, ended or not, or None."""
        return await self._rows.find_one({"_id": subscription})

    async def active(self, subscriber: int, alert_list: int) -> Document | None:
        """The active one of a subscriber on a list, or None."""
        return await self._rows.find_one({"subscriber": subscriber, "list": alert_list, **_ACTIVE})

    async def latest(self, subscriber: int, alert_list: int) -> Document | None:
        """The one made last for a subscriber and a list, ended or not, or None."""
        found = await self._rows.find({"subscriber": subscriber, "list": alert_list})
        return max(found, key=lambda one: (one["created_at"], one["_id"]), default=None)

    # Reading: a subscriber's

    async def active_of(self, subscriber: int) -> list[Document]:
        """All active ones of a subscriber, in no order."""
        return await self._rows.find({"subscriber": subscriber, **_ACTIVE})

    # Reading: lists'

    async def of_lists(
        self,
        lists: Sequence[int],
        after: int,
        until: int,
        frequencies: Collection[str] = (),
    ) -> list[Document]:
        """Active ones of these lists with ``after`` < subscriber < ``until``, by subscriber.

        Without ``frequencies`` of any. A subscriber occurs once for each list. The window has two
        sides, for the embedded server reads all of it, however few are asked for.
        """
        bounds = {"subscriber": {"$gt": after, "$lt": until}}
        wanted = {"frequency": {"$in": sorted(frequencies)}} if frequencies else {}
        found: list[Document] = []
        for chunk in in_chunks(lists):
            query = {"list": {"$in": chunk}, **_ACTIVE, **bounds, **wanted}
            found += await self._rows.find(query, sort=[("subscriber", 1)])
        return sorted(found, key=lambda one: (one["subscriber"], one["created_at"], one["_id"]))

    async def of_frequency(self, frequency: str, after: int, until: int) -> list[Document]:
        """Active ones of a frequency with ``after`` < subscriber < ``until``, in no order."""
        bounds = {"$gt": after, "$lt": until}
        query = {"active": True, "frequency": frequency, "subscriber": bounds}
        return await self._rows.find(query)

    async def get_all(self, ids: Collection[str]) -> dict[str, Document]:
        """Those of ``ids`` that exist, by id: to look again before something is sent."""
        found: list[Document] = []
        for chunk in in_chunks(ids):
            found += await self._rows.find({"_id": {"$in": chunk}})
        return {one["_id"]: one for one in found}

    async def subscribed_after(self, subscribers: Collection[int], instant: int) -> set[int]:
        """Those of ``subscribers`` who were subscribed to anything after then, or are."""
        found: list[Document] = []
        query = {"$or": [_ACTIVE, {"ended_at": {"$gt": instant}}]}
        for chunk in in_chunks(subscribers):
            wanted = {"subscriber": {"$in": chunk}, **query}
            found += await self._rows.find(wanted, projection=["subscriber"])
        return {one["subscriber"] for one in found}

    async def counts(self, lists: Collection[int]) -> dict[int, int]:
        """How many active ones each of these lists has; lists without any are 0."""
        counted = dict.fromkeys(lists, 0)
        for chunk in in_chunks(lists):
            rows = await self._rows.counts("list", {"list": {"$in": chunk}, **_ACTIVE})
            counted |= {one["_id"]: one["count"] for one in rows}
        return counted

    async def has_list(self, alert_list: int) -> bool:
        """Did anybody ever subscribe to this list, as far as that is kept?"""
        return await self._rows.find_one({"list": alert_list}, ["_id"]) is not None

    # Writing

    async def add(self, rows: Sequence[Document]) -> int:
        """Store those that are not there, and in whose place no other is active; how many."""
        return await self._rows.insert_missing(rows)

    async def end(self, subscription: str, reason: str, now: int, **more: object) -> bool:
        """End an active one; False when it is not there, or ended before. ``more`` is kept too."""
        fields = {"ended_at": now, "ended_reason": reason, "updated_at": now, **more}
        change = {"$set": fields, "$unset": {"active": ""}}
        return await self._rows.update({"_id": subscription, **_ACTIVE}, change)

    async def end_all_of(self, subscriber: int, reason: str, now: int) -> int:
        """End all active ones of a subscriber; returns how many there were."""
        fields = {"ended_at": now, "ended_reason": reason, "updated_at": now}
        change = {"$set": fields, "$unset": {"active": ""}}
        return await self._rows.update_all({"subscriber": subscriber, **_ACTIVE}, change)

    async def end_all_of_list(self, alert_list: int, reason: str, now: int) -> int:
        """End all active ones of a list, some at a time; returns how many there were.

        ``updated_at`` stays, as upstream's bulk change leaves it (3.6). May be called again; who
        subscribes while it runs may be among them.
        """
        change = {"$set": {"ended_at": now, "ended_reason": reason}, "$unset": {"active": ""}}
        ended, query = 0, {"list": alert_list, **_ACTIVE}
        while found := await self._rows.find(query, projection=["_id"], limit=READ_AT_ONCE):
            for chunk in in_chunks(one["_id"] for one in found):
                ended += await self._rows.update_all({"_id": {"$in": chunk}, **_ACTIVE}, change)
        return ended

    async def end_these(self, ids: Sequence[str], reason: str, now: int) -> int:
        """End those of these that are active, as `end_all_of_list` does; how many there were."""
        change = {"$set": {"ended_at": now, "ended_reason": reason}, "$unset": {"active": ""}}
        ended = 0
        for chunk in in_chunks(ids):
            ended += await self._rows.update_all({"_id": {"$in": chunk}, **_ACTIVE}, change)
        return ended

    async def ended_between(self, since: int, until: int, limit: int) -> list[str]:
        """Ids of those with ``since`` ≤ ended_at < ``until`` (for retention)."""
        query = {"ended_at": {**down_to(since), "$lt": until}}
        return [one["_id"] for one in await self._rows.find(query, projection=["_id"], limit=limit)]

    async def remove(self, ids: Sequence[str]) -> int:
        """Forget ended ones for good; returns how many there were."""
        return await self._rows.delete({"_id": {"$in": list(ids)}, "active": {"$ne": True}})


def as_active(row: Mapping[str, Any]) -> Active:
    """A row as the rules look at it."""
    return Active(row["_id"], row["list"], row["frequency"])
