"""One process's turn at a record's effects: young stamps, and a lease held while it works."""

from collections.abc import Awaitable, Callable

from domain.clock import SECOND, Clock
from domain.records import Record
from models.records import Records

LEASE_US = 3 * SECOND
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
        self._is_first = True

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
        now = self._clock.now()
        if self._until - now < LEASE_US // 2:
            assert self._record.lease is not None
            self._until = now + LEASE_US
            if not await self._records.renew(self._record, self._record.lease.by, self._until):
                raise LeaseLost
