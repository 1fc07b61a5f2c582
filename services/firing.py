"""Firing: taking what is due, once, and carrying it out whatever dies in between.

A schedule names its pending firing; there is a job for it under the same name. Taking the firing
and naming the next one is one write. From it on the firing stands in the schedule until it was
carried out, so the job, run again, goes on where it was.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from uuid import uuid4

from domain.accounts import User
from domain.clock import HOUR, SECOND
from domain.jobs import Job
from domain.records import Body, Key
from domain.schedules import Fired, Schedule, taken
from models.jobs import Jobs
from models.schedule_stores import Stores
from services.calls import Calls
from services.changes import Changes, Draft, Kind
from services.creations import Creation

log = logging.getLogger("carillon.schedules")

FIRE, SEND = "schedules.fire", "schedules.send"
OVERDUE_US = 10 * SECOND  # after which a job that should be there is made again

Effect = Callable[[Fired], Awaitable[None]]


class Firing:
    """Takes firings, posts what they say, and has others do what they do at a firing."""

    def __init__(self, store: Stores, jobs: Jobs, changes: Changes, calls: Calls):
        self._store, self._jobs, self._changes, self.calls = store, jobs, changes, calls
        self._clock = changes.clock
        self._sending = Creation(self._send)
        self._effects: list[Effect] = []
        self._recovered = HOUR

    def kinds(self) -> Mapping[str, Kind]:
        """The records that are made here."""
        return {SEND: self._sending}

    def on_firing(self, effect: Effect) -> None:
        """Call ``effect`` for every firing, perhaps again for the same ``id``; it must be quick."""
        self._effects.append(effect)

    # What is pending

    async def arm(self, schedule: Schedule) -> None:
        """Have the pending firing made when it is due; may be called again."""
        if schedule.arm is not None and schedule.next_send_at is not None:
            body = {"schedule": schedule.id, "id": schedule.arm}
            await self._jobs.add(_key(schedule), FIRE, schedule.next_send_at, body)

    async def move(self, old: Schedule, new: Schedule) -> None:
        """Have the new pending firing made, and the old one not."""
        if new.arm != old.arm:
            await self.arm(new)
            await self.cancel(old)

    async def cancel(self, schedule: Schedule) -> None:
        """Take back the job of what was pending; one that runs meanwhile finds nothing to do."""
        if schedule.arm is not None:
            await self._jobs.cancel(_key(schedule), self._clock.wall())

    async def recover(self) -> None:
        """Make again the jobs that a process which died in between did not make.

        Of all times at the start, then of the last hour: what is overdue may be very much, and
        nearly all of it only waits for its turn.
        """
        before = self._clock.wall() - OVERDUE_US
        for schedule in await self._store.schedules.overdue(self._recovered - HOUR, before):
            await self.arm(schedule)
        self._recovered = before

    # The jobs

    async def fire(self, job: Job) -> None:
        """The job of a pending firing: take it if it still is, and carry it out."""
        number, firing = _int(job.body["schedule"]), str(job.body["id"])
        schedule = await self._take(number, firing)
        if schedule is None:
            return
        await self.arm(schedule)
        for fired in schedule.open:
            if fired.id == firing:
                await self._carry_out(fired)
                await self._store.schedules.close(fired)

    async def give_up(self, job: Job, error: str) -> None:
        """The job ended too often: what it took has failed."""
        schedule = await self._store.schedules.get(_int(job.body["schedule"]))
        for fired in schedule.open if schedule is not None else ():
            if fired.id == job.body["id"]:
                await self._keep_failed(fired, error)
                await self._store.schedules.close(fired)

    async def give_up_send(self, job: Job, error: str) -> None:
        """The same for a firing by hand."""
        await self._keep_failed(Fired.from_body(job.body), error)

    async def _keep_failed(self, fired: Fired, error: str) -> None:
        call = fired.call()
        if call is not None:
            await self.calls.keep_failed(call, error)

    async def _take(self, number: int, firing: str) -> Schedule | None:
        """The schedule with the firing in ``open``; None when it was moved, ended or done."""
        while (schedule := await self._store.schedules.get(number)) is not None:
            if any(fired.id == firing for fired in schedule.open):
                return schedule
            if schedule.arm != firing:
                return None
            new = taken(schedule, self._clock.wall(), str(uuid4()))
            if await self._store.schedules.save(schedule, new):
                return new
        return None

    async def send(
        self, schedule: Schedule, user: User | None, key: Key | None = None, fingerprint: str = ""
    ) -> None:
        """Fire once now, beside what is pending and uncounted. Raises as `Changes.make`."""
        now = self._clock.wall()
        fired = schedule.firing(str(uuid4()), now, now)
        body, by = fired.to_body(), None if user is None else user.id
        draft = Draft(SEND, by, body, key=key, fingerprint=fingerprint)
        await self._sending.make(self._changes, draft)

    async def _send(self, body: Body) -> None:
        fired = Fired.from_body(body)
        key = f"schedule:{fired.schedule}:{fired.id}"
        await self._jobs.add(key, SEND, fired.at, body)

    async def run_send(self, job: Job) -> None:
        """The job of a firing by hand."""
        await self._carry_out(Fired.from_body(job.body))

    async def _carry_out(self, fired: Fired) -> None:
        for effect in self._effects:
            await effect(fired)
        call = fired.call()
        if call is not None:
            await self.calls.attempt(call)


def _key(schedule: Schedule) -> str:
    return f"schedule:{schedule.id}:{schedule.arm}"


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
