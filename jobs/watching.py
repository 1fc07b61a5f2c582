"""Jobs whose process is gone, found and let go so that another process claims them."""

import logging

from jobs.leases import Lease
from jobs.runner import Runner
from models.jobs import Jobs

log = logging.getLogger("carillon.jobs")

SWEEP_S = 10.0


class Watch:
    """Releases what processes that are gone ran; what they began is done again."""

    def __init__(self, jobs: Jobs, lease: Lease, runner: Runner):
        self._jobs, self._lease, self._runner = jobs, lease, runner
        self._released: set[str] = set()

    async def step(self) -> float:
        """Renew the lease, and release the jobs of those that are newly gone."""
        gone = set(await self._lease.step())
        fresh = gone - self._released
        if fresh:
            await self._release(fresh)
        self._released = gone
        return self._lease.pause_s

    async def _release(self, gone: set[str], keys: set[str] | None = None) -> None:
        count = await self._jobs.release(gone, keys)
        if count:
            log.info("%d jobs of %s are free again", count, ", ".join(sorted(gone)))
            self._runner.look_soon()

    async def sweep(self) -> None:
        """Find what no living process runs, also what this one claimed without hearing of it.

        Jobs are read before processes: who is not among these lives no more.
        """
        running = await self._jobs.running()
        if not running:
            return
        own = self._lease.process
        living = {one for one in await self._lease.living()}
        gone = set(running.values()) - living
        if gone:
            await self._release(gone)
        lost = {key for key, by in running.items() if by == own and not self._runner.has(key)}
        if own is not None and lost:
            await self._release({own}, lost)
