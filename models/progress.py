"""How far long actions are: one small document each, for whoever asks.

Rows: ``{_id, kind, done, total, state, started, ended, links, owner, expires}``, instants in µs.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from domain.clock import SECOND
from models.database import Database, Document, Index
from models.users import in_chunks

KEPT = timedelta(days=7)
RUNNING, DONE, FAILED = "running", "done", "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """``total`` is None while nobody knows it; ``owner`` the user who asked for the action."""

    id: str
    kind: str
    done: int
    total: int | None
    state: str
    started: int
    ended: int | None
    links: Mapping[str, str] = field(default_factory=dict)
    owner: int | None = None


class ProgressStore:
    """``progress``. Everything may be done again."""

    def __init__(self, database: Database):
        self._rows = database.collection("progress")

    async def ensure_indexes(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self._rows.ensure_indexes([Index((("expires", 1),), expire_after_s=0)])

    async def begin(self, progress: Progress) -> None:
        """Note that it began, unless that is noted."""
        document = {
            "_id": progress.id,
            "kind": progress.kind,
            "done": progress.done,
            "total": progress.total,
            "state": progress.state,
            "started": progress.started,
            "ended": None,
            "links": dict(progress.links),
            "owner": progress.owner,
            "expires": _expiry(progress.started),
        }
        await self._rows.insert_missing([document])

    async def advance(self, key: str, done: int, total: int | None = None) -> None:
        """So much is done by now, never less than before; ``total`` once it is known."""
        known = {} if total is None else {"$set": {"total": total}}
        await self._rows.change({"_id": key}, {"$max": {"done": done}, **known})

    async def count(self, key: str, more: int) -> None:
        """So much more is done; for actions of which many do a part at once."""
        await self._rows.change({"_id": key}, {"$inc": {"done": more}})

    async def end(self, key: str, state: str, now: int) -> None:
        """It came to its end, once."""
        change = {"$set": {"state": state, "ended": now, "expires": _expiry(now)}}
        await self._rows.change({"_id": key, "state": RUNNING}, change)

    async def get(self, key: str) -> Progress | None:
        """How far it is, or None."""
        found = await self._rows.find_one({"_id": key})
        return None if found is None else _progress(found)

    async def get_all(self, keys: Collection[str]) -> dict[str, Progress]:
        """Those of ``keys`` that are known, by key."""
        found: list[Document] = []
        for chunk in in_chunks(keys):
            found += await self._rows.find({"_id": {"$in": chunk}})
        return {one["_id"]: _progress(one) for one in found}


def _expiry(now: int) -> datetime:
    return datetime.fromtimestamp(now / SECOND, UTC) + KEPT


def _progress(document: Document) -> Progress:
    return Progress(
        id=document["_id"],
        kind=document["kind"],
        done=document["done"],
        total=document["total"],
        state=document["state"],
        started=document["started"],
        ended=document["ended"],
        links=document["links"],
        owner=document["owner"],
    )
