"""Claims due jobs, runs them with a limit, and finishes, retries or buries them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from domain.clock import SECOND, Clock
from domain.errors import Unavailable
from domain.jobs import MOST_ATTEMPTS, Job, retry_after_us
from models.jobs import Jobs

log = logging.getLogger("carillon.jobs")

RUN_LIMIT_S = 60.0
LOOK_S = 1.0  # how often the store is asked; the next due job within this time is timed exactly

Kinds = Mapping[str, Callable[[Job], Awaitable[None]]]


class Runner:
    """Runs jobs whose time has come, at most ``concurrency`` at once. No process leads."""

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
        self._jobs, self._kinds, self._clock, self._process = (
            jobs,
            kinds,
            clock,
            process,
        )
        self._lease_us = int(lease_s * SECOND)
        self._places = asyncio.Semaphore(concurrency)
        self._running: set[asyncio.Task[None]] = set()

    async def run_due(self) -> float:
        """Start what is due; returns for how many seconds nothing will be."""
        now = self._clock.now()
        for job in await self._jobs.due(now):
            if job.kind in self._kinds:
                await self._places.acquire()
                task = asyncio.create_task(self._take(job), name=f"job {job.key}")
                self._running.add(task)
                task.add_done_callback(self._ended)
        horizon = now + int(LOOK_S * SECOND)
        soonest = await self._jobs.next_due(horizon)
        return LOOK_S if soonest is None else max(0.01, (soonest - self._clock.now()) / SECOND)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._places.release()
        if not task.cancelled() and task.exception() is not None:
            log.error("%s", task.get_name(), exc_info=task.exception())

    async def _take(self, job: Job) -> None:
        try:
            claimed = await self._jobs.claim(job, self._process, self._clock.now() + self._lease_us)
            if claimed is not None:
                await self._run(claimed)
        except Unavailable as error:
            log.warning("job %s is left: %s", job.key, error)

    async def _run(self, job: Job) -> None:
        renewing = asyncio.create_task(self._renew(job), name=f"lease of {job.key}")
        try:
            async with asyncio.timeout(RUN_LIMIT_S):
                await self._kinds[job.kind](job)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - the boundary: whatever failed is retried
            await self._failed(job, error)
        else:
            await self._jobs.finish(job, self._clock.now())
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _renew(self, job: Job) -> None:
        while True:
            await asyncio.sleep(self._lease_us / SECOND / 3)
            await self._jobs.renew(job, self._clock.now() + self._lease_us)

    async def _failed(self, job: Job, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}"
        if job.attempts >= MOST_ATTEMPTS:
            log.error("job %s is dead after %d attempts: %s", job.key, job.attempts, text)
            await self._jobs.bury(job, text)
        else:
            log.warning("job %s failed, attempt %d: %s", job.key, job.attempts, text)
            due_at = self._clock.now() + retry_after_us(job.attempts)
            await self._jobs.retry(job, due_at, text)

    async def stop(self, limit_s: float) -> None:
        """Let what runs end, within a limit; what does not is left to another process."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=limit_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
