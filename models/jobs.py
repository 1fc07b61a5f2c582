"""The job store: everything that happens later is one document here (house, decision 8)."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from domain.clock import DAY, SECOND
from domain.jobs import DEAD, DONE, RUNNING, WAITING, Job
from models.database import Database, Document, Index, up_to

DONE_KEPT_US = DAY
CLAIMED_AT_ONCE = 100


class Jobs:
    """``jobs``; ``_id`` is the job's key, so adding a job again changes nothing."""

    def __init__(self, database: Database):
        self._jobs = database.collection("jobs")

    async def ensure_indexes(self) -> None:
        await self._jobs.ensure_indexes(
            [
                Index((("state", 1), ("due_at", 1))),
                Index((("state", 1), ("lease_until", 1))),
                Index((("expires", 1),), expire_after_s=0),
            ]
        )

    async def add(self, key: str, kind: str, due_at: int, body: Mapping[str, object]) -> bool:
        """Store a job due at ``due_at`` (µs); False when there is one of this key already."""
        job = {"_id": key, "kind": kind, "state": WAITING, "due_at": due_at, "body": dict(body)}
        lease = {"fence": 0, "lease_by": None, "lease_until": 0}
        return bool(
            await self._jobs.insert_missing([{**job, **lease, "attempts": 0, "error": None}])
        )

    async def next_due(self, after: int, before: int, kinds: Collection[str]) -> int | None:
        """When the first waiting job of these kinds in (``after``, ``before``) is due, or None."""
        query = {"state": WAITING, "due_at": {"$gt": after, "$lt": before}, **_one_of(kinds)}
        found = await self._jobs.find(query, projection=["due_at"])
        return min((one["due_at"] for one in found), default=None)

    async def due(self, now: int, kinds: Collection[str]) -> list[Job]:
        """Jobs of these kinds that may be claimed, at most `CLAIMED_AT_ONCE` of either sort.

        First those whose lease ran out, then those that wait and are due, the longest due first.
        """
        left = {"state": RUNNING, "lease_until": {"$gt": 0, "$lt": now}, **_one_of(kinds)}
        found = await self._jobs.find(left, sort=[("lease_until", 1)], limit=CLAIMED_AT_ONCE)
        waiting = {"state": WAITING, "due_at": {"$gte": 0, **up_to(now)}, **_one_of(kinds)}
        found += await self._jobs.find(waiting, sort=[("due_at", 1)], limit=CLAIMED_AT_ONCE)
        return [_job(one) for one in found]

    async def claim(self, job: Job, by: str, now: int, until: int) -> Job | None:
        """The job with its new fence, or None when somebody else has it by now."""
        free = [{"state": WAITING}, {"state": RUNNING, "lease_until": {"$lt": now}}]
        query = {"_id": job.key, "fence": job.fence, "$or": free}
        held = {"state": RUNNING, "lease_by": by, "lease_until": until}
        change = {"$set": held, "$inc": {"attempts": 1, "fence": 1}}
        if not await self._jobs.update(query, change):
            return None
        return Job(job.key, job.kind, job.due_at, job.body, job.attempts + 1, job.fence + 1)

    async def renew(self, job: Job, until: int) -> bool:
        """Hold the lease longer than before; False when the job is another's by now."""
        return await self._jobs.update(_held(job), {"$set": {"lease_until": until}})

    async def finish(self, job: Job, now: int) -> bool:
        """Mark it done; it is forgotten a day later."""
        done = {"state": DONE, "expires": _instant(now + DONE_KEPT_US)}
        return await self._jobs.update(_held(job), {"$set": done})

    async def retry(self, job: Job, due_at: int, error: str) -> bool:
        """Let it wait for another attempt."""
        return await self._jobs.update(_held(job), {"$set": _waiting(due_at, error)})

    async def put_back(self, job: Job, due_at: int, error: str) -> bool:
        """Let it wait as if this attempt had not been."""
        change = {"$set": _waiting(due_at, error), "$inc": {"attempts": -1}}
        return await self._jobs.update(_held(job), change)

    async def bury(self, job: Job, error: str) -> bool:
        """Give up on it; it stays to be seen."""
        return await self._jobs.update(_held(job), {"$set": {"state": DEAD, "error": error}})


def _one_of(kinds: Collection[str]) -> Document:
    return {"kind": {"$in": sorted(kinds)}}


def _waiting(due_at: int, error: str) -> Document:
    return {"state": WAITING, "due_at": due_at, "error": error, "lease_by": None, "lease_until": 0}


def _held(job: Job) -> Document:
    return {"_id": job.key, "state": RUNNING, "fence": job.fence}


def _instant(moment: int) -> datetime:
    return datetime.fromtimestamp(moment / SECOND, UTC)


def _job(document: Document) -> Job:
    return Job(
        document["_id"],
        document["kind"],
        document["due_at"],
        document["body"],
        document["attempts"],
        document["fence"],
    )
