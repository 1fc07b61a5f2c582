"""Claims due jobs, runs them with a limit, and finishes, retries or buries them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from domain.clock import SECOND, Clock
from domain.errors import Unavailable
from domain.jobs import FIRST_RETRY_US, MOST_ATTEMPTS, Job, retry_after_us
from models.jobs import CLAIMED_AT_ONCE, Jobs

log = logging.getLogger("carillon.jobs")

RUN_LIMIT_S = 60.0
LOOK_S = 1.0  # how often the store is asked; the next due job within this time is timed exactly
CANCEL_LIMIT_S = 1.0  # for a cancelled job to clean up after itself
RENEWALS = 3  # of a lease, within its time

Kinds = Mapping[str, Callable[[Job], Awaitable[None]]]


class Runner:
    """Runs jobs whose time has come, at most ``concurrency`` at once. No process leads.

    Jobs of kinds that it does not know are left to processes that do.
    """

    def __init__(
        self,
        jobs: Jobs,
        kinds: Kinds,
        clock: Clock,
        *,
        process: str,
        lease_s: float,
        concurrency: int,
    ):
        self._jobs, self._kinds, self._clock = jobs, kinds, clock
        self._process, self._concurrency = process, concurrency
        self._lease_us = int(lease_s * SECOND)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._is_stopped = False

    async def run_due(self) -> float:
        """Start what is due, waiting for room; returns for how many seconds nothing will be."""
        now = self._clock.now()
        due = await self._jobs.due(now, self._kinds)
        for job in due:
            await self._room()
            if job.key not in self._running and not self._is_stopped:
                self._start(job)
        if len(due) >= CLAIMED_AT_ONCE:
            return 0.0
        soonest = await self._jobs.next_due(now, now + int(LOOK_S * SECOND), self._kinds)
        return LOOK_S if soonest is None else max(0.0, (soonest - self._clock.now()) / SECOND)

    async def stop(self, limit_s: float) -> None:
        """Start nothing more and let what runs end, within a limit; may be called twice.

        What does not end in time is cancelled and left to another process, or the next start.
        """
        self._is_stopped = True
        if self._running:
            _, late = await asyncio.wait(self._running.values(), timeout=limit_s)
            for task in late:
                log.warning("%s did not end in time and is left", task.get_name())
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=CANCEL_LIMIT_S)

    async def _room(self) -> None:
        while len(self._running) >= self._concurrency:
            await asyncio.wait(self._running.values(), return_when=asyncio.FIRST_COMPLETED)

    def _start(self, job: Job) -> None:
        task = asyncio.create_task(self._take(job), name=f"job {job.key}")
        self._running[job.key] = task
        task.add_done_callback(lambda task: self._ended(job, task))

    def _ended(self, job: Job, task: asyncio.Task[None]) -> None:
        del self._running[job.key]
        if not task.cancelled() and task.exception() is not None:
            log.error("%s", task.get_name(), exc_info=task.exception())

    # One job

    async def _take(self, job: Job) -> None:
        try:
            claimed = await self._jobs.claim(job, self._process, *self._lease())
            if claimed is None:
                return
            if claimed.attempts > MOST_ATTEMPTS:
                await self._bury(claimed, "its process ended each time")
            else:
                await self._run(claimed)
        except Unavailable as error:
            log.warning("job %s is left: %s", job.key, error)

    def _lease(self) -> tuple[int, int]:
        """Now, and until when a lease that is taken now holds; later than any before."""
        now = self._clock.stamp()
        return now, now + self._lease_us

    async def _run(self, job: Job) -> None:
        try:
            await self._do(job)
        except Unavailable as error:
            await self._jobs.put_back(job, self._clock.now() + FIRST_RETRY_US, str(error))
        except Exception as error:  # noqa: BLE001 - the boundary: whatever failed is retried
            await self._failed(job, f"{type(error).__name__}: {error}")
        else:
            await self._jobs.finish(job, self._clock.now())

    async def _do(self, job: Job) -> None:
        """Do it under its lease, within the limit; cancelled when the lease is lost."""
        doing = asyncio.current_task()
        assert doing is not None
        renewing = asyncio.create_task(self._renew(job, doing), name=f"lease of {job.key}")
        try:
            async with asyncio.timeout(RUN_LIMIT_S):
                await self._kinds[job.kind](job)
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _renew(self, job: Job, doing: asyncio.Task[None]) -> None:
        is_ours = True
        while is_ours:
            await asyncio.sleep(self._lease_us / SECOND / RENEWALS)
            try:
                is_ours = await self._jobs.renew(job, self._lease()[1])
            except Unavailable as error:
                log.debug("the lease of job %s is not renewed: %s", job.key, error)
        log.warning("job %s was taken over by another process", job.key)
        doing.cancel()

    async def _failed(self, job: Job, error: str) -> None:
        if job.attempts >= MOST_ATTEMPTS:
            await self._bury(job, error)
            return
        log.warning("job %s failed, attempt %d: %s", job.key, job.attempts, error)
        await self._jobs.retry(job, self._clock.now() + retry_after_us(job.attempts), error)

    async def _bury(self, job: Job, error: str) -> None:
        log.error("job %s is dead after %d attempts: %s", job.key, job.attempts, error)
        await self._jobs.bury(job, error)
