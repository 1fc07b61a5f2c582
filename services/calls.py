"""Calls out, from the first attempt to success or a row of failure (stages contract, 3.7)."""

import logging
import time
from collections.abc import Callable
from random import Random
from typing import Protocol

from domain.calls import Call, CallFailed, wait_us
from domain.clock import Clock
from domain.jobs import Job
from domain.metrics import CALLS, failure
from models.failed_tasks import NewFailure
from models.jobs import Jobs
from models.schedule_stores import Stores
from services.lanes import Lanes
from settings import Schedules as Settings

log = logging.getLogger("carillon.calls")

CALL = "calls.call"


def uncounted(_: str) -> None:
    """Where nobody counts."""


class Post(Protocol):
    """How a call is made."""

    async def post(self, call: Call) -> None:
        """Return once it was taken; raises `CallFailed`."""


class Calls:
    """Makes calls again after failures, each attempt a job of its own under a key of its own.

    So an attempt that a process died in is made again as the same attempt, and after the last
    one there is one row, whatever died in between.
    """

    def __init__(self, jobs: Jobs, store: Stores, clock: Clock, post: Post, settings: Settings):
        self._jobs, self._store, self._clock, self._post = jobs, store, clock, post
        self._settings = settings
        self._random = Random()
        self._lanes = Lanes(time.monotonic)
        self.count: Callable[[str], None] = uncounted

    async def begin(self, call: Call) -> None:
        """Have a call made now, by whoever is free; calling again changes nothing."""
        await self._jobs.add(call.key, CALL, self._clock.wall(), call.to_body())

    def now(self) -> int:
        """When a job is due that is to be done at once."""
        return self._clock.wall()

    async def run(self, job: Job) -> None:
        """The job of one attempt; a schedule that is gone meanwhile calls nobody any more."""
        call = Call.from_body(job.body)
        if await self._is_wanted(call):
            await self.attempt(call)

    async def attempt(self, call: Call) -> None:
        """Make the call; when that fails, have it made again or keep that it failed.

        Raises `Unavailable` while others wait for the same receiver, which is slow.
        """
        try:
            async with self._lanes.lane(call.url):
                await self._post.post(call)
        except CallFailed as error:
            await self._failed_once(call, error)

    async def _failed_once(self, call: Call, error: CallFailed) -> None:
        if call.schedule is not None:
            self.count(failure(CALLS, error.cause))
        wait = wait_us(
            self._settings.retry_delays_s,
            call.attempt,
            jitter=self._settings.retry_jitter,
            random=self._random,
            retry_after_s=error.retry_after_s,
        )
        if wait is None or error.is_final:
            await self.keep_failed(call, error.reason)
            return
        log.info("call %s, attempt %d: %s", call.id, call.attempt, error)
        following = call.next()
        due_at = self._clock.wall() + wait
        await self._jobs.add(following.key, CALL, due_at, following.to_body())

    async def give_up(self, job: Job, error: str) -> None:
        """The job of an attempt ended too often: the call has failed."""
        await self.keep_failed(Call.from_body(job.body), error)

    async def keep_failed(self, call: Call, reason: str) -> None:
        """Leave a row of a schedule's call that failed for good; one, however often."""
        log.info("call %s is given up after attempt %d: %s", call.id, call.attempt, reason)
        if call.schedule is None or not await self._is_wanted(call):
            return
        await self._store.failed.add(
            NewFailure(
                task_id=call.id,
                initiated_at=call.at,
                reason=reason,
                round=call.round,
                schedule=call.schedule,
            )
        )

    async def _is_wanted(self, call: Call) -> bool:
        return call.schedule is None or await self._store.schedules.get(call.schedule) is not None
