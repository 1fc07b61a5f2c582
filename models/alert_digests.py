"""Digests: the runs, and whom each of them concerns.

Runs: ``{_id, range, date, starts_at, ends_at, created_at, processed_at, completed_at, subscribers,
emails}``; ``_id`` follows from range and window, so a window has one run. ``processed_at``: all its
subscribers are known; ``completed_at``: all of them were served, and counted. Subscribers:
``{_id: "<run>:<subscriber>", run, subscriber, created_at, processed_at, emails}``. Instants in µs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.database import Database, Document, Index, up_to
from models.users import in_chunks


@dataclass(frozen=True, slots=True)
class Run:
    """One digest over a window; ``date`` is None for a window that somebody chose.

    ``subscribers`` and ``emails`` are None until it has come to its end.
    """

    id: str
    range: str
    date: str | None
    starts_at: int
    ends_at: int
    created_at: int
    processed_at: int | None = None
    completed_at: int | None = None
    subscribers: int | None = None
    emails: int | None = None


def row_of(run: str, subscriber: int) -> str:
    """The id of a run's row for a subscriber."""
    return f"{run}:{subscriber}"


class DigestRuns:
    """``alerts_digest_runs`` and ``alerts_digest_subscribers``. Everything may be done again."""

    def __init__(self, database: Database):
        self._runs = database.collection("alerts_digest_runs")
        self._rows = database.collection("alerts_digest_subscribers")

    async def ensure_indexes(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self._runs.ensure_indexes([Index((("created_at", 1),))])
        await self._rows.ensure_indexes(
            [
                Index((("run", 1), ("subscriber", 1))),
                Index((("run", 1), ("processed_at", 1))),
            ]
        )

    # Runs

    async def add(self, run: Run) -> Run:
        """Store it, or find the one that is there; returns the one that is."""
        document = {name: getattr(run, name) for name in Run.__slots__ if name != "id"}
        await self._runs.insert_missing([{"_id": run.id, **document}])
        return await self.get(run.id) or run

    async def get(self, run: str) -> Run | None:
        """The run of this id, or None."""
        found = await self._runs.find_one({"_id": run})
        return None if found is None else _run(found)

    async def made_between(self, since: int, until: int) -> list[Run]:
        """Runs made in this stretch, ``until`` included."""
        found = await self._runs.find({"created_at": {"$gte": since, **up_to(until)}})
        return [_run(one) for one in found]

    async def made_before(self, before: int, limit: int) -> list[Run]:
        """The newest that were made before an instant, the newest first."""
        query = {"created_at": {"$gt": 0, "$lt": before}}
        newest_first = [("created_at", -1)]
        return [_run(one) for one in await self._runs.find(query, sort=newest_first, limit=limit)]

    async def mark_processed(self, run: str, now: int) -> None:
        """All its subscribers have their rows."""
        await self._runs.update({"_id": run, "processed_at": None}, {"$set": {"processed_at": now}})

    async def mark_completed(self, run: str, now: int, totals: tuple[int, int]) -> None:
        """All its subscribers were served: so many, with so many e-mails."""
        subscribers, emails = totals
        end = {"completed_at": now, "subscribers": subscribers, "emails": emails}
        await self._runs.update({"_id": run, "completed_at": None}, {"$set": end})

    async def remove(self, runs: Sequence[str]) -> int:
        """Forget runs with their rows for good; returns how many runs there were."""
        await self._rows.delete({"run": {"$in": list(runs)}})
        return await self._runs.delete({"_id": {"$in": list(runs)}})

    # Subscribers

    async def add_rows(self, run: str, subscribers: Sequence[int], now: int) -> None:
        """A row for each of these, unless it is there."""
        more = {"run": run, "created_at": now, "processed_at": None, "emails": 0}
        for chunk in in_chunks(subscribers):
            rows = [{"_id": row_of(run, one), "subscriber": one, **more} for one in chunk]
            await self._rows.insert_missing(rows)

    async def open_rows(self, run: str, after: int, until: int) -> list[int]:
        """Subscribers with ``after`` < id < ``until`` who were not served yet."""
        query = {"run": run, "subscriber": {"$gt": after, "$lt": until}}
        found = await self._rows.find(query, projection=["subscriber", "processed_at"])
        return sorted(one["subscriber"] for one in found if one["processed_at"] is None)

    async def close_rows(self, run: str, emails: Mapping[int, int], now: int) -> int:
        """These subscribers were served, with so many e-mails each; one command for each number.

        Returns how many of them had not been served before.
        """
        closed = 0
        for count in sorted(set(emails.values())):
            ids = [row_of(run, one) for one, sent in emails.items() if sent == count]
            for chunk in in_chunks(ids):
                query = {"_id": {"$in": chunk}, "processed_at": None}
                change = {"$set": {"processed_at": now, "emails": count}}
                closed += await self._rows.update_all(query, change)
        return closed

    async def is_served(self, run: str) -> bool:
        """Was every subscriber of it served?"""
        return await self._rows.find_one({"run": run, "processed_at": None}, ["_id"]) is None

    async def totals(self, run: str) -> tuple[int, int]:
        """How many subscribers a run concerns, and how many e-mails were made for them."""
        found: list[Document] = await self._rows.counts("emails", {"run": run})
        subscribers = sum(one["count"] for one in found)
        return subscribers, sum(one["_id"] * one["count"] for one in found)


def _run(document: Document) -> Run:
    more: dict[str, Any] = {name: document.get(name) for name in Run.__slots__ if name != "id"}
    return Run(id=document["_id"], **more)
