"""What one process does again and again beside answering: look, settle, tidy, ping, count, jobs."""

from jobs.kinds import kinds
from jobs.periodic import Periodic
from jobs.runner import Runner
from models.jobs import Jobs
from services.app import App


class Loops:
    """All loops of a process; `start` them once, `stop` them in the end."""

    def __init__(self, app: App, jobs: Jobs, *, process: str):
        settings, unread = app.settings, app.live.unread
        self._runner = Runner(
            jobs,
            kinds(app),
            app.clock,
            process=process,
            lease_s=settings.jobs.lease_s,
            concurrency=settings.jobs.concurrency,
        )
        self._look = Periodic("look", app.changes.look, settings.live.look_interval_s)
        self._all = (
            self._look,
            Periodic("settle", app.changes.settle, 0.25),
            Periodic("large records", app.changes.hear_large, 0),
            Periodic("tidy", app.changes.tidy, 600),
            Periodic("pings", app.live.keep, 1),
            Periodic("marks", app.live.marks.write, 3),
            Periodic("unread", unread.tell_moved, 0.05),
            Periodic("counts", unread.count_moved, 1),
            Periodic("jobs", self._runner.run_due, 1),
        )

    def start(self) -> None:
        for loop in self._all:
            loop.start()

    def look_now(self) -> None:
        """Look at once: something may have been missed."""
        self._look.nudge()

    async def stop(self, limit_s: float) -> None:
        """End all loops, and give running jobs ``limit_s`` to end; may be called twice."""
        for loop in self._all:
            await loop.stop()
        await self._runner.stop(limit_s)
