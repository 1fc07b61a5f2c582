"""What one process does again and again beside answering: look, settle, tidy, ping, count, jobs."""

import asyncio
from contextlib import suppress

from jobs.kinds import kinds
from jobs.leases import Lease
from jobs.looking import LOOK_S
from jobs.periodic import Periodic
from jobs.runner import Runner
from jobs.watching import SWEEP_S, Watch
from models.jobs import Jobs
from models.processes import Processes
from services.app import App
from services.gauges import FEEL_S, STEP_S
from services.live import KEPT_EVERY_S
from services.rates import STEP_S as STEP_OF_RATES_S

# What comes to be due, or ends, within so long is claimed, or written down, together.
CLAIMS_APART_S = 0.015
ENDINGS_APART_S = 0.05
METRICS_APART_S = 0.5
METRICS_LIMIT_S = 1.0  # to fire what is left in the end


class Loops:
    """All loops of a process; `start` them once, `stop` them in the end."""

    def __init__(self, app: App, jobs: Jobs, processes: Processes, *, process: str):
        self._app, settings, unread = app, app.settings, app.live.unread
        lease = Lease(processes, app.clock, process=process, lease_s=settings.jobs.lease_s)
        lease.facts = app.gauges.facts
        self._runner = Runner(
            jobs, kinds(app), app.clock, lease=lease, concurrency=settings.jobs.concurrency
        )
        self._runner.spans = app.seeing.spans
        self._runner.on_ended = app.seeing.instruments.note_job
        watch = Watch(jobs, lease, self._runner)
        self._leases = Periodic("leases", watch.step, 0)
        self._look = Periodic("look", self._look_once, settings.live.look_interval_s)
        self._all = (
            self._look,
            Periodic("settle", app.changes.settle, 0.25),
            Periodic("large records", app.changes.hearing.ask_for_large, 0),
            Periodic("tidy", self._tidy, 600),
            Periodic("pings", app.live.keep, KEPT_EVERY_S),
            Periodic("roster", app.roster.write, 1),
            Periodic("other processes", app.roster.look, 0.5),
            Periodic("rates", app.safety.tell, STEP_OF_RATES_S),
            Periodic("gauges", app.gauges.step, STEP_S),
            Periodic("lag", app.gauges.feel, FEEL_S),
            Periodic("marks", app.live.marks.write, 3),
            Periodic("unread", unread.tell_moved, 0.05),
            Periodic("counts", unread.count_moved, 1),
            Periodic("overdue schedules", app.schedules.recover, 10),
            self._metering(),
            Periodic("alerts' times", app.alerts.arm, 20),
            *self._of_jobs(watch),
        )
        app.later.on_due(self._runner.hear)
        app.gauges.add("jobs_running", lambda: self._runner.running)

    def _metering(self) -> Periodic:
        made = Periodic("metrics", self._app.metrics.flush, 60, apart_s=METRICS_APART_S)
        self._app.metrics.nudge = made.nudge
        return made

    def _of_jobs(self, watch: Watch) -> tuple[Periodic, ...]:
        runner = self._runner
        running = Periodic("jobs", runner.run_due, LOOK_S, apart_s=CLAIMS_APART_S)
        looking = Periodic("due jobs", runner.look, LOOK_S)
        writing = Periodic("ended jobs", runner.endings.write, 60, apart_s=ENDINGS_APART_S)
        runner.nudge, runner.look_soon = running.nudge, looking.nudge
        runner.endings.nudge = writing.nudge
        return (
            Periodic("left jobs", watch.sweep, SWEEP_S),
            looking,
            Periodic("flooded jobs", runner.refill, LOOK_S / 5),
            writing,
            running,
        )

    async def _look_once(self) -> float:
        """Look; twice as often while nothing else tells of what other processes do."""
        await self._app.changes.look()
        interval_s = self._app.settings.live.look_interval_s
        return interval_s if self._app.readiness.hears() else interval_s / 2

    def start(self) -> None:
        for loop in (self._leases, *self._all):
            loop.start()

    async def _tidy(self) -> None:
        """What is kept for a time and not for ever."""
        await self._app.changes.tidy()
        await self._app.inbox.tidying.tidy(self._app.settings.live.tombstone_days)
        await self._app.safety.tidy()
        await self._app.inbox.retention.begin_day()

    def look_now(self) -> None:
        """Look at once: something may have been missed."""
        self._look.nudge()

    async def stop(self, limit_s: float) -> None:
        """End all loops, and give running jobs ``limit_s`` to end; may be called twice.

        The lease is held for as long as a job runs, or another process would take it over.
        """
        for loop in self._all:
            await loop.stop()
        await self._runner.drain(limit_s)
        await self._leases.stop()
        await self._runner.leave()
        with suppress(TimeoutError):
            async with asyncio.timeout(METRICS_LIMIT_S):
                await self._app.metrics.flush()
