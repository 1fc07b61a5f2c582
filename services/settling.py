"""Records whose effects are there: marked done together, a few times a second."""

from dataclasses import replace

from domain.clock import Clock
from domain.errors import Unavailable
from domain.records import Record
from models.records import Records


class Settling:
    """What one process has done and not marked yet."""

    def __init__(self, records: Records, clock: Clock, *, process: str, overlap_us: int):
        self._records, self._clock, self._process = records, clock, process
        self._overlap_us = overlap_us
        self._batch: list[Record] = []

    def __contains__(self, record_id: str) -> bool:
        return any(one.id == record_id for one in self._batch)

    def add(self, record: Record) -> None:
        self._batch.append(record)

    async def settle(self) -> None:
        """Mark as done all that is there; raises `Unavailable`, and then the next call does it."""
        batch, self._batch = self._batch, []
        if not batch:
            return
        try:
            await self._place_late(batch)
            await self._records.settle(batch, self._process)
            await self._place_late(batch)
        except Unavailable:
            self._batch = batch + self._batch
            raise

    async def _place_late(self, batch: list[Record]) -> None:
        """A record that is marked late gets a younger place, or a look would pass it by.

        Before it is marked, for this process may die right then; and after, if that took long.
        """
        for n, record in enumerate(batch):
            if self._clock.now() - record.revision > self._overlap_us // 2:
                batch[n] = replace(record, revision=self._clock.stamp())
                await self._records.restamp(record, batch[n].revision)
