"""This process's lease on all that it holds, and the watch over the other processes'.

A lease is a row that its process renews. Whether it ran out is judged by two measures, for clocks
jump: a row that did not change for the whole lease by one's own measure is over whatever the
clocks say; one that did not change for half of it is over when its own time says so too. How long
a lease is, its holder says: longer while it, or its database, is slow (`domain.leases`).
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.clock import DAY, SECOND, Clock
from domain.leases import Length
from models.processes import Presence, Processes

log = logging.getLogger("carillon.leases")

LOOKS = 6  # at the others in one lease's time
RENEWED_EVERY = 2  # looks
FORGOTTEN_AFTER_US = DAY


@dataclass
class _Silence:
    """Since when a row is as it is, in seconds that we looked at it."""

    until: int
    for_s: float = 0.0


class Lease:
    """The row of this process; `step` renews it and says who is gone.

    A process that was declared gone, for it was too slow, goes on under a new name:
    ``on_lost`` is told, and what it held is others' by now.
    """

    def __init__(
        self,
        processes: Processes,
        clock: Clock,
        *,
        process: str,
        lease_s: float,
        measure_s: Callable[[], float] = time.monotonic,
    ):
        self._processes, self._clock, self._measure_s = processes, clock, measure_s
        self._first_name, self._lease_s = process, lease_s
        self._length = Length(lease_s)
        self._names = self._steps = 0
        self._beginning = asyncio.Lock()
        self.process: str | None = None
        self._silences: dict[str, _Silence] = {}
        self._looked_s = self._renewed_s = measure_s()
        self.pause_s = lease_s / LOOKS
        self.on_lost: Callable[[], None] = lambda: None
        self.facts: Callable[[], Mapping[str, object]] = dict  # what it says of itself

    def _until(self) -> int:
        return self._clock.stamp() + int(self._length.seconds * SECOND)

    async def hold(self) -> str:
        """The name under which this process holds things now; begins with the first call."""
        async with self._beginning:
            if self.process is None:
                self._names += 1
                name = self._first_name + (f".{self._names}" if self._names > 1 else "")
                await self._processes.begin(name, self._until(), self._length.seconds)
                self.process, self._renewed_s = name, self._measure_s()
            return self.process

    async def step(self) -> list[str]:
        """Renew, and look at the others; returns those that are gone, until they are forgotten.

        Raises `Unavailable`.
        """
        if self._steps % RENEWED_EVERY == 0:
            await self._renew()
        self._steps += 1
        present = await self._processes.all()
        gone = [one for one in present if one.is_gone]
        for one in self._silent(present):
            if await self._processes.declare_gone(one):
                log.info("process %s is gone", one.process)
                gone.append(one)
        await self._forget(gone)
        return [one.process for one in gone]

    async def _renew(self) -> None:
        if await self._is_renewed(await self.hold()):
            return
        log.warning("this process was too slow: what it held is others' by now")
        self.process = None
        self.on_lost()
        await self.hold()

    async def _is_renewed(self, name: str) -> bool:
        """Live longer; False when it was declared gone. A database that is away is no slow one."""
        until, lease_s, before_s = self._until(), self._length.seconds, self._renewed_s
        try:
            is_held = await self._processes.renew(name, until, self.facts(), lease_s=lease_s)
        finally:
            self._renewed_s = self._measure_s()
        self._length.note(self._renewed_s - before_s)
        return is_held

    def _silent(self, present: list[Presence]) -> list[Presence]:
        """Those whose lease is over. What we were away ourselves does not count against them."""
        now_s = self._measure_s()
        passed_s = min(now_s - self._looked_s, 2 * self.pause_s)
        self._looked_s = now_s
        kept, self._silences = self._silences, {}
        for one in present:
            known = kept.get(one.process)
            silence = _Silence(one.until)
            if known is not None and known.until == one.until:
                silence.for_s = known.for_s + passed_s
            self._silences[one.process] = silence
        return [one for one in present if not one.is_gone and self._is_over(one)]

    def _is_over(self, one: Presence) -> bool:
        if one.process == self.process:
            return False
        for_s, lease_s = self._silences[one.process].for_s, one.lease_s or self._lease_s
        if for_s >= lease_s:
            return True
        return for_s >= lease_s / 2 and one.until < self._clock.now()

    async def living(self) -> list[str]:
        """Every process that was not declared gone."""
        return [one.process for one in await self._processes.all() if not one.is_gone]

    async def _forget(self, gone: list[Presence]) -> None:
        """Rows of those that are gone for a day; nothing of theirs is left by then."""
        if any(one.until < self._clock.now() - FORGOTTEN_AFTER_US for one in gone):
            await self._processes.forget(self._clock.now() - FORGOTTEN_AFTER_US)

    async def end(self) -> None:
        """Leave; what is still held is others' at once. May be called twice."""
        name, self.process = self.process, None
        if name is not None:
            await self._processes.end(name)
