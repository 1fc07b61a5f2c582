"""The audit log: what administrators did, noted before it is done so that nothing done is missing.

An entry without a status is of an action whose end nobody saw: the process died in it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from domain.audit import Actor, Entry
from domain.clock import DAY, Clock
from domain.errors import ProductError, Unavailable
from domain.fresh_ids import fresh_id
from domain.origins import ORIGIN
from models.audit import AuditEntries

log = logging.getLogger("carillon.audit")

UNFORESEEN = 500


@dataclass
class Note:
    """What is still to be said of an action: how it ended, and what it was about."""

    id: str
    status: int = UNFORESEEN
    on: str | None = None


@dataclass(frozen=True)
class Page:
    """Some entries, the newest first; the next page is of those before ``next`` (None: no more)."""

    entries: list[Entry]
    next: int | None


class Audit:
    """Writes and reads the log; ``retention_days`` is how long entries are kept."""

    def __init__(self, entries: AuditEntries, clock: Clock, *, retention_days: int):
        self._entries, self._clock = entries, clock
        self._kept_us = retention_days * DAY

    async def begin(self) -> None:
        await self._entries.ensure_indexes()

    @asynccontextmanager
    async def noted(
        self, actor: Actor, action: str, on: str | None, *, id: str | None = None
    ) -> AsyncIterator[Note]:
        """An action, which is done inside; raises as a write does, and then nothing is done.

        Under the same ``id`` it is the same action, repeated: noted once.
        """
        note, origin = Note(id or fresh_id()), ORIGIN.get()
        at, address, request = self._clock.stamp(), origin.address, origin.request_id
        await self._entries.add(Entry(note.id, at, actor, action, on, address, request))
        try:
            yield note
        except ProductError as error:
            note.status = error.status
            raise
        finally:
            await asyncio.shield(self._complete(note))

    async def _complete(self, note: Note) -> None:
        """That it was done stands in the log already; how it ended is added if it can be.

        No limit but the database's own: a slow one would leave actions without an end.
        """
        try:
            await self._entries.complete(note.id, note.status, note.on)
        except Unavailable as error:
            log.warning("the end of action %s is not noted: %s", note.id, error)

    async def page(self, before: int | None, limit: int) -> Page:
        """The newest entries, or those before a moment."""
        end = self._clock.now() + DAY if before is None else before
        kept_since = self._clock.now() - self._kept_us
        found = await self._entries.before(end, limit + 1, kept_since)
        more = len(found) > limit
        return Page(found[:limit], found[limit - 1].at if more else None)

    async def tidy(self) -> int:
        """Remove what is older than the retention; returns how much."""
        return await self._entries.forget(self._clock.now() - self._kept_us)
