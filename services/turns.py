"""One process's turn at a record's effects: young stamps, and a lease held while it works."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from domain.clock import SECOND, Clock
from domain.errors import Unavailable
from domain.records import Record
from models.records import Records

log = logging.getLogger("carillon.changes")

LEASE_US = 3 * SECOND
RENEWED_EVERY_S = 1.0  # of this host's time; most turns are over before
MOST_RESTAMPS = 3

Write = Callable[[int], Awaitable[object]]


class LeaseLost(Exception):
    """Another process works on this record now."""


class Turn:
    """Gives effects their stamps (live, "A stamp is young").

    The first stamp is the record's own, unless the record is another's that is being finished.
    ``revision`` is the latest stamp used so far.
    """

    def __init__(
        self,
        record: Record,
        records: Records,
        clock: Clock,
        overlap_us: int,
        *,
        finishing: bool = False,
    ):
        assert record.lease is not None
        self._record, self._records, self._clock = record, records, clock
        self._overlap_us, self.is_finishing = overlap_us, finishing
        self._until = record.lease.until
        self.revision = clock.stamp() if finishing else record.revision
        self._is_first, self._is_lost = True, False
        self._renewing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        """From here to the block's end the lease is renewed, however long one step of it takes."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(RENEWED_EVERY_S, self._begin_renewing)

    async def __aexit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)

    def _begin_renewing(self) -> None:
        self._renewing = asyncio.create_task(self._renew_on(), name=f"lease of {self._record.id}")

    async def _renew_on(self) -> None:
        while not self._is_lost:
            try:
                await self._renew()
            except Unavailable as error:
                log.debug("the lease of record %s is not renewed: %s", self._record.id, error)
            await asyncio.sleep(RENEWED_EVERY_S)

    async def write(self, write: Write, restamp: Write) -> None:
        """Call ``write(stamp)``; while its acknowledgement came late, ``restamp(fresh stamp)``.

        What is finished for another is always stamped again, for parts of it may be old.
        """
        await self._hold()
        stamp = self.revision if self._is_first else self._clock.stamp()
        self._is_first = False
        await write(stamp)
        if self.is_finishing:
            await restamp(stamp)
        for _ in range(MOST_RESTAMPS):
            if self._clock.now() - stamp <= self._overlap_us // 2:
                break
            stamp = self._clock.stamp()
            await restamp(stamp)
        self.revision = max(self.revision, stamp)

    async def _hold(self) -> None:
        """Renew the lease when half of it is gone; raises `LeaseLost`."""
        if self._until - self._clock.now() < LEASE_US // 2:
            await self._renew()
        if self._is_lost:
            raise LeaseLost

    async def _renew(self) -> None:
        assert self._record.lease is not None
        until = self._clock.stamp() + LEASE_US  # later than before, also on a clock that is ahead
        if await self._records.renew(self._record, self._record.lease.by, until):
            self._until = until
        else:
            self._is_lost = True
