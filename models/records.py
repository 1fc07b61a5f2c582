"""The records of changes, and the chunks that hold the recipients of large ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from domain import trail
from domain.clock import DAY, HOUR, SECOND
from domain.records import LISTED_RECIPIENTS, Lease, Record
from models.database import Database, Document, Index, up_to

# A record that was left is finished for this long. Tombstones live far longer (hole H4), and a
# database that was away for an hour must not cost an accepted send.
FINISHABLE_US = DAY
KEPT_US = HOUR
KEYED_KEPT_US = DAY
BURIED_KEPT_US = 30 * DAY


def _expiry(moment: int, kept_us: int) -> datetime:
    return datetime.fromtimestamp((moment + kept_us) / SECOND, UTC)


def _to_document(record: Record, chunks: int) -> Document:
    assert record.lease is not None
    return {
        "_id": record.id,
        "what": record.what,
        "stamp": record.stamp,
        "revision": record.revision,
        "actor": record.actor,
        "body": dict(record.body),
        "to": list(record.to) if not chunks else [],
        "chunks": chunks,
        "answer": dict(record.answer),
        "fingerprint": record.fingerprint,
        "state": record.state,
        "lease_by": record.lease.by,
        "lease_until": record.lease.until,
        "attempts": record.attempts,
        **({} if record.trail is None else {"trail": record.trail.to_document()}),
    }


def _from_document(document: Document) -> Record:
    return Record(
        id=document["_id"],
        what=document["what"],
        stamp=document["stamp"],
        revision=document["revision"],
        actor=document["actor"],
        body=document["body"],
        to=tuple(document["to"]),
        answer=document["answer"],
        fingerprint=document["fingerprint"],
        lease=Lease(document["lease_by"], document.get("lease_until", 0)),
        state=document["state"],
        attempts=document["attempts"],
        trail=trail.from_document(document.get("trail")),
    )


@dataclass(frozen=True)
class OpenHead:
    """What a look reads of a record whose effects may not be done; times are µs."""

    id: str
    stamp: int
    lease_until: int


class Records:
    """``live_records`` and ``live_recipients``."""

    def __init__(self, database: Database):
        self._records = database.collection("live_records")
        self._chunks = database.collection("live_recipients")

    async def ensure_indexes(self) -> None:
        await self._records.ensure_indexes(
            [
                Index((("revision", 1),)),
                Index((("lease_until", 1),), sparse=True),  # of open ones alone
            ]
        )
        await self._chunks.ensure_indexes([Index((("expires", 1),), expire_after_s=0)])

    async def add(self, record: Record) -> None:
        """Commit the record: its acknowledgement is the commit point.

        Raises `Duplicate` when its key was used before, `Unavailable` when nothing was sent and
        `OutcomeUnknown` when the acknowledgement was lost.
        """
        chunks = 0
        if len(record.to) > LISTED_RECIPIENTS:
            chunks = await self._add_chunks(record)
        await self._records.insert(_to_document(record, chunks))

    async def _add_chunks(self, record: Record) -> int:
        expires = _expiry(record.stamp, FINISHABLE_US + KEYED_KEPT_US)
        starts = range(0, len(record.to), LISTED_RECIPIENTS)
        await self._chunks.insert_missing(
            [
                {
                    "_id": f"{record.id}:{n}:{record.stamp}",
                    "to": list(record.to[start : start + LISTED_RECIPIENTS]),
                    "expires": expires,
                }
                for n, start in enumerate(starts)
            ]
        )
        return len(starts)

    async def get(self, record_id: str) -> Record | None:
        """The record with all its recipients, or None."""
        document = await self._records.find_one({"_id": record_id})
        return None if document is None else await self._whole(document)

    async def _whole(self, document: Document) -> Record:
        if document["chunks"]:
            ids = [f"{document['_id']}:{n}:{document['stamp']}" for n in range(document["chunks"])]
            found = await self._chunks.find({"_id": {"$in": ids}})
            chunk = {one["_id"]: one["to"] for one in found}
            document["to"] = [user for key in ids for user in chunk[key]]
        return _from_document(document)

    async def heads(self, since: int, until: int, *, but_by: str) -> dict[str, int]:
        """The finished records with ``since`` ≤ revision ≤ ``until``: their places by their ids.

        Without those that the process ``but_by`` carried out, and those whose contents were taken
        out: nobody can tell what they were about. Every look reads a stretch that is several looks
        long, so it must not read contents.
        """
        query = {"revision": {"$gte": since, **up_to(until)}, "lease_by": {"$ne": but_by}}
        found = await self._records.find(query, projection=["revision", "state", "stripped"])
        done = (one for one in found if one["state"] == "done" and not one.get("stripped"))
        return {one["_id"]: one["revision"] for one in done}

    async def whole(self, ids: Iterable[str]) -> list[Record]:
        """Those of ``ids`` that are there, oldest first."""
        found = await self._records.find({"_id": {"$in": list(ids)}})
        in_order = sorted(found, key=lambda one: int(one["revision"]))
        return [await self._whole(document) for document in in_order]

    async def newest_revision(self, since: int) -> int:
        """The latest revision of any record after ``since``, or ``since``."""
        found = await self._records.find({"revision": {"$gt": since}}, projection=["revision"])
        return max((one["revision"] for one in found), default=since)

    async def open_heads(self, until: int) -> list[OpenHead]:
        """Records whose effects may not be done, and whose leases end by ``until``."""
        query = {"lease_until": {"$gt": 0, "$lt": until}}
        found = await self._records.find(query, projection=["stamp", "lease_until"])
        return [OpenHead(one["_id"], one["stamp"], one["lease_until"]) for one in found]

    async def left(self, now: int) -> list[Record]:
        """Records whose lease ran out before their effects were done, the oldest first."""
        return await self.whole(one.id for one in await self.open_heads(now))

    async def renew(self, record: Record, by: str, until: int) -> bool:
        """Hold the lease longer; False when another process has it by now."""
        query = {"_id": record.id, "state": "open", "lease_by": by}
        return await self._records.update(query, {"$set": {"lease_until": until}})

    async def take_over(self, record: Record, by: str, until: int) -> bool:
        """Take a lease that ran out; False when somebody else was faster."""
        assert record.lease is not None
        query = {"_id": record.id, "state": "open", "lease_until": record.lease.until}
        change = {
            "$set": {"lease_by": by, "lease_until": until},
            "$inc": {"attempts": 1},
        }
        return await self._records.update(query, change)

    async def settle(self, records: Sequence[Record], by: str) -> None:
        """Mark these records, whose lease ``by`` holds, done."""
        ids = [record.id for record in records]
        change = {"$set": {"state": "done"}, "$unset": {"lease_until": ""}}
        await self._records.update_all({"_id": {"$in": ids}, "lease_by": by}, change)

    async def restamp(self, record: Record, revision: int) -> None:
        """Give the record a later place in the feed."""
        await self._records.update({"_id": record.id}, {"$max": {"revision": revision}})

    async def bury(self, record: Record) -> None:
        """Give up on a record that failed again and again, or was left too long."""
        change = {"$set": {"state": "dead"}, "$unset": {"lease_until": ""}}
        await self._records.update({"_id": record.id, "state": "open"}, change)

    async def strip(self, before: int) -> int:
        """Take the content out of keyed records older than ``before``; hash and answer stay."""
        query = {
            "state": "done",
            "stripped": {"$ne": True},
            "revision": {"$lt": before, "$gt": before - 2 * HOUR},
        }
        change = {"$set": {"body": {}, "to": [], "chunks": 0, "stripped": True}}
        return await self._records.update_all(query, change)

    async def forget(self, now: int) -> None:
        """Remove what nobody needs any more: done, keyed and dead ones have each their time.

        A time-to-live index would do the same, and cost each record another entry.
        """
        for query, kept_us in _KEPT:
            old = {"$gt": 0, "$lt": now - kept_us}
            await self._records.delete({"revision": old, **query})


_KEPT: tuple[tuple[Document, int], ...] = (
    ({"state": "done", "fingerprint": None}, KEPT_US),
    ({"state": "done"}, KEYED_KEPT_US),
    ({"state": "dead"}, BURIED_KEPT_US),
)
