"""Finishing what was left: records whose process died or could not go on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial

from domain.clock import Clock
from domain.records import Lease, Record
from models.records import FINISHABLE_US, OpenHead, Records
from services.turns import LEASE_US, Turn

log = logging.getLogger("carillon.changes")

MOST_ATTEMPTS = 5
AT_ONCE = 8
WAITED_S = 1.0  # a look waits no longer for what it finishes: it must hear again soon

CarryOut = Callable[[Record, Turn], Awaitable[None]]


class Finisher:
    """Takes over left records one by one, a few at a time; what is slow holds up nothing else."""

    def __init__(
        self,
        records: Records,
        clock: Clock,
        *,
        process: str,
        overlap_us: int,
        carry_out: CarryOut,
    ):
        self._records, self._clock, self._process = records, clock, process
        self._overlap_us, self._carry_out = overlap_us, carry_out
        self._places = asyncio.Semaphore(AT_ONCE)
        self._finishing: dict[str, asyncio.Task[bool]] = {}
        self._failure: BaseException | None = None

    async def finish_left(self, seen: Iterable[OpenHead]) -> None:
        """Begin to finish those of the open records that are left, and wait a moment for it.

        Raises `Unavailable`, and what a record that could not be finished since the last call
        raised.
        """
        now = self._clock.now()
        left = [one.id for one in seen if one.lease_until < now]
        for record in await self._records.whole(left) if left else ():
            if record.state == "open":
                self._begin(record)
        if self._finishing:
            await asyncio.wait(self._finishing.values(), timeout=WAITED_S)
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    async def finish(self, record: Record) -> bool:
        """Finish one record now; False when it is not ours to finish."""
        return await asyncio.shield(self._begin(record))

    async def stop(self) -> None:
        """Leave what is not finished to others; may be called twice."""
        tasks = list(self._finishing.values())
        self._finishing.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, record: Record) -> "asyncio.Task[bool]":
        task = self._finishing.get(record.id)
        if task is None:
            task = asyncio.create_task(self._finish(record), name=f"finishing {record.id}")
            task.add_done_callback(partial(self._ended, record.id))
            self._finishing[record.id] = task
        return task

    def _ended(self, record_id: str, task: "asyncio.Task[bool]") -> None:
        """Whoever waited may be gone: what it raised is for the next `finish_left` to raise."""
        self._finishing.pop(record_id, None)
        error = None if task.cancelled() else task.exception()
        self._failure = self._failure or error

    async def _finish(self, record: Record) -> bool:
        async with self._places:
            now = self._clock.now()
            assert record.lease is not None
            if record.lease.until >= now:
                return False
            if record.attempts >= MOST_ATTEMPTS or record.stamp < now - FINISHABLE_US:
                await self._bury(record)
                return False
            until = now + LEASE_US
            if not await self._records.take_over(record, self._process, until):
                return False
            record = replace(record, lease=Lease(self._process, until))
            turn = Turn(record, self._records, self._clock, self._overlap_us, finishing=True)
            await self._carry_out(record, turn)
            return True

    async def _bury(self, record: Record) -> None:
        await self._records.bury(record)
        log.error("record %s (%s) is dead: it could not be finished", record.id, record.what)
