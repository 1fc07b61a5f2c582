"""The job store: everything that happens later is one document here (house, decision 8)."""

from collections.abc import Mapping
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
        job = {
            "_id": key,
            "kind": kind,
            "state": WAITING,
            "due_at": due_at,
            "body": dict(body),
        }
        fresh = {
            "attempts": 0,
            "fence": 0,
            "lease_by": None,
            "lease_until": 0,
            "error": None,
        }
        return bool(await self._jobs.insert_missing([{**job, **fresh}]))

    async def next_due(self, before: int) -> int | None:
        """When the next waiting job before ``before`` is due, or None."""
        query = {"state": WAITING, "due_at": {"$gte": 0, "$lt": before}}
        found = await self._jobs.find(query, projection=["due_at"])
        return min((one["due_at"] for one in found), default=None)

    async def due(self, now: int) -> list[Job]:
        """Jobs that may be claimed: waiting and due, or running with their lease run out."""
        waiting = {"state": WAITING, "due_at": {"$gte": 0, **up_to(now)}}
        order = [("due_at", 1)]
        found = await self._jobs.find(waiting, sort=order, limit=CLAIMED_AT_ONCE)
        left = {"state": RUNNING, "lease_until": {"$gt": 0, "$lt": now}}
        found += await self._jobs.find(left, limit=CLAIMED_AT_ONCE)
        return [_job(one) for one in found]

    async def claim(self, job: Job, by: str, until: int) -> Job | None:
        """The job with its new fence, or None when another process was faster."""
        query = {
            "_id": job.key,
            "state": {"$in": [WAITING, RUNNING]},
            "fence": job.fence,
        }
        held = {"state": RUNNING, "lease_by": by, "lease_until": until}
        change = {"$set": held, "$inc": {"attempts": 1, "fence": 1}}
        if not await self._jobs.update(query, change):
            return None
        return Job(job.key, job.kind, job.due_at, job.body, job.attempts + 1, job.fence + 1)

    async def renew(self, job: Job, until: int) -> bool:
        """Hold the lease longer; False when the job is another's by now."""
        return await self._jobs.update(_held(job), {"$set": {"lease_until": until}})

    async def finish(self, job: Job, now: int) -> bool:
        """Mark it done; it is forgotten a day later."""
        done = {"state": DONE, "expires": _instant(now + DONE_KEPT_US)}
        return await self._jobs.update(_held(job), {"$set": done})

    async def retry(self, job: Job, due_at: int, error: str) -> bool:
        """Let it wait for another attempt."""
        waiting = {"state": WAITING, "due_at": due_at, "error": error}
        return await self._jobs.update(_held(job), {"$set": waiting})

    async def bury(self, job: Job, error: str) -> bool:
        """Give up on it; it stays to be seen."""
        return await self._jobs.update(_held(job), {"$set": {"state": DEAD, "error": error}})


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
