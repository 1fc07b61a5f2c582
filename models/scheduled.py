"""Sends that are to leave later: one document each, its sender's item until it has left.

``sealing`` names the occurrences that are leaving now. While there is one the document cannot be
edited or cancelled; the conditional update that adds it, or the one that edits, is the winner of
a race between them (hole H6). ``timing`` rises with every change of the time, so the jobs of an
earlier time find nothing to do.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from domain.clock import DAY, SECOND
from domain.cursors import Place
from domain.records import Record
from models.asking import Asker
from models.database import Database, Document, Index, up_to
from models.deliveries import stamped
from models.feeds import feed_rows
from models.users import in_chunks

WAITING, FAILED = "waiting", "failed"
CHANGES_KEPT = 20
LATEST = 2**62  # µs: no send is later
REACHED_KEPT_US = 40 * DAY
_CONTENT = ["content", "recipients", "audience", "origin"]


class Scheduled:
    """``inbox_scheduled``; ``_id`` is a sequence of its own."""

    def __init__(self, database: Database):
        self._scheduled = database.collection("inbox_scheduled")
        self._reached = database.collection("inbox_scheduled_reached")
        self._asker = Asker(lambda ids: self._scheduled.find({"_id": {"$in": list(ids)}}))

    async def ensure_indexes(self) -> None:
        await self._scheduled.ensure_indexes(
            [
                Index((("owner", 1), ("revision", 1), ("_id", 1))),
                Index((("owner", 1), ("deleted", 1), ("send_at", 1))),
                Index((("deleted", 1), ("send_at", 1))),
                Index((("schedule", 1), ("deleted", 1))),
            ]
        )
        await self._reached.ensure_indexes([Index((("expires", 1),), expire_after_s=0)])

    # Reading

    async def get(self, scheduled: int) -> Document | None:
        """The document, a tombstone too, or None."""
        return await self._asker.get(scheduled)

    async def listed(
        self, owner: int | None, since: int | None, until: int | None, limit: int
    ) -> list[Document]:
        """What this user's (None: anybody's) is still to leave, with ``since`` ≤ time ≤ ``until``.

        Soonest first; before all, unless ``since`` is given, what follows a schedule.
        """
        whose: Document = (
            {"deleted": False} if owner is None else {"owner": owner, "deleted": False}
        )
        found: list[Document] = []
        if since is None:
            following = {**whose, "send_at": None}
            found = await self._scheduled.find(following, sort=[("_id", 1)], limit=limit)
        if len(found) < limit:
            window = {"$gte": since or 0, **up_to(LATEST if until is None else until)}
            order, left = [("send_at", 1), ("_id", 1)], limit - len(found)
            query = {**whose, "send_at": window}
            found += await self._scheduled.find(query, sort=order, limit=left)
        return found

    async def for_group(self, group: int) -> int | None:
        """One that is still to leave for an audience with this group, or None."""
        query = {"deleted": False, "state": WAITING, "audience.group_ids": group}
        found = await self._scheduled.find_one(query, ["_id"])
        return None if found is None else int(found["_id"])

    async def count(self, owner: int, most: int) -> int:
        """How many of this user's are still to leave, ``most`` when there are more."""
        query = {"owner": owner, "deleted": False}
        found = await self._scheduled.find(query, projection=["_id"], limit=most)
        return len(found)

    async def on_schedule(self, schedule: int) -> list[Document]:
        """What leaves each time that a schedule fires."""
        query = {"schedule": schedule, "deleted": False, "state": WAITING}
        return await self._scheduled.find(query)

    async def feed(self, owner: int, after: Place, until: int, limit: int) -> list[Document]:
        """Documents of this user after a place, up to ``until``, oldest change first."""
        return await feed_rows(self._scheduled, {"owner": owner}, "t", after, until, limit)

    # Changes, each of one record

    async def add(self, document: Document) -> None:
        """Store it unless it is there already, if only as a tombstone."""
        await self._scheduled.insert_missing([document])

    async def edit(
        self, record: Record, fields: Mapping[str, Any], stamp: int, *, retimed: bool
    ) -> bool:
        """Set fields, unless it is leaving, has left, or something later was decided.

        With ``retimed`` the jobs of its present time have nothing to do any more.
        """
        query = _free(record)
        given = {name: {"$literal": value} for name, value in fields.items()}
        change: Document = {**given, **_decided(record, stamp)}
        if retimed:
            change |= {"timing": {"$add": ["$timing", 1]}, "state": WAITING, "error": None}
        return await self._scheduled.update(query, [{"$set": change}])

    async def cancel(self, record: Record, stamp: int) -> bool:
        """Make a tombstone of it, unless it is leaving or has left."""
        gone = {"$set": {"deleted": True, **_decided(record, stamp)}}
        change: list[Document] = [gone, {"$unset": _CONTENT}]
        return await self._scheduled.update(_free(record), change)

    async def leave(self, record: Record, occurrence: str, stamp: int) -> None:
        """An occurrence has left: it is not sealed any more, after the last one gone.

        ``is_last`` in the record's body says that there is no other, so that one update does.
        """
        left = {"$subtract": ["$outstanding", 1]}
        change = {
            "sealing": {"$setDifference": ["$sealing", [occurrence]]},
            "outstanding": left,
            "left_on": record.stamp,
            "deleted": {"$eq": [left, 0]},
            **_stamped(record, stamp),
        }
        query = {"_id": record.body["id"], "sealing": occurrence}
        if record.body.get("is_last"):
            emptied: list[Document] = [{"$set": change}, {"$unset": _CONTENT}]
            await self._scheduled.change(query, emptied)
            return
        if not await self._scheduled.update(query, [{"$set": change}]):
            return
        gone = {"_id": record.body["id"], "deleted": True}
        await self._scheduled.update(gone, {"$unset": dict.fromkeys(_CONTENT, "")})

    async def fail(self, record: Record, occurrence: str, stamp: int) -> bool:
        """An occurrence could not leave: it stays, with the reason, to be edited or cancelled."""
        change = {
            "sealing": {"$setDifference": ["$sealing", [occurrence]]},
            "state": FAILED,
            "error": {"$literal": record.body["error"]},
            **_stamped(record, stamp),
        }
        query = {"_id": record.body["id"], "sealing": occurrence}
        return await self._scheduled.update(query, [{"$set": change}])

    async def restamp_changed(self, scheduled: int, record: str, revision: int) -> None:
        """Give what a record changed a younger place (hole H1)."""
        query = {"_id": scheduled, "changed_by": record, "revision": {"$lt": revision}}
        await self._scheduled.update(query, {"$set": {"revision": revision}})

    # Leaving

    async def seal(self, scheduled: int, timing: int, occurrence: str) -> Document | None:
        """The document, which from now on nobody edits or cancels; None when it may not leave.

        May be called again by whoever takes over.
        """
        due = {"_id": scheduled, "timing": timing, "deleted": False, "state": WAITING}
        await self._scheduled.change(due, {"$addToSet": {"sealing": occurrence}})
        found = await self._asker.get(scheduled)
        return found if found is not None and occurrence in found["sealing"] else None

    async def reach(
        self, scheduled: int, occurrence: str, users: Sequence[int], now: int
    ) -> list[int]:
        """Those of ``users`` whom no other occurrence of it reached: each is reached once."""
        rows = [_reached(scheduled, user, occurrence, now) for user in users]
        await self._reached.insert_missing(rows)
        mine: list[int] = []
        for chunk in in_chunks(row["_id"] for row in rows):
            found = await self._reached.find({"_id": {"$in": chunk}, "by": occurrence})
            mine += [one["user"] for one in found]
        return sorted(mine)

    async def purge_user(self, owner: int) -> None:
        """A deleted account's sends never leave."""
        change: Document = {"$set": {"deleted": True, "owner": None}}
        change["$unset"] = dict.fromkeys(_CONTENT, "")
        await self._scheduled.update_all({"owner": owner}, change)


def _reached(scheduled: int, user: int, occurrence: str, now: int) -> Document:
    row = {"_id": f"{scheduled}:{user}", "user": user, "by": occurrence}
    return {**row, "expires": datetime.fromtimestamp((now + REACHED_KEPT_US) / SECOND, UTC)}


def _free(record: Record) -> Document:
    """It can be changed: not leaving, not gone, and nothing later was decided about it."""
    free = {"deleted": False, "sealing": {"$size": 0}}
    return {"_id": record.body["id"], **free, "decided": {"$lt": record.stamp}}


def _stamped(record: Record, stamp: int) -> Document:
    """Raised in version and revision by this record, which is one of its latest changes."""
    changes = {"$slice": [{"$concatArrays": [[record.id], "$changes"]}, CHANGES_KEPT]}
    return {**stamped(stamp), "changed_by": record.id, "changes": changes}


def _decided(record: Record, stamp: int) -> Document:
    return {**_stamped(record, stamp), "decided": record.stamp}
