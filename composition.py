"""The composition root: every part of the house is made here, once, and handed what it needs.

Three steps: the parts, each from those before it; who is told of what; the areas, and with them all
of it as an `App` for the doors. No part looks for another one by itself.
"""

import time
from contextlib import AsyncExitStack
from dataclasses import dataclass

from domain.clock import SECOND, Clock
from models.accounts import AccountStore
from models.alert_emails import Emails
from models.claims import Claims
from models.counters import Counters
from models.database import Database
from models.processes import Processes
from models.records import Records
from models.rosters import Rosters
from push.broker import Broker
from services import mailboxes as mail
from services.account_letters import build as build_letters
from services.accounts import Accounts
from services.alerts_house import build as build_alerts
from services.announcements import Announcements
from services.api_sessions import build as build_sessions
from services.app import App
from services.changes import Changes
from services.connections import Connections
from services.feed import Feed
from services.gauges import Gauges
from services.identities import Identities
from services.inbox import Inbox
from services.later import Later
from services.live import Live
from services.mail_house import build as build_mail
from services.memory import Memory
from services.passwords import Passwords
from services.progress import build as build_progress
from services.readiness import Readiness
from services.receipts import SentReceipts
from services.roster import Roster, RosterStore
from services.safety import Safety
from services.safety import build as build_safety
from services.schedule_house import build_metrics, build_schedules
from services.scheduled import ScheduledSends
from services.seeing import Seeing
from services.stage_house import build_stages
from services.stage_upkeep import build as build_upkeep
from services.tracing import Tracing
from settings import Settings

MISSED_LOOKS = 3  # in a row: the database is away


@dataclass(frozen=True)
class Ground:
    """What everything stands on; what a part opens it closes with ``undo``, the latest first."""

    settings: Settings
    clock: Clock
    database: Database
    broker: Broker
    redis_uri: str
    seeing: Seeing
    epoch: str
    process: str
    undo: AsyncExitStack

    def memory(self) -> Memory:
        """What is remembered for a look at most."""
        return Memory(time.monotonic, self.settings.live.look_interval_s)


class Composition:
    """The parts, in the order in which they are made."""

    def __init__(self, ground: Ground):
        self._ground = ground
        settings, clock, database = ground.settings, ground.clock, ground.database
        self.counters, self.records = Counters(database), Records(database)
        self.stores = mail.Stores.of(database, self.counters)
        self.changes = Changes(
            records=self.records,
            clock=clock,
            broker=ground.broker,
            process=ground.process,
            overlap_us=int(settings.live.overlap_s * SECOND),
        )
        self._make_people()
        self.live = self._make_live()
        kept = RosterStore(Processes(database), Rosters(database))
        self.roster = self._make_roster(kept)
        self.connections = Connections(
            self.roster, kept.rosters, self.changes, process=ground.process
        )
        self.gauges = Gauges(self.roster, self.live.hub, clock)
        self.later = Later(self.stores.jobs, ground.broker, clock, process=ground.process)
        self._make_schedules()

    def _make_people(self) -> None:
        """Who there is, and everybody's mailbox."""
        ground, settings = self._ground, self._ground.settings
        accounts = AccountStore.of(ground.database, self.counters)
        passwords = Passwords(accounts.users)
        self.identities = Identities(
            accounts,
            passwords,
            clock=ground.clock,
            memory=ground.memory(),
            rights_of_everyone=settings.accounts.rights_of_everyone,
        )
        self.mailboxes = mail.Mailboxes(
            self.stores,
            ground.clock,
            most_age_s=settings.live.look_interval_s,
            languages=settings.announcements.languages,
        )
        self.inbox = Inbox(
            self.stores, self.mailboxes, self.changes, settings.inbox, ground.memory()
        )
        self.accounts = Accounts(
            accounts,
            self.changes,
            passwords=passwords,
            purge_mailbox=self.inbox.purge_mailbox,
            jobs=self.stores.jobs,
            session_days=settings.accounts.session_days,
        )

    def _make_live(self) -> Live:
        live = self._ground.settings.live
        feed = Feed(
            self.stores,
            self._ground.clock,
            self.mailboxes.announced,
            epoch=self._ground.epoch,
            overlap_s=live.overlap_s,
            tombstone_days=live.tombstone_days,
        )
        return Live(
            feed=feed,
            changes=self.changes,
            mailboxes=self.mailboxes,
            identities=self.identities,
            shapes=self.inbox.shapes,
            settings=live,
        )

    def _make_roster(self, kept: RosterStore) -> Roster:
        limit = self._ground.settings.live.connections_per_user
        return Roster(
            kept, self._ground.broker, self._ground.clock, process=self._ground.process, limit=limit
        )

    def _make_schedules(self) -> None:
        ground = self._ground
        self.metrics = build_metrics(ground.settings, ground.seeing.instruments, ground.undo)
        self.schedules = build_schedules(
            ground.settings,
            self.changes,
            stores=(ground.database, self.counters, self.stores.jobs),
            metrics=self.metrics,
            undo=ground.undo,
        )
        self.scheduled = ScheduledSends(
            self.stores,
            self.inbox,
            self.changes,
            self.identities.lately,
            find_schedule=self.schedules.get,
        )

    # Who is told of what

    def connect(self) -> None:
        """Of records and events, in this order; of firings, jobs and connections; of figures."""
        changes, live, roster = self.changes, self.live, self.roster
        for area in (self.accounts, self.inbox, self.scheduled):
            changes.add_kinds(area.kinds())
        changes.on_event(self.identities.forget)
        changes.on_event(self.mailboxes.forget)
        changes.on_events(live.hear)
        changes.on_event(lambda event: changes.steps.note_pushes(event, live.hub))
        changes.on_event(roster.obey)
        changes.on_event(self.gauges.hear)
        changes.hearing.on_news, changes.hearing.on_due = roster.hear, self.later.hear
        changes.spans = self._ground.seeing.spans
        live.hub.came, live.hub.went = roster.came, roster.went
        live.open_of = roster.open_of
        self.schedules.firing.on_firing(self.scheduled.follow)
        self.schedules.ask_before_delete(self.scheduled.follower_of)
        self.accounts.groups.ask_before_delete(self.scheduled.addressed_to)
        self._show()

    def _show(self) -> None:
        gauges, seeing = self.gauges, self._ground.seeing
        away_s = MISSED_LOOKS * self._ground.settings.live.look_interval_s
        gauges.add("redis", self.hears)
        gauges.add("look_age_s", self.changes.deaf_for_s)
        gauges.add("database", lambda: self.changes.deaf_for_s() < away_s)
        seeing.watch(self.live.hub, gauges, self._ground.broker)
        seeing.count(self.stores.jobs, Emails(self._ground.database), self._ground.clock)

    def hears(self) -> bool:
        """Is there a Redis, and are the other processes at the same one?"""
        return self._ground.broker.is_linked and not self.roster.peers.silent()

    # The areas

    def app(self) -> App:
        """All of it, for the doors."""
        ground, changes, jobs = self._ground, self.changes, self.stores.jobs
        settings, database, clock = ground.settings, ground.database, ground.clock
        mails = build_mail(database, jobs, self.counters, clock, settings)
        stages = build_stages(
            settings,
            changes,
            (database, self.counters, self.stores),
            areas=(self.schedules, self.accounts, self.inbox, self.metrics, mails.mail),
            undo=ground.undo,
        )
        alerts = build_alerts(
            (database, self.counters, jobs),
            changes,
            (mails.mail, build_progress(database, clock), self.inbox.batches),
            settings,
            ground.undo,
        )
        languages = settings.announcements.languages
        receipts = SentReceipts(self.stores)
        return App(
            settings=settings,
            clock=clock,
            changes=changes,
            accounts=self.accounts,
            identities=self.identities,
            inbox=self.inbox,
            live=self.live,
            roster=self.roster,
            connections=self.connections,
            gauges=self.gauges,
            later=self.later,
            scheduled=self.scheduled,
            receipts=receipts,
            tracing=Tracing(receipts, self.records, changes.steps, process=ground.process),
            readiness=Readiness(database.ping, self.hears, lambda: self.live.is_draining),
            metrics=self.metrics,
            schedules=self.schedules,
            announcements=self._announcements(),
            sessions=build_sessions(self.accounts, self.identities, languages),
            mail=mails,
            stages=stages,
            seeing=ground.seeing,
            alerts=alerts,
            safety=self._safety(),
            upkeep=build_upkeep(stages, self.schedules, jobs, changes, self.metrics),
            letters=build_letters((database, jobs), self.accounts, mails.mail, settings),
        )

    def _announcements(self) -> Announcements:
        made = Announcements(
            self.stores,
            self.mailboxes,
            self.changes,
            self.records,
            Claims(self._ground.database),
            self.inbox.shapes,
        )
        self.changes.add_kinds(made.kinds())
        return made

    def _safety(self) -> Safety:
        ground = self._ground
        made = build_safety(
            ground.database, self.accounts, ground.settings, ground.redis_uri, ground.epoch
        )
        self.accounts.passwords.gate = made.lockout
        ground.undo.push_async_callback(made.close)
        return made
