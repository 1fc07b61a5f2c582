"""Locks of a moment: of several processes one at a time does what a rule over many rows needs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.errors import Unavailable
from domain.fresh_ids import fresh_id
from models.database import Database, Duplicate, up_to

HELD_US = 15_000_000  # longer than what is done inside may take; then it counts as left
TRIES, PAUSE_S = 40, 0.05


class Locks:
    """``meta_locks``: ``{_id: name, by, until}``."""

    def __init__(self, database: Database):
        self._locks = database.collection("meta_locks")

    @asynccontextmanager
    async def held(self, name: str, now: int) -> AsyncIterator[None]:
        """Nobody else is inside of the same name; raises `Unavailable` after two seconds."""
        by = fresh_id()
        await self._take(name, by, now)
        try:
            yield
        finally:
            await self._locks.delete({"_id": name, "by": by})

    async def _take(self, name: str, by: str, now: int) -> None:
        for _ in range(TRIES):
            try:
                await self._locks.insert({"_id": name, "by": by, "until": now + HELD_US})
            except Duplicate:
                await self._locks.delete({"_id": name, "until": {"$gt": 0, **up_to(now)}})
                await asyncio.sleep(PAUSE_S)
            else:
                return
        raise Unavailable
