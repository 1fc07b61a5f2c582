"""One process's parts: built once, taken up and down in order."""

import asyncio
import logging
import os
import time
from contextlib import AsyncExitStack, suppress
from uuid import uuid4

from commands.leaving import in_thread
from domain.clock import SECOND, Clock
from domain.errors import Unavailable
from embedded.process import StartError
from embedded.stores import Endpoints
from jobs.loops import Loops
from jobs.periodic import Periodic
from models.accounts import AccountStore
from models.alert_emails import Emails
from models.claims import Claims
from models.counters import Counters
from models.database import EMBEDDED_MOST_KEYS, MOST_KEYS, Database
from models.failures import reason
from models.jobs import Jobs
from models.meta import Meta
from models.migrations import Migrations, WrongVersion
from models.processes import Processes
from models.records import Records
from models.rosters import Rosters
from push.broker import Broker
from push.neighbours import Neighbours
from push.redis_broker import RedisBroker
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
from services.spans import NoExporter
from services.stage_house import build_stages
from services.stage_upkeep import build as build_upkeep
from services.tracing import Tracing
from settings import SettingError, Settings

log = logging.getLogger("carillon")

HEARD_AT_START_S = 60.0
JOBS_LIMIT_S = 5.0
INDEXES_PAUSE_S = 3_600.0  # there are none to be built but at a start
MISSED_LOOKS = 3  # in a row: the database is away
SETTLE_LIMIT_S = 3.0
CLOSE_LIMIT_S = 1.0  # the driver says goodbye to a database, which may stand still
END_LIMIT_S = 12.0  # more than the limits of its parts together


def wall_us() -> int:
    """Microseconds since 1970: the one place that asks the host for the time."""
    return time.time_ns() // 1_000


class Carillon:
    """One process's parts, built once; `begin` and `end` take them up and down in order."""

    def __init__(
        self, settings: Settings, endpoints: Endpoints, neighbours: Neighbours | None = None
    ):
        self.settings = settings
        self.process = f"{os.getpid()}-{uuid4().hex[:8]}"
        self.clock, self.seeing = Clock(wall_us), Seeing(neighbours)
        try:
            uri, name = endpoints.mongodb_uri, settings.mongodb.database
            most = MOST_KEYS if settings.mongodb.uri else EMBEDDED_MOST_KEYS
            note = self.seeing.instruments.note_operation
            self.database = Database(uri, name, most_keys=most, note=note)
        except ValueError as error:
            raise SettingError(f"mongodb.uri: {error}") from None
        self._redis_uri = endpoints.redis_uri
        self._undo = AsyncExitStack()
        self._trace(settings.tracing.otlp_url)
        self._undo.push_async_callback(in_thread, self.database.close, CLOSE_LIMIT_S)
        self._undo.push_async_callback(self._idle)

    def _trace(self, url: str | None) -> None:
        if url is None:
            return
        try:
            self.seeing.spans.send_to(url)
        except NoExporter as error:
            raise SettingError(f"tracing.otlp_url: {error}") from None
        self._undo.push_async_callback(in_thread, self.seeing.spans.end, CLOSE_LIMIT_S)

    async def begin(self) -> App:
        """Build, make indexes and system groups, set the clock by what happened last.

        Raises `StartError` when the database cannot be used.
        """
        try:
            await Migrations(self.database, self.process).run()
            app = self.app = self._build(await Meta(self.database).epoch())
            await self._records.ensure_indexes()
            await self._stores.ensure_indexes()
            areas = (app.roster, app.accounts, app.schedules, app.stages, app.alerts, app.mail)
            for area in (*areas, app.safety, app.progress, app.letters):
                await area.begin()
            await app.changes.begin(HEARD_AT_START_S)
            await Meta(self.database).note_indexes(self.database.indexing.declared)
        except Unavailable as error:
            raise StartError(f"the database cannot be used: {reason(error)}") from error
        except WrongVersion as error:
            raise StartError(f"the database cannot be used: {error}") from error
        self._undo.push_async_callback(self._settle)
        return app

    def _build(self, epoch: str) -> App:
        settings, clock, counters = self.settings, self.clock, Counters(self.database)
        self._make_broker(epoch)
        self._records = Records(self.database)
        self._stores = mail.Stores.of(self.database, counters)
        accounts_store = AccountStore.of(self.database, counters)
        changes = Changes(
            records=self._records,
            clock=clock,
            broker=self.broker,
            process=self.process,
            overlap_us=int(settings.live.overlap_s * SECOND),
        )
        passwords = Passwords(accounts_store.users)
        identities = Identities(
            accounts_store,
            passwords,
            clock=clock,
            memory=self._memory(),
            rights_of_everyone=settings.accounts.rights_of_everyone,
        )
        mailboxes = mail.Mailboxes(
            self._stores,
            clock,
            most_age_s=settings.live.look_interval_s,
            languages=settings.announcements.languages,
        )
        inbox = Inbox(self._stores, mailboxes, changes, settings.inbox, self._memory())
        accounts = Accounts(
            accounts_store,
            changes,
            passwords=passwords,
            purge_mailbox=inbox.purge_mailbox,
            session_days=settings.accounts.session_days,
        )
        live = self._build_live(epoch, changes, mailboxes, identities, inbox)
        metrics = build_metrics(settings, self.seeing.instruments, self._undo)
        schedules = build_schedules(
            settings,
            changes,
            stores=(self.database, counters, self._stores.jobs),
            metrics=metrics,
            undo=self._undo,
        )
        scheduled = ScheduledSends(
            self._stores, inbox, changes, identities.lately, find_schedule=schedules.get
        )
        schedules.firing.on_firing(scheduled.follow)
        schedules.ask_before_delete(scheduled.follower_of)
        changes.add_kinds({**accounts.kinds(), **inbox.kinds(), **scheduled.kinds()})
        changes.on_event(identities.forget)
        changes.on_event(mailboxes.forget)
        changes.on_event(live.hear)
        changes.on_event(lambda event: changes.steps.note_pushes(event, live.hub))
        kept = RosterStore(Processes(self.database), Rosters(self.database))
        roster = self._build_roster(kept, live, changes)
        mails = build_mail(self.database, self._stores.jobs, counters, clock, settings)
        later = Later(self._stores.jobs, self.broker, clock, process=self.process)
        changes.on_due = later.hear
        receipts = SentReceipts(self._stores)
        tracing = Tracing(receipts, self._records, changes.steps, process=self.process)
        stages = build_stages(
            settings,
            changes,
            (self.database, counters, self._stores),
            areas=(schedules, accounts, inbox, metrics, mails.mail),
            undo=self._undo,
        )
        return App(
            settings,
            clock,
            changes,
            accounts,
            identities,
            inbox,
            live,
            roster,
            Connections(roster, kept.rosters, changes, process=self.process),
            self._build_gauges(roster, live, changes),
            later,
            scheduled,
            receipts,
            tracing,
            Readiness(self.database.ping, self._hears, lambda: live.is_draining),
            metrics,
            schedules,
            self._build_announcements(changes, mailboxes, inbox),
            build_sessions(accounts, identities, settings.announcements.languages),
            mails,
            stages,
            self.seeing,
            build_alerts(
                self._kept_in(counters),
                changes,
                (mails.mail, build_progress(self.database, clock), inbox.batches),
                settings,
                self._undo,
            ),
            self._build_safety(epoch, accounts),
            build_upkeep(stages, schedules, self._stores.jobs, changes, metrics),
            build_letters((self.database, self._stores.jobs), accounts, mails.mail, settings),
        )

    def _kept_in(self, counters: Counters) -> tuple[Database, Counters, Jobs]:
        return self.database, counters, self._stores.jobs

    def _build_announcements(
        self, changes: Changes, mailboxes: mail.Mailboxes, inbox: Inbox
    ) -> Announcements:
        claims = Claims(self.database)
        made = Announcements(self._stores, mailboxes, changes, self._records, claims, inbox.shapes)
        changes.add_kinds(made.kinds())
        return made

    def _memory(self) -> Memory:
        return Memory(time.monotonic, self.settings.live.look_interval_s)

    def _build_safety(self, epoch: str, accounts: Accounts) -> Safety:
        made = build_safety(self.database, accounts, self.settings, self._redis_uri, epoch)
        accounts.passwords.gate = made.lockout
        self._undo.push_async_callback(made.close)
        return made

    def _make_broker(self, epoch: str) -> None:
        """Channels carry the epoch, so that two installations may share one Redis."""
        channels = tuple(f"live:{epoch}:{shard}" for shard in range(self.settings.live.shards))
        try:
            self.broker: Broker = RedisBroker(
                self._redis_uri, process=self.process, channels=channels
            )
        except ValueError:
            raise SettingError("redis.uri: not a Redis URI") from None
        self._undo.push_async_callback(self.broker.stop)

    def _build_live(
        self,
        epoch: str,
        changes: Changes,
        mailboxes: mail.Mailboxes,
        identities: Identities,
        inbox: Inbox,
    ) -> Live:
        live = self.settings.live
        feed = Feed(
            self._stores,
            self.clock,
            mailboxes.announced,
            epoch=epoch,
            overlap_s=live.overlap_s,
            tombstone_days=live.tombstone_days,
        )
        return Live(
            feed=feed,
            changes=changes,
            mailboxes=mailboxes,
            identities=identities,
            shapes=inbox.shapes,
            settings=live,
        )

    def _build_roster(self, kept: RosterStore, live: Live, changes: Changes) -> Roster:
        limit = self.settings.live.connections_per_user
        roster = Roster(kept, self.broker, self.clock, process=self.process, limit=limit)
        live.hub.came, live.hub.went = roster.came, roster.went
        live.open_of = roster.open_of
        changes.on_news = roster.hear
        changes.on_event(roster.obey)
        return roster

    def _build_gauges(self, roster: Roster, live: Live, changes: Changes) -> Gauges:
        gauges, looks_s = Gauges(roster, live.hub, self.clock), self.settings.live.look_interval_s
        changes.on_event(gauges.hear)
        gauges.add("redis", self._hears)
        gauges.add("look_age_s", changes.deaf_for_s)
        gauges.add("database", lambda: changes.deaf_for_s() < MISSED_LOOKS * looks_s)
        changes.spans = self.seeing.spans
        self.seeing.watch(live.hub, gauges, self.broker)
        self.seeing.count(self._stores.jobs, Emails(self.database), self.clock)
        return gauges

    def _hears(self) -> bool:
        """Is there a Redis, and are the other processes at the same one?"""
        return self.broker.is_linked and not self.app.roster.peers.silent()

    async def start_loops(self) -> None:
        """Begin to hear others, to look, to run jobs, to keep connections and counters."""
        if self.settings.mongodb.uri is None:
            log.info("calls out may go to this host's loopback, for MongoDB is embedded (outbound)")
        processes = Processes(self.database)
        loops = Loops(self.app, self._stores.jobs, processes, process=self.process)
        self._undo.push_async_callback(self.app.mail.close)
        await self.app.mail.open()
        self._undo.push_async_callback(loops.stop, JOBS_LIMIT_S)
        loops.start()
        indexing = Periodic("indexes", self.database.build_indexes, INDEXES_PAUSE_S)
        self._undo.push_async_callback(indexing.stop)
        indexing.start()
        self._undo.push_async_callback(self.seeing.exposition.end)
        await self.seeing.exposition.begin()
        await self.broker.start(self.app.changes.hear_envelope, loops.look_now)

    async def _settle(self) -> None:
        try:
            async with asyncio.timeout(SETTLE_LIMIT_S):
                await self.app.changes.settle()
                await self.app.live.marks.write()
                await self.app.roster.end()
        except (Unavailable, TimeoutError) as error:
            log.warning("what was done last is left to be settled: %s", error)

    async def _idle(self) -> None:
        """Let inserts end that were under way when who asked for them was cut off."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self.database.idle()

    async def end(self) -> None:
        """Let go of everything, the latest first; may be called twice, and after any failure."""
        try:
            async with asyncio.timeout(END_LIMIT_S):
                await self._undo.aclose()
        except TimeoutError:
            log.warning("not everything could be ended in time")
