"""The processes of an installation: one small document each, renewed while the process lives.

Whoever holds something for a while (a job, a record, a connection) names its process; what a
process held is free once the process is gone (surface, "Leases"). A process that was declared
gone never renews again: it goes on under a new name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.database import Database, Document, Duplicate


@dataclass(frozen=True)
class Presence:
    """One process: until when (µs, by its own clock) it said to live, and what it says of itself.

    ``until`` rises with every renewal, so a value that stays the same is a process that is silent:
    one that is so for ``lease_s`` is gone (None, in rows of earlier versions: as long as others).
    """

    process: str
    until: int
    lease_s: float | None = None
    is_gone: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


class Processes:
    """``processes``; as small as the installation, so it is read whole."""

    def __init__(self, database: Database):
        self._processes = database.collection("processes")

    async def begin(self, process: str, until: int, lease_s: float | None = None) -> bool:
        """Say that this process lives until then; False when the name was used before."""
        row = {"_id": process, "until": until, "lease_s": lease_s, "gone": False, "facts": {}}
        try:
            await self._processes.insert(row)
        except Duplicate:
            return False
        return True

    async def renew(
        self,
        process: str,
        until: int,
        facts: Mapping[str, Any] | None = None,
        *,
        lease_s: float | None = None,
    ) -> bool:
        """Live longer, and say something else of itself; False when it was declared gone."""
        change: Document = {"until": until, "lease_s": lease_s}
        if facts is not None:
            change["facts"] = dict(facts)
        return await self._processes.update({"_id": process, "gone": False}, {"$set": change})

    async def end(self, process: str) -> None:
        """Leave: what it still holds is free at once. May be called twice."""
        await self._processes.delete({"_id": process})

    async def all(self) -> list[Presence]:
        """Every process that is not forgotten."""
        return [_presence(one) for one in await self._processes.find({})]

    async def alive(self, now: int) -> list[Presence]:
        """Those that live at ``now``, as far as the clocks agree."""
        return [one for one in await self.all() if not one.is_gone and one.until >= now]

    async def gone(self, now: int) -> list[Presence]:
        """Those that were declared gone, or whose time is over at ``now``."""
        return [one for one in await self.all() if one.is_gone or one.until < now]

    async def declare_gone(self, seen: Presence) -> bool:
        """From now on it cannot renew; False when it did since it was seen, or was forgotten."""
        query = {"_id": seen.process, "until": seen.until, "gone": False}
        return await self._processes.update(query, {"$set": {"gone": True}})

    async def forget(self, before: int) -> int:
        """Remove those that are gone and were silent since before then; returns how many."""
        return await self._processes.delete({"gone": True, "until": {"$gte": 0, "$lt": before}})


def _presence(document: Document) -> Presence:
    return Presence(
        document["_id"],
        document["until"],
        document.get("lease_s"),
        document["gone"],
        document.get("facts", {}),
    )
