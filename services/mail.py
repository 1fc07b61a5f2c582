"""E-mails: queued under a key, sent by jobs, one each, and sent again when the relay asks for it.

An e-mail is a document first and a job second. Whoever queues the same key again makes what is
missing of both; what was left between them is found by `recover`.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from domain.clock import DAY, HOUR, SECOND
from domain.jobs import Job, Kind, NewJob, PutOff, TryAgain
from domain.mails import (
    PENDING,
    URGENT,
    WEIGHTS,
    Mail,
    MailUnsent,
    NewMail,
    is_allowed,
    retry_after_s,
)
from models.alert_emails import Emails
from models.jobs import Jobs
from services.preferences import Wishes
from settings import Mail as Settings

log = logging.getLogger("carillon.mail")

SEND_LIMIT_S = 120.0  # a relay may take its time over each answer
TOO_MANY = "so many were sent already"
OVERDUE_US = 3 * HOUR  # pending for so long: begun anew (alerts contract, 3.11)
KEPT_US = 7 * DAY
AT_ONCE = 50_000  # of what was left, in one recovery


class Mailer(Protocol):
    """How an e-mail is handed over."""

    async def send(self, mail: Mail) -> None:
        """Return once it was accepted; raises `MailUnsent`."""


Ask = Callable[[], Awaitable[int | None]]


class MailService:
    """Queues and sends. ``ask`` is `Cap.ask`: after how many µs one more may go, None for now."""

    def __init__(
        self,
        emails: Emails,
        jobs: Jobs,
        wishes: Wishes,
        *,
        mailer: Mailer,
        ask: Ask,
        settings: Settings,
    ):
        self.emails, self._jobs = emails, jobs
        self._wishes, self._clock = wishes, wishes.clock
        self._mailer, self._ask, self._settings = mailer, ask, settings

    async def begin(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self.emails.ensure_indexes()

    def job_kinds(self) -> Mapping[str, Kind]:
        """The kinds of jobs that send, one for each queue."""
        most_attempts = len(self._settings.retry_delays_s) + 1
        return {
            queue: Kind(self.run, limit_s=SEND_LIMIT_S, most_attempts=most_attempts, at_once=weight)
            for queue, weight in WEIGHTS.items()
        }

    # Queueing

    async def queue(self, mail: NewMail) -> str:
        """Have it sent soon; returns its id. The same key again changes nothing."""
        await self.queue_all([mail])
        return mail.id

    async def queue_all(self, mails: Sequence[NewMail]) -> None:
        """The same for many, in two commands and what it takes to ask what their readers want."""
        wanted = await self._wishes.of_mails(mails)
        if not wanted:
            return
        now = self._clock.wall()
        await self.emails.add_all(wanted, now)
        await self._jobs.add_all([_job(one.id, one.queue, one.due_at or now) for one in wanted])

    # Sending

    async def run(self, job: Job) -> None:
        """The job of one e-mail; one that is not pending any more is done."""
        mail = await self.emails.get(str(job.body["email"]))
        if mail is None or mail.status != PENDING:
            return
        if not is_allowed(mail.address, self._settings.allow):
            log.info("e-mail %s is not sent: its recipient is not in mail.allow", mail.id)
            await self.emails.mark_sent(mail.id, self._clock.wall())
            return
        if mail.queue not in URGENT and (after_us := await self._ask()) is not None:
            raise PutOff(TOO_MANY, after_us)
        try:
            await self._mailer.send(mail)
        except MailUnsent as error:
            await self._failed(mail, job, error)
        else:
            await self.emails.mark_sent(mail.id, self._clock.wall())

    async def _failed(self, mail: Mail, job: Job, error: MailUnsent) -> None:
        """Refused for good is an answer, and the job is done; raises `TryAgain` otherwise."""
        if error.is_final:
            log.info("e-mail %s is refused: %s", mail.id, error)
            await self.emails.mark_failed(mail.id, str(error))
            return
        await self.emails.note(mail.id, str(error))
        delay_s = retry_after_s(job.attempts, self._settings.retry_delays_s)
        raise TryAgain(str(error), int(delay_s * SECOND)) from error

    # What is left over

    async def recover(self) -> int:
        """Begin anew with what has been pending for three hours; returns how many there were."""
        now = self._clock.wall()
        found = await self.emails.pending(now - KEPT_US, now - OVERDUE_US, AT_ONCE)
        await self._jobs.add_all([_job(email, queue, now) for email, queue in found])
        for email, _ in found:
            await self._jobs.requeue(_key(email), now)
        return len(found)


def _key(email: str) -> str:
    return f"mail:{email}"


def _job(email: str, queue: str, now: int) -> NewJob:
    return NewJob(_key(email), queue, now, {"email": email})
