"""Whole-number ids: counters in the database, taken in blocks (house, decision 4)."""

import asyncio

from models.database import Collection, Database

BLOCK = 100


class Sequence:
    """Ids of one kind: unique for ever, roughly ascending over processes, from 1."""

    def __init__(self, counters: Collection, name: str, block: int = BLOCK):
        self._counters, self._name, self._block = counters, name, block
        self._next, self._end = 1, 1
        self._lock = asyncio.Lock()

    async def take(self, count: int = 1) -> int:
        """The first of ``count`` consecutive new ids; asks the database once per block or more."""
        if not self._has(count):
            async with self._lock:
                if count >= self._block:  # the block in use goes on after it
                    return 1 + await self._counters.increment(self._name, count) - count
                if not self._has(count):
                    self._end = 1 + await self._counters.increment(self._name, self._block)
                    self._next = self._end - self._block
        first, self._next = self._next, self._next + count
        return first

    def _has(self, count: int) -> bool:
        """Are there as many in the block in use?"""
        return self._next + count <= self._end

    async def last(self) -> int:
        """No id that was given out is greater; 0 before the first."""
        found = await self._counters.find_one({"_id": self._name})
        return 0 if found is None else int(found["value"])


class Counters:
    """The house's sequences; copies of messages and of notices share one (contract 1.2)."""

    def __init__(self, database: Database):
        self._counters = database.collection("counters")
        self.users = Sequence(self._counters, "users", block=1)
        self.groups = Sequence(self._counters, "groups", block=1)
        self.messages = Sequence(self._counters, "messages")
        self.scheduled = Sequence(self._counters, "scheduled")
        self.copies = Sequence(self._counters, "copies")
        self.schedules = Sequence(self._counters, "schedules")
        self.announcements = Sequence(self._counters, "announcements", block=1)
        self.webhooks = Sequence(self._counters, "webhooks", block=1)
        self.sets = Sequence(self._counters, "stages_sets", block=1)
        self.stage_files = Sequence(self._counters, "stages_binaries", block=1)
        self.stage_messages = Sequence(self._counters, "stages_messages", block=1)
        self.stage_subscriptions = Sequence(self._counters, "stages_subscriptions")
        self.caught = Sequence(self._counters, "mail_caught", block=1)
        self.stage_behind = Sequence(self._counters, "stages_behind")
        self.failed_tasks = Sequence(self._counters, "failed_tasks", block=1)
        self.alert_lists = Sequence(self._counters, "alerts_lists", block=1)
        self.alert_subscribers = Sequence(self._counters, "alerts_subscribers", block=1)

    async def pass_over(self, name: str, highest: int) -> None:
        """Never give out ids up to ``highest``: they were given by an import."""
        await self._counters.update({"_id": name}, {"$max": {"value": highest}}, upsert=True)
