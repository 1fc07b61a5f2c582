"""The job store: everything that happens later is one document here (house, decision 8).

Rows: ``{_id: key, kind, state, due_at, body, seals, attempts, fence, lease_by, error}``. A running
job names the process that runs it (``lease_by``, models/processes.py) and how often it was claimed
(``fence``). Every change is one conditional update, so of two that race one finds nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime

from domain import trail
from domain.clock import DAY, SECOND
from domain.jobs import CANCELLED, DEAD, DONE, RUNNING, WAITING, Due, Job, NewJob, Row
from domain.windows import Listed, Window
from models import windows
from models.database import Database, Document, Index, up_to

DONE_KEPT_US = DAY
CLAIMED_AT_ONCE = 100
READ_AT_ONCE = 1_000
_HEAD = ["kind", "due_at"]
_ROW = ["kind", "state", "due_at", "attempts", "error"]

Added = Callable[[Sequence[Due]], None]


class Jobs:
    """``jobs``; ``_id`` is the job's key, so adding a job again changes nothing.

    ``on_added`` are told of jobs that were added, moved or requeued here: to wake who runs them.
    """

    def __init__(self, database: Database):
        self._jobs = database.collection("jobs")
        self._on_added: list[Added] = []

    async def ensure_indexes(self) -> None:
        await self._jobs.ensure_indexes(
            [
                Index((("state", 1), ("due_at", 1))),
                Index((("state", 1), ("kind", 1), ("due_at", 1))),
                Index((("state", 1), ("lease_by", 1))),
                Index((("expires", 1),), expire_after_s=0),
            ]
        )

    def on_added(self, told: Added) -> None:
        """Tell ``told`` of jobs that are new, or newly due; it must not wait or raise."""
        self._on_added.append(told)

    # Adding and changing

    async def add(
        self, key: str, kind: str, due_at: int, body: Mapping[str, object], *, seals: bool = False
    ) -> bool:
        """Store a job due at ``due_at`` (µs); False when there is one of this key already."""
        return bool(await self.add_all([NewJob(key, kind, due_at, body, seals)]))

    async def add_all(self, jobs: Sequence[NewJob]) -> int:
        """Store those whose keys are free; returns how many were."""
        added = await self._jobs.insert_missing([to_document(job) for job in jobs])
        if added:
            self._tell([Due(job.due_at, job.kind, job.key) for job in jobs])
        return added

    def _tell(self, jobs: Sequence[Due]) -> None:
        for told in self._on_added:
            told(jobs)

    async def cancel(self, key: str, now: int) -> bool:
        """Never do it; False when it is running, over, sealed or unknown.

        A dead job can be cancelled: nobody will requeue it.
        """
        change = {"$set": {"state": CANCELLED, "expires": _instant(now + DONE_KEPT_US)}}
        return await self._jobs.update({"_id": key, "$or": [*_OPEN, {"state": DEAD}]}, change)

    async def move(self, key: str, due_at: int, body: Mapping[str, object] | None = None) -> bool:
        """Let it be due at another time, and perhaps with another body; False as for `cancel`."""
        fields: Document = {"due_at": due_at}
        if body is not None:
            fields["body"] = dict(body)
        changed = await self._jobs.update({"_id": key, "$or": _OPEN}, {"$set": fields})
        return changed and await self._tell_of(key)

    async def requeue(self, key: str, now: int) -> bool:
        """Try a job that is dead, or waits to be tried again, now; False for any other.

        It has all its attempts before it.
        """
        failed = {"state": WAITING, "error": {"$ne": None}}
        fields = {"state": WAITING, "due_at": now, "attempts": 0, "deaths": 0}
        query = {"_id": key, "$or": [{"state": DEAD}, failed]}
        changed = await self._jobs.update(query, {"$set": fields})
        return changed and await self._tell_of(key)

    async def _tell_of(self, key: str) -> bool:
        job = await self._jobs.find_one({"_id": key})
        if job is not None:
            self._tell([Due(job["due_at"], job["kind"], key)])
        return True

    # Reading

    async def get(self, key: str) -> Row | None:
        """The job of this key, or None."""
        found = await self._jobs.find_one({"_id": key}, _ROW)
        return None if found is None else _row(found)

    async def listed(
        self,
        *,
        kind: str | None = None,
        state: str | None = None,
        due_before: int | None = None,
        limit: int = 0,
    ) -> list[Row]:
        """Jobs of this kind and state that are due before then, soonest first; 0: all."""
        query: Document = {} if state is None else {"state": state}
        if kind is not None:
            query["kind"] = kind
        if due_before is not None:
            query["due_at"] = {"$gte": 0, "$lt": due_before}
        order = [("due_at", 1), ("_id", 1)]
        found = await self._jobs.find(query, projection=_ROW, sort=order, limit=limit)
        return [_row(one) for one in found]

    async def dead(self, window: Window) -> Listed[Row]:
        """What failed as often as it may, the latest due first, as far as it is in the window."""
        order = [("due_at", -1), ("_id", -1)]
        found = await windows.listed(self._jobs, {"state": DEAD}, window, order)
        return Listed([_row(one) for one in found.items], found.count)

    async def kinds(self, state: str) -> dict[str, int]:
        """How many jobs of each kind are in this state; linear in them."""
        return {
            one["_id"]: one["count"] for one in await self._jobs.counts("kind", {"state": state})
        }

    async def oldest_due(self, now: int) -> dict[str, int]:
        """Since when (µs) the job that is due longest waits, by kind, of the first thousand."""
        query = {"state": WAITING, "due_at": {"$gte": 0, **up_to(now)}}
        order = [("due_at", 1)]
        found = await self._jobs.find(query, projection=_HEAD, sort=order, limit=READ_AT_ONCE)
        return {one["kind"]: one["due_at"] for one in reversed(found)}

    async def is_idle(self, now: int, kind: str | None = None) -> bool:
        """Is nothing (of this kind) running, or waiting and due?"""
        more = {} if kind is None else {"kind": kind}
        due = {"state": WAITING, **more, "due_at": {"$gte": 0, **up_to(now)}}
        # What is claimed, or put back, between two looks is seen by one of the three.
        for query in (due, {"state": RUNNING, **more}, due):
            if await self._jobs.find_one(query, ["_id"]):
                return False
        return True

    async def backlog(self, now: int, kinds: Collection[str]) -> dict[str, tuple[int, int]]:
        """How many jobs of each of these kinds wait and are due, and since when the first (µs)."""
        query = {"state": WAITING, **_one_of(kinds), "due_at": {"$gte": 0, **up_to(now)}}
        group = {"_id": "$kind", "count": {"$sum": 1}, "since": {"$min": "$due_at"}}
        found = await self._jobs.aggregate([{"$match": query}, {"$group": group}])
        return {one["_id"]: (one["count"], one["since"]) for one in found}

    async def due(self, until: int, kinds: Collection[str], limit: int = READ_AT_ONCE) -> list[Due]:
        """The first waiting jobs of these kinds that are due up to ``until``, soonest first."""
        query = {"state": WAITING, **_one_of(kinds), "due_at": {"$gte": 0, **up_to(until)}}
        order = [("due_at", 1)]
        found = await self._jobs.find(query, projection=_HEAD, sort=order, limit=limit)
        return [Due(one["due_at"], one["kind"], one["_id"]) for one in found]

    async def running(self) -> dict[str, str]:
        """What runs, or ran when its process ended: the process by the job's key."""
        found = await self._jobs.find({"state": RUNNING}, projection=["lease_by"])
        return {one["_id"]: one["lease_by"] for one in found}

    # Claiming and ending

    async def claim(self, keys: Sequence[str], by: str, now: int) -> list[Job]:
        """Those of these jobs that are still due, now run by this process, in any order.

        Also those that it claimed before without hearing of it.
        """
        query = {"_id": {"$in": list(keys)}, "state": WAITING, "due_at": up_to(now)}
        change = {"$set": {"state": RUNNING, "lease_by": by}, "$inc": {"attempts": 1, "fence": 1}}
        await self._jobs.update_all(query, change)
        mine = {"_id": {"$in": list(keys)}, "state": RUNNING, "lease_by": by}
        return [_job(one) for one in await self._jobs.find(mine)]

    async def release(self, by: Collection[str], keys: Collection[str] | None = None) -> int:
        """Let all jobs, or these, that processes which are gone ran wait for another claim.

        The attempt does not count, the death does. Returns how many there were. Who finds himself
        among ``by`` has lost them.
        """
        query: Document = {"state": RUNNING, "lease_by": {"$in": sorted(by)}}
        if keys is not None:
            query = {"_id": {"$in": sorted(keys)}, **query}
        change = {"$set": _FREE, "$inc": {"attempts": -1, "deaths": 1}}
        return await self._jobs.update_all(query, change)

    async def let_go(self, by: str) -> int:
        """The same for all that a process which leaves has not brought to its end: no death."""
        query = {"state": RUNNING, "lease_by": by}
        return await self._jobs.update_all(query, {"$set": _FREE, "$inc": {"attempts": -1}})

    async def finish(self, keys: Sequence[str], by: str, now: int) -> int:
        """Mark those of these that the process still holds done; they are forgotten a day later."""
        done = {"state": DONE, "error": None, "expires": _instant(now + DONE_KEPT_US)}
        query = {"_id": {"$in": list(keys)}, "state": RUNNING, "lease_by": by}
        return await self._jobs.update_all(query, {"$set": done})

    async def retry(self, job: Job, by: str, due_at: int, error: str) -> bool:
        """Let it wait for another attempt; False when it is another's by now."""
        return await self._jobs.update(_held(job, by), {"$set": _waiting(due_at, error)})

    async def put_back(self, job: Job, by: str, due_at: int, error: str) -> bool:
        """Let it wait as if this attempt had not been."""
        change = {"$set": _waiting(due_at, error), "$inc": {"attempts": -1}}
        return await self._jobs.update(_held(job, by), change)

    async def bury(self, job: Job, by: str, error: str) -> bool:
        """Give up on it; it stays to be seen."""
        dead = {"state": DEAD, "error": error, "lease_by": None}
        return await self._jobs.update(_held(job, by), {"$set": dead})


_FREE: Document = {"state": WAITING, "lease_by": None}
# A job that waits can be cancelled and moved, unless it seals and was claimed before.
_OPEN: Sequence[Document] = (
    {"state": WAITING, "fence": 0},
    {"state": WAITING, "seals": {"$ne": True}},
)


def to_document(job: NewJob) -> Document:
    head = {"_id": job.key, "kind": job.kind, "state": WAITING, "due_at": job.due_at}
    lease = {"seals": job.seals, "fence": 0, "lease_by": None}
    made = {**head, "body": dict(job.body), **lease, "attempts": 0, "deaths": 0, "error": None}
    here = trail.current()
    return made if here is None else {**made, "trail": here.to_document()}


def _one_of(kinds: Collection[str]) -> Document:
    return {"kind": {"$in": sorted(kinds)}}


def _waiting(due_at: int, error: str) -> Document:
    return {"state": WAITING, "due_at": due_at, "error": error, "lease_by": None}


def _held(job: Job, by: str) -> Document:
    return {"_id": job.key, "state": RUNNING, "lease_by": by, "fence": job.fence}


def _instant(moment: int) -> datetime:
    return datetime.fromtimestamp(moment / SECOND, UTC)


def _job(document: Document) -> Job:
    return Job(
        key=document["_id"],
        kind=document["kind"],
        due_at=document["due_at"],
        body=document["body"],
        attempts=document["attempts"],
        fence=document["fence"],
        deaths=document.get("deaths", 0),
        trail=trail.from_document(document.get("trail")),
    )


def _row(document: Document) -> Row:
    return Row(
        key=document["_id"],
        kind=document["kind"],
        state=document["state"],
        due_at=document["due_at"],
        attempts=document["attempts"],
        error=document["error"],
    )
