"""Carillon's entry: settings, build, serve, drain; other verbs go to ``commands/``."""

import argparse
import asyncio
import logging
import os
import sys
import time
from contextlib import AsyncExitStack
from uuid import uuid4

from commands.leaving import Stop, end_cleanly, exit_within, in_thread, unless
from commands.line import COMMANDS, parser
from commands.welcome import welcome
from domain.clock import SECOND, Clock
from domain.errors import Unavailable
from embedded.folder import DataFolder, FolderError
from embedded.process import StartError
from embedded.sharing import hold, shared
from embedded.stores import Endpoints, Stores
from handlers.serving import Front, address, listen, raise_file_limit, spare_the_collector
from jobs.loops import Loops
from models.accounts import AccountStore
from models.counters import Counters
from models.database import Administration, Database
from models.failures import reason
from models.meta import Meta
from models.records import Records
from push.broker import Broker
from push.redis_broker import RedisBroker
from services import mailboxes as mail
from services.accounts import Accounts
from services.app import App
from services.changes import Changes
from services.feed import Feed
from services.identities import Identities
from services.inbox import Inbox
from services.live import Live
from services.memory import Memory
from services.passwords import Passwords
from services.readiness import Readiness
from settings import SettingError, Settings, load

log = logging.getLogger("carillon")

HEARD_AT_START_S = 60.0
JOBS_LIMIT_S = 5.0
SETTLE_LIMIT_S = 3.0
CLOSE_LIMIT_S = 1.0  # the driver says goodbye to a database, which may stand still
END_LIMIT_S = 12.0  # more than the limits of its parts together
EXIT_LIMIT_S = 2.0  # for threads of the driver that wait for a database
DONE, REFUSED, WRONG_USE = 0, 1, 2


def wall_us() -> int:
    """Microseconds since 1970: the one place that asks the host for the time."""
    return time.time_ns() // 1_000


class Carillon:
    """One process's parts, built once; `begin` and `end` take them up and down in order."""

    def __init__(self, settings: Settings, endpoints: Endpoints):
        self.settings = settings
        self.process = f"{os.getpid()}-{uuid4().hex[:8]}"
        self.clock = Clock(wall_us)
        try:
            self.database = Database(endpoints.mongodb_uri, settings.mongodb.database)
        except ValueError as error:
            raise SettingError(f"mongodb.uri: {error}") from None
        self._redis_uri = endpoints.redis_uri
        self._undo = AsyncExitStack()
        self._undo.push_async_callback(in_thread, self.database.close, CLOSE_LIMIT_S)

    async def begin(self) -> App:
        """Build, make indexes and system groups, set the clock by what happened last.

        Raises `StartError` when the database cannot be used.
        """
        try:
            self.app = self._build(await Meta(self.database).epoch())
            await self._records.ensure_indexes()
            await self._stores.ensure_indexes()
            await self.app.accounts.begin()
            await self.app.changes.begin(HEARD_AT_START_S)
        except Unavailable as error:
            raise StartError(f"the database cannot be used: {reason(error)}") from error
        self._undo.push_async_callback(self._settle)
        return self.app

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
            memory=Memory(time.monotonic, settings.live.look_interval_s),
            rights_of_everyone=settings.accounts.rights_of_everyone,
        )
        mailboxes = mail.Mailboxes(self._stores, clock)
        inbox = Inbox(self._stores, mailboxes, changes, settings.inbox)
        accounts = Accounts(
            accounts_store,
            changes,
            passwords=passwords,
            purge_mailbox=inbox.purge_mailbox,
            session_days=settings.accounts.session_days,
        )
        live = self._build_live(epoch, changes, mailboxes, identities, inbox)
        changes.add_kinds({**accounts.kinds(), **inbox.kinds()})
        changes.on_event(identities.forget)
        changes.on_event(live.hear)
        readiness = Readiness(
            self.database.ping, lambda: self.broker.is_linked, lambda: live.is_draining
        )
        return App(settings, clock, changes, accounts, identities, inbox, live, readiness)

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

    async def start_loops(self) -> None:
        """Begin to hear others, to look, to run jobs, to keep connections and counters."""
        loops = Loops(self.app, self._stores.jobs, process=self.process)
        self._undo.push_async_callback(loops.stop, JOBS_LIMIT_S)
        loops.start()
        await self.broker.start(self.app.changes.hear_envelope, loops.look_now)

    async def _settle(self) -> None:
        try:
            async with asyncio.timeout(SETTLE_LIMIT_S):
                await self.app.changes.settle()
        except (Unavailable, TimeoutError) as error:
            log.warning("what was done last is left to be settled: %s", error)

    async def end(self) -> None:
        """Let go of everything, the latest first; may be called twice, and after any failure."""
        try:
            async with asyncio.timeout(END_LIMIT_S):
                await self._undo.aclose()
        except TimeoutError:
            log.warning("not everything could be ended in time")


async def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """The verb ``run``: everything, until it is told to stop; 1 when it could not go on."""
    stop = Stop()
    async with AsyncExitStack() as undo:
        front = await unless(stop.told, start(arguments, settings, stop, undo))
        if front is not None:
            await stop.told.wait()
            await unless(stop.pressed, front.drain())
    stop.hear_no_more()
    return DONE if stop.failure is None else _complain(stop.failure)


async def start(
    arguments: argparse.Namespace, settings: Settings, stop: Stop, undo: AsyncExitStack
) -> Front:
    """Serve on the folder; what was begun is in ``undo`` at any time."""
    raise_file_limit()
    folder = DataFolder(arguments.data)
    await hold(folder)
    undo.callback(folder.unlock)
    sockets = listen(settings.server, arguments.port)
    for one in sockets:
        undo.callback(one.close)
    uris = settings.mongodb.uri, settings.redis.uri
    stores = Stores(folder, *uris, administration=Administration(), on_give_up=stop.give_up)
    undo.push_async_callback(stores.stop)
    carillon = Carillon(settings, await stores.start())
    undo.push_async_callback(carillon.end)
    app = await carillon.begin()
    first = await welcome(app.accounts, folder.path) if arguments.welcome else None
    await carillon.start_loops()
    front = Front(app)
    front.open(sockets)
    spare_the_collector()
    where = address(settings.server, sockets)
    made = [f"Made for a first look, also kept in {first.path}:", first.text] if first else []
    more = _places(where, settings, folder) if arguments.welcome else []
    print("\n".join([*made, f"Carillon on {where}", *more]), flush=True)
    return front


def _places(where: str, settings: Settings, folder: DataFolder) -> list[str]:
    """Where somebody who is here for the first time may look."""
    messages = f"{where}{settings.mounts.inbox}/messages/"
    return [f"  inbox  {where}/", f"  API    {messages} (see README.md)", f"  data   {folder.path}"]


async def command(arguments: argparse.Namespace, settings: Settings) -> int:
    """Any other verb: on the stores of the server that runs on this folder, or on its own."""
    end_cleanly()
    folder = DataFolder(arguments.data)
    uris = settings.mongodb.uri, settings.redis.uri
    stores = Stores(folder, *uris, administration=Administration())
    async with shared(folder, stores) as endpoints, AsyncExitStack() as undo:
        carillon = Carillon(settings, endpoints)
        undo.push_async_callback(carillon.end)
        app = await carillon.begin()
        await carillon.broker.start(app.changes.hear_envelope, lambda: None)
        code: int = await COMMANDS[arguments.verb].run(arguments, app)
    return code


def main(argv: list[str] | None = None) -> int:
    """Run one verb; 0 done, 1 refused, 2 wrong use or configuration."""
    arguments = parser().parse_args(argv)
    if arguments.verb is None:
        parser().print_help(sys.stderr)
        return WRONG_USE
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        level=logging.INFO if arguments.verb == "run" else logging.WARNING,
    )
    verb = run if arguments.verb == "run" else command
    try:
        return asyncio.run(verb(arguments, load(arguments.config)))
    except SettingError as error:
        return _complain(str(error), WRONG_USE)
    except (FolderError, StartError, Unavailable, OSError) as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return _complain("interrupted")


def _complain(reason: str, code: int = REFUSED) -> int:
    print(f"carillon: {reason}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(exit_within(EXIT_LIMIT_S, main()))
