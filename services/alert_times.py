"""What happens in alerts by the calendar: digests, recovery, tidying; each a job under its time.

Every process arms what comes next, under the same keys, so each is done once (contract, 3.7, 3.11
and 3.12).
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from domain.clock import DAY, HOUR, MINUTE, Clock
from domain.digest_windows import Hours, window_of
from domain.jobs import Job, NewJob
from models.jobs import Jobs
from services.alert_digests import Digests
from services.alert_recovery import RECOVER
from services.alert_tidying import TIDY

BEGIN: Final = "alerts.digest_due"
RECOVERY_US: Final = 30 * MINUTE
NOON: Final = 12  # the hour, in UTC, at which history is removed


class Timetable:
    """Arms the next of each. With ``has_digests`` False there are digests by hand alone."""

    def __init__(
        self, digests: Digests, jobs: Jobs, clock: Clock, *, hours: Hours, has_digests: bool
    ):
        self._digests, self._jobs, self._clock = digests, jobs, clock
        self._hours, self._has_digests = hours, has_digests
        self._armed: set[str] = set()

    async def arm(self) -> None:
        """Have the next of each done in time; may be called again, and often."""
        now = self._clock.wall()
        jobs = [*self._digest_jobs(now), self._recovery(now), self._tidying(now)]
        fresh = [one for one in jobs if one.key not in self._armed]
        if fresh:
            await self._jobs.add_all(fresh)
            self._armed = {one.key for one in jobs}

    def _digest_jobs(self, now: int) -> Iterator[NewJob]:
        if not self._has_digests:
            return
        for frequency, window in self._hours.next(now):
            day = window.day.isoformat()
            body = {"range": frequency, "day": day}
            due_at = self._hours.due(frequency, window.day)
            yield NewJob(f"{BEGIN}:{frequency}:{day}", BEGIN, due_at, body)

    def _recovery(self, now: int) -> NewJob:
        due_at = _next(now, RECOVERY_US)
        return NewJob(f"{RECOVER}:{due_at}", RECOVER, due_at, {"digests": self._has_digests})

    def _tidying(self, now: int) -> NewJob:
        due_at = _next(now, HOUR)
        body = {"daily": due_at % DAY == NOON * HOUR}
        return NewJob(f"{TIDY}:{due_at}", TIDY, due_at, body)

    async def begin_digest(self, job: Job) -> None:
        """The job whose time has come: start the run of its day."""
        day = date.fromisoformat(str(job.body["day"]))
        frequency = str(job.body["range"])
        window = window_of(frequency, day, self._hours.boundary)
        await self._digests.start(await self._digests.find_or_make(frequency, window))


def _next(now: int, step: int) -> int:
    """The next multiple of the step."""
    return (now // step + 1) * step
