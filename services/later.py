"""Jobs from outside: who must know that one was added, and what operators do with them."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence

from domain.clock import SECOND, Clock
from domain.errors import Conflict, NotFound
from domain.jobs import Due, Row
from domain.telling import Tell, untold
from domain.windows import Listed, Window
from models.jobs import Jobs
from push import envelopes
from push.broker import Broker

SOON_US = 3 * SECOND  # what is due later is found by everybody's looks before its time
MOST_SPREAD = 100  # in one envelope; the looks find the rest
WAIT_LOOK_S = 0.1

Told = Callable[[Iterable[Due]], None]


class Later:
    """The job store's other side: wakes those who run jobs, lists, requeues, cancels."""

    def __init__(self, jobs: Jobs, broker: Broker, clock: Clock, *, process: str):
        self._jobs, self._broker, self._clock, self._process = jobs, broker, clock, process
        self._told: list[Told] = []
        jobs.on_added(self._spread)

    def on_due(self, told: Told) -> None:
        """Tell ``told`` of jobs that may be due soon; it must not wait or raise."""
        self._told.append(told)

    def hear(self, jobs: Sequence[Due]) -> None:
        """Another process added these."""
        for told in self._told:
            told(jobs)

    def _spread(self, due: Sequence[Due]) -> None:
        """Tell of jobs that were added here; what is due before the next look, to all."""
        self.hear(due)
        soon = [one for one in due if one.due_at < self._clock.wall() + SOON_US]
        if soon:
            self._broker.publish(envelopes.due(soon[:MOST_SPREAD], self._process))

    # Operators

    async def listed(
        self, *, kind: str | None = None, state: str | None = None, due_before: int | None = None
    ) -> list[Row]:
        """Jobs, soonest first."""
        return await self._jobs.listed(kind=kind, state=state, due_before=due_before)

    async def dead(self, window: Window) -> Listed[Row]:
        """What failed as often as it may, the latest due first."""
        return await self._jobs.dead(window)

    async def wait(self, kind: str | None, limit_s: float, tell: Tell = untold) -> bool:
        """Return True when nothing (of this kind) is due or running; False when time is over."""
        begun_s = time.monotonic()
        try:
            async with asyncio.timeout(limit_s):
                while not await self._jobs.is_idle(self._clock.wall(), kind):  # noqa: ASYNC110
                    await asyncio.sleep(WAIT_LOOK_S)
                    tell("seconds waited", int(time.monotonic() - begun_s), int(limit_s))
        except TimeoutError:
            return False
        return True

    async def requeue(self, key: str) -> None:
        """Try a failed job again now; raises `NotFound`, and `Conflict` for what did not fail."""
        if not await self._jobs.requeue(key, self._clock.wall()):
            row = await self._known(key)
            raise Conflict(f"Job {key} is {row.state} and did not fail.")

    async def cancel(self, key: str) -> None:
        """Never do it; raises `NotFound`, and `Conflict` for what has begun or is over."""
        if not await self._jobs.cancel(key, self._clock.wall()):
            row = await self._known(key)
            begun = ", and what it began must be ended" if row.state == "waiting" else ""
            raise Conflict(f"Job {key} is {row.state}{begun}.")

    async def _known(self, key: str) -> Row:
        row = await self._jobs.get(key)
        if row is None:
            raise NotFound(f"There is no job {key}.")
        return row
