"""Beginning anew with what was left behind (alerts contract, 3.11)."""

from typing import Final

from domain.clock import DAY, HOUR, MINUTE, Clock
from domain.digest_windows import Hours
from domain.jobs import Job
from domain.telling import Tell, untold
from models.alert_contents import KINDS
from models.jobs import Jobs
from services.alert_contents import PROCESS, AlertContents
from services.alert_digests import Digests
from services.mail import MailService

RECOVER: Final = "alerts.recover"
OVERDUE_US: Final = HOUR
LOOK_BACK_US: Final = 8 * DAY
DAYS: Final = 7
GRACE_US: Final = 30 * MINUTE  # a run that should have begun so long ago never began


class Recovery:
    """Begins anew with what has been under way for an hour, e-mails for three, and starts the
    digests of the last days that never began. May be called again, by any process."""

    def __init__(
        self,
        receiving: AlertContents,
        digests: Digests,
        mail: MailService,
        *,
        jobs: Jobs,
        hours: Hours,
        clock: Clock,
    ):
        self._receiving, self._digests, self._mail = receiving, digests, mail
        self._jobs, self._hours, self._clock = jobs, hours, clock

    async def run_job(self, job: Job) -> None:
        """The job that looks every half an hour."""
        await self.recover(has_digests=bool(job.body["digests"]))

    async def recover(self, *, has_digests: bool, tell: Tell = untold) -> dict[str, int]:
        """Look at everything once; returns how much of each was begun anew."""
        return {
            "contents": await self._contents(),
            "digests": await self._runs(tell) + (await self._missing() if has_digests else 0),
            "emails": await self._mail.recover(),
        }

    async def _contents(self) -> int:
        now, count = self._clock.wall(), 0
        for kind in KINDS:
            until = now - OVERDUE_US + 1
            found = await self._receiving.overdue(kind, now - LOOK_BACK_US, until)
            for content in found:
                if not await self._receiving.queue(kind, content):
                    await self._jobs.requeue(f"{PROCESS}:{content}", now)
            count += len(found)
        return count

    async def _runs(self, tell: Tell) -> int:
        """Runs that were made an hour ago and have not come to their end: go on with them here."""
        now = self._clock.wall()
        found = await self._digests.unfinished(now - LOOK_BACK_US, now - OVERDUE_US)
        for run in found:
            await self._digests.carry_out(run, tell)
        return len(found)

    async def _missing(self) -> int:
        count = 0
        wanted = self._hours.missing(self._clock.wall(), DAYS, GRACE_US)
        for frequency, window in wanted:
            if not await self._digests.is_known(frequency, window):
                await self._digests.start(await self._digests.find_or_make(frequency, window))
                count += 1
        return count
