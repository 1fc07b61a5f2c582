"""Builds what e-mails need: the store, the sender, the cap, and the catcher where none is set."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from domain.clock import Clock
from domain.jobs import Kind
from domain.mails import Mail, MailUnsent
from embedded.catcher import Catcher
from models.alert_emails import Emails
from models.caught_mails import CaughtMails
from models.counters import Counters
from models.database import Database
from models.jobs import Jobs
from models.mail_rates import MailRates
from models.user_preferences import UserPreferences
from push.mailer import Mailer
from services.caught import CaughtBox
from services.mail import MailService
from services.mail_cap import Cap
from services.preferences import Wishes
from settings import Settings


class Outlet:
    """Where e-mails go: to the relay that is configured, else to the catcher once it listens."""

    def __init__(self, sender: str):
        self._sender = sender
        self._mailer: Mailer | None = None

    def open(self, url: str) -> None:
        self._mailer = Mailer(url, self._sender, now=time.monotonic)

    async def send(self, mail: Mail) -> None:
        """As `Mailer.send`."""
        if self._mailer is None:
            raise MailUnsent("the catcher does not listen yet")
        await self._mailer.send(mail)

    async def close(self) -> None:
        if self._mailer is not None:
            await self._mailer.close()


@dataclass(frozen=True)
class MailHouse:
    """Everything about e-mails; `open` before jobs run, `close` after."""

    mail: MailService
    caught: CaughtBox
    outlet: Outlet
    catcher: Catcher
    smtp_url: str | None

    async def begin(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self.mail.begin()
        await self.caught.begin()

    def job_kinds(self) -> Mapping[str, Kind]:
        return self.mail.job_kinds()

    async def open(self) -> None:
        """Have somewhere to send to."""
        self.outlet.open(self.smtp_url or await self.catcher.start())

    async def close(self) -> None:
        """Let the connections go; may be called twice, and before `open`."""
        await self.outlet.close()
        await self.catcher.stop()


def build(
    database: Database,
    jobs: Jobs,
    counters: Counters,
    clock: Clock,
    settings: Settings,
) -> MailHouse:
    """E-mails over their collections."""
    outlet = Outlet(settings.mail.from_)
    cap = Cap(MailRates(database).take, clock, settings.alerts.emails_per_minute)
    wishes = Wishes(UserPreferences(database), clock)
    mail = MailService(
        Emails(database), jobs, wishes, mailer=outlet, ask=cap.ask, settings=settings.mail
    )
    caught = CaughtBox(CaughtMails(database, counters.caught), clock)
    return MailHouse(mail, caught, outlet, Catcher(caught.keep), settings.mail.smtp_url)
