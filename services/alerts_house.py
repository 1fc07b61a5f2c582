"""Alerts: every store and use case of the area, built together and handed to the doors."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from domain.alert_links import Links
from domain.clock import Clock
from domain.jobs import Kind
from domain.mails import WEIGHTS
from models.alert_asked import AskedLinks
from models.alert_contents import AlertContents as Contents
from models.alert_digests import DigestRuns
from models.alert_lists import AlertLists as Lists
from models.alert_people import AlertPeople
from models.alert_sent import SentContents
from models.alert_subscribers import AlertSubscribers
from models.alert_subscriptions import AlertSubscriptions
from models.counters import Counters
from models.database import Database, Document
from models.jobs import Jobs
from models.user_identities import UserIdentities
from services.alert_contents import PROCESS, UNSUBSCRIBE_LIST, AlertContents, Kept
from services.alert_digest_overview import DigestOverview
from services.alert_health import AlertHealth
from services.alert_lists import AlertLists
from services.alert_metrics import AlertMetrics
from services.alert_overview import Overview
from services.alert_pages import AlertPages
from services.alert_people import People, Writing
from services.alert_posting import Area, Posting
from services.alert_recovery import RECOVER, Recovery
from services.alert_ringing import Reach, Ringing
from services.alert_tokens import Tokens
from services.changes import Changes
from services.inbox_batches import Batches
from services.mail import MailService
from services.progress import Progresses
from settings import Settings

PROCESS_LIMIT_S: Final = 3_600.0
"""A content with many subscribers; what was done by then is not done again."""


@dataclass(frozen=True)
class Stores:
    """The collections of the area."""

    lists: Lists
    subscribers: AlertSubscribers
    subscriptions: AlertSubscriptions
    contents: Contents
    people: AlertPeople
    sent: SentContents
    runs: DigestRuns
    asked: AskedLinks

    @classmethod
    def of(cls, database: Database, counters: Counters) -> "Stores":
        people = AlertPeople.of(database, counters)
        return cls(
            Lists(database, counters),
            people.subscribers,
            people.subscriptions,
            Contents(database),
            people,
            SentContents(database),
            DigestRuns(database),
            AskedLinks(database),
        )

    async def ensure_indexes(self) -> None:
        for store in (self.lists, self.people, self.contents, self.sent, self.runs):
            await store.ensure_indexes()


@dataclass(frozen=True)
class Sending:
    """The ways out, and whose addresses are whose."""

    mail: MailService
    progress: Progresses
    batches: Batches
    users: UserIdentities


class Alerts:
    """The use cases of alerts."""

    def __init__(
        self,
        stores: Stores,
        jobs: Jobs,
        changes: Changes,
        *,
        sending: Sending,
        settings: Settings,
    ):
        self.stores = stores
        clock, tag_keys = changes.clock, settings.alerts.tag_keys
        mail, self.progress, batches = sending.mail, sending.progress, sending.batches
        self.lists = AlertLists(stores.lists, stores.subscriptions, clock, tag_keys)
        self.people = People(
            stores.people,
            stores.lists,
            changes,
            mail=mail,
            writing=_writing(settings, clock),
            accounts=settings.alerts.account_api,
        )
        self.pages = AlertPages(self.people, stores.asked, clock)
        self.metrics = AlertMetrics(stores.lists, stores.contents, stores.subscriptions)
        self.overview = Overview(
            stores.lists,
            stores.contents,
            subscriptions=stores.subscriptions,
            emails=mail.emails,
            progress=self.progress,
        )
        thresholds = settings.alerts.health
        self.health = AlertHealth(jobs.backlog, self._queues, clock, thresholds)
        area = Area(stores, jobs, clock, mail, self.progress)
        self.posting = posting = Posting(area, self.people, settings.alerts)
        self.digests = DigestOverview(
            posting.digests,
            posting.hours,
            runs=stores.runs,
            contents=stores.contents,
            progress=self.progress,
            clock=clock,
        )
        kept = Kept(stores.contents, stores.lists, stores.subscriptions, jobs)
        reach = Reach(
            stores.contents,
            stores.lists,
            stores.subscribers,
            stores.subscriptions,
            sending.users,
            stores.people.ids.last,
        )
        self.ringing = Ringing(reach, batches, changes, self.people.links)
        self._rings = settings.alerts.ring_inbox
        self.contents = AlertContents(kept, clock, self._publish)
        self.recovery = Recovery(
            self.contents, posting.digests, mail, jobs=jobs, hours=posting.hours, clock=clock
        )

    async def begin(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self.stores.ensure_indexes()
        await self.pages.begin()

    async def arm(self) -> None:
        """Have what comes next by the calendar done in time; may be called often."""
        await self.posting.timetable.arm()

    async def _publish(self, kind: str, content: Document, lists: Sequence[int]) -> None:
        """Tell whom a content reaches: in inboxes first, for e-mails may be many."""
        if self._rings:
            await self.ringing.ring(kind, content, lists)
        await self.posting.generation.generate(kind, content, lists)

    def job_kinds(self) -> Mapping[str, Kind]:
        """What happens later in alerts."""
        return {
            PROCESS: Kind(self.contents.process, limit_s=PROCESS_LIMIT_S),
            UNSUBSCRIBE_LIST: Kind(self.contents.run_unsubscribe, limit_s=PROCESS_LIMIT_S),
            RECOVER: Kind(self.recovery.run_job, limit_s=PROCESS_LIMIT_S),
            **self.posting.job_kinds(),
        }

    def _queues(self) -> list[str]:
        """The kinds of jobs that alerts wait for, those that send e-mails too."""
        return [*self.job_kinds(), *WEIGHTS]


def build(
    kept_in: tuple[Database, Counters, Jobs],
    changes: Changes,
    sending: tuple[MailService, Progresses, Batches],
    settings: Settings,
    undo: AsyncExitStack,
) -> Alerts:
    """Alerts over their collections; ``undo`` lets go of what they hold."""
    database, counters, jobs = kept_in
    stores = Stores.of(database, counters)
    ways = Sending(*sending, UserIdentities(database))
    made = Alerts(stores, jobs, changes, sending=ways, settings=settings)
    undo.push_async_callback(made.people.close)
    return made


def _writing(settings: Settings, clock: Clock) -> Writing:
    """Links, and tokens in them. Without a secret that was set or kept they are this process's."""
    root = root_of(settings)
    secret = settings.alerts.jwt_secret or secrets.token_hex(32)
    return Writing(Tokens(secret, root, clock), Links(root))


def root_of(settings: Settings) -> str:
    """Where the pages are that e-mails link to; without a setting, here."""
    server = settings.server
    here = f"http://{server.address or 'localhost'}:{server.port}"
    return settings.alerts.website_root or server.public_url or here
