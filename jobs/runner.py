"""Claims due jobs, runs them with a limit, and finishes, retries or buries them."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping

from domain.agenda import Agenda
from domain.clock import SECOND, Clock
from domain.errors import Unavailable
from domain.jobs import FIRST_RETRY_US, MOST_DEATHS, Due, GiveUp, Job, Kind, PutOff, TryAgain
from domain.trail import follow
from jobs.endings import Endings
from jobs.leases import Lease
from jobs.looking import LOOK_S, Looks
from models.jobs import Jobs
from services.instruments import EndedJob
from services.spans import Spans

log = logging.getLogger("carillon.jobs")

CANCEL_LIMIT_S = 1.0  # for a cancelled job to clean up after itself
LAST_WORDS_S = 2.5  # to write down in the end what ended
ENDED_EACH_TIME = "its process ended each time"

Kinds = Mapping[str, Kind]


class Runner:
    """Runs jobs whose time has come, at most ``concurrency`` at once. No process leads.

    Jobs of kinds that it does not know are left to processes that do. Three loops drive it:
    ``looks`` (what is due soon), `run_due` (at its time) and ``endings`` (what became of it);
    ``nudge`` and ``look_soon`` ask for a turn of the second and the first.
    """

    def __init__(self, jobs: Jobs, kinds: Kinds, clock: Clock, *, lease: Lease, concurrency: int):
        self._jobs, self._kinds, self._clock = jobs, kinds, clock
        self._lease, self._concurrency = lease, concurrency
        self._agenda = Agenda()
        self.looks = Looks(jobs, self._agenda, kinds, clock)
        self.endings = Endings(jobs, clock)
        self.nudge: Callable[[], None] = lambda: None
        self.look_soon: Callable[[], None] = lambda: None
        self.spans = Spans()
        self.on_ended: Callable[[EndedJob], None] = lambda ended: None
        self._running: dict[str, tuple[Job, asyncio.Task[None]]] = {}
        self._claiming: set[str] = set()
        self._is_stopped = False
        lease.on_lost = self._lose

    @property
    def running(self) -> int:
        """How many jobs run here now."""
        return len(self._running)

    def has(self, key: str) -> bool:
        """Does this process have the job in hand?"""
        return key in self._running or key in self._claiming or key in self.endings

    def hear(self, jobs: Iterable[Due]) -> None:
        """Know at once of jobs that were added, here or elsewhere."""
        self.looks.hear(jobs)
        self.nudge()

    async def look(self) -> None:
        """Find what is due soon."""
        await self.looks.look()
        self.nudge()

    async def refill(self) -> None:
        """Find more where there is more than one reading takes."""
        await self.looks.refill()
        self.nudge()

    # What is due

    async def run_due(self) -> float:
        """Claim and start what is due, as there is room; returns when to be called again, in s.

        That is at once when more has come to be due meanwhile.
        """
        if not self._is_stopped:
            keys = self._agenda.take(self._clock.wall(), self._places(), self._room_for)
            await self._claim([key for key in keys if not self.has(key)])
        return self._pause_s()

    def _places(self) -> int:
        return self._concurrency - len(self._running) - len(self._claiming)

    def _room_for(self, kind: str) -> int:
        """How many more of this kind may run: all places but one, unless the kind says less."""
        most = self._kinds[kind].at_once or max(1, self._concurrency - 1)
        return most - sum(job.kind == kind for job, _ in self._running.values())

    def _pause_s(self) -> float:
        """Until the next job is due; never longer than a look, for clocks jump."""
        next_at = self._agenda.next_at(self._room_for) if self._places() > 0 else None
        if next_at is None:
            return LOOK_S
        return min(LOOK_S, max(0.0, (next_at - self._clock.wall()) / SECOND))

    async def _claim(self, keys: list[str]) -> None:
        if not keys:
            return
        by = await self._lease.hold()
        self._claiming.update(keys)
        try:
            claimed = await self._jobs.claim(keys, by, self._clock.wall())
        finally:
            self._claiming.difference_update(keys)
        for job in claimed:
            if not self._is_stopped and by == self._lease.process:
                self._start(job, by)

    def _start(self, job: Job, by: str) -> None:
        task = asyncio.create_task(self._take(job, by), name=f"job {job.key}")
        self._running[job.key] = (job, task)
        task.add_done_callback(lambda task: self._ended(job, task))

    def _ended(self, job: Job, task: asyncio.Task[None]) -> None:
        if self._running.get(job.key, (job, None))[1] is task:
            del self._running[job.key]
        if not task.cancelled() and task.exception() is not None:
            log.error("%s", task.get_name(), exc_info=task.exception())
        self.nudge()

    # One job

    async def _take(self, job: Job, by: str) -> None:
        late_s, began_s = (self._clock.wall() - job.due_at) / SECOND, time.monotonic()
        follow(job.trail)
        with self.spans.span(f"job {job.kind}", key=job.key):
            outcome = await self._run(job, by)
        log.debug("job %s (%s): %s", job.key, job.kind, outcome)
        self.on_ended(EndedJob(job.kind, outcome, late_s, time.monotonic() - began_s))

    async def _run(self, job: Job, by: str) -> str:
        """Run it and see to what becomes of it; says in a word what that is."""
        kind = self._kinds[job.kind]
        try:
            if job.deaths >= MOST_DEATHS:
                raise GiveUp(ENDED_EACH_TIME)
            async with asyncio.timeout(kind.limit_s):
                await kind.run(job)
        except Unavailable as error:
            return self._put_back(job, by, str(error), FIRST_RETRY_US)
        except PutOff as later:
            return self._put_back(job, by, str(later), later.after_us)
        except GiveUp as error:
            return await self._bury(job, by, str(error))
        except TryAgain as error:
            return await self._failed(job, by, str(error), error.after_us)
        except Exception as error:  # noqa: BLE001 - the boundary: whatever failed is retried
            return await self._failed(job, by, f"{type(error).__name__}: {error}")
        self.endings.done(job, by)
        return "done"

    def _put_back(self, job: Job, by: str, error: str, after_us: int) -> str:
        due_at = self._clock.wall() + after_us
        self.endings.other(job, lambda: self._jobs.put_back(job, by, due_at, error))
        return "put back"

    async def _failed(self, job: Job, by: str, error: str, after_us: int | None = None) -> str:
        kind = self._kinds[job.kind]
        if job.attempts >= kind.most_attempts:
            return await self._bury(job, by, error)
        log.warning("job %s failed, attempt %d: %s", job.key, job.attempts, error)
        delay_us = kind.retry_after_us(job.attempts) if after_us is None else after_us
        due_at = self._clock.wall() + delay_us
        self.endings.other(job, lambda: self._jobs.retry(job, by, due_at, error))
        return "failed"

    async def _bury(self, job: Job, by: str, error: str) -> str:
        give_up = self._kinds[job.kind].give_up
        try:
            if give_up is not None:
                await give_up(job, error)
        except Unavailable as away:
            return self._put_back(job, by, str(away), FIRST_RETRY_US)
        except Exception as bug:  # noqa: BLE001 - the boundary: it is buried all the same
            log.error("job %s could not be given up", job.key, exc_info=bug)
        log.error("job %s is dead after %d attempts: %s", job.key, job.attempts, error)
        self.endings.other(job, lambda: self._jobs.bury(job, by, error))
        return "dead"

    # The end

    def _lose(self) -> None:
        """The lease was lost: what runs is others' to run."""
        self.endings.drop()
        for job, task in list(self._running.values()):
            log.warning("job %s was taken over by another process", job.key)
            task.cancel()

    async def stop(self, limit_s: float) -> None:
        """`drain`, then `leave`."""
        await self.drain(limit_s)
        await self.leave()

    async def drain(self, limit_s: float) -> None:
        """Start nothing more and let what runs end, within a limit; may be called twice.

        What does not end in time is cancelled.
        """
        self._is_stopped = True
        tasks = [task for _, task in self._running.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=limit_s)
            for task in late:
                log.warning("%s did not end in time and is left", task.get_name())
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=CANCEL_LIMIT_S)

    async def leave(self) -> None:
        """Write down what ended and let go of the rest, for other processes or the next start.

        May be called twice.
        """
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await self._say_last_words()
        except (Unavailable, TimeoutError) as error:
            log.warning("what was done last is left to be done again: %s", error)

    async def _say_last_words(self) -> None:
        await self.endings.write()
        if self._lease.process is not None:
            await self._jobs.let_go(self._lease.process)
        await self._lease.end()
