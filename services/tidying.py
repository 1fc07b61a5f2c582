"""Removing for good what no device can ask about any more: tombstones past their retention."""

import asyncio

from domain.clock import DAY, Clock
from services.mailboxes import Stores

# A delete that was finished late is a day younger than its mark says at most (hole H4), so it is
# kept so much longer: older cursors are a `reset` by then.
MARGIN_US = DAY
BATCH, BATCHES = 500, 40  # in one run; the rest has the next


class Tidying:
    """Tombstones of all collections of the inbox; any number of processes may tidy at once."""

    def __init__(self, stores: Stores, clock: Clock):
        self._stores, self._clock = stores, clock

    async def tidy(self, tombstone_days: int) -> int:
        """Remove those older than the retention, in batches; returns how many there were."""
        before = self._clock.now() - tombstone_days * DAY - MARGIN_US
        removed = 0
        for remove in (
            self._stores.deliveries.remove_gone,
            self._stores.messages.remove_gone,
            self._remove_notices,
        ):
            for _ in range(BATCHES):
                batch = await remove(before, BATCH)
                removed += batch
                if batch < BATCH:
                    break
                await asyncio.sleep(0)
        return removed

    async def _remove_notices(self, before: int, most: int) -> int:
        """Receipts first: without its tombstone nobody would find them."""
        ids = await self._stores.notices.gone_before(before, most)
        if ids:
            await self._stores.receipts.remove_of_notices(ids)
            await self._stores.notices.remove(ids)
        return len(ids)
