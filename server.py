"""Carillon's entry: settings, build, serve, drain; other verbs go to ``commands/``."""

import argparse
import asyncio
import gc
import logging
import os
import resource
import signal
import sys
import time
from pathlib import Path
from uuid import uuid4

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from commands import groups, tokens, users
from commands.options import common_options
from commands.welcome import welcome
from domain.clock import Clock
from domain.errors import Unavailable
from embedded.folder import DataFolder, FolderError
from embedded.process import StartError
from embedded.sharing import shared
from embedded.stores import Endpoints, Stores
from handlers.routes import application
from jobs.kinds import kinds
from jobs.periodic import Periodic
from jobs.runner import Runner
from models.accounts import AccountStore
from models.counters import Counters
from models.database import Administration, Database
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
from services.live import DEAF_S, RESYNC, Live
from services.memory import Memory
from services.passwords import Passwords
from services.readiness import Readiness
from settings import SettingError, Settings, load

log = logging.getLogger("carillon")

BACKLOG = 1024  # more may wait to be accepted in a storm of reconnects than the usual 128
BUSY_LIMIT_S = 5.0
HEARD_AT_START_S = 60.0
MOST_UNREAD_BYTES = 64 * 1024 * 1024  # of a refused body, read past so that the answer arrives
COMMANDS = {"users": users, "groups": groups, "tokens": tokens}
DONE, REFUSED, WRONG_USE = 0, 1, 2


def wall_us() -> int:
    """Microseconds since 1970: the one place that asks the host for the time."""
    return time.time_ns() // 1_000


class Carillon:
    """One process's parts, built once; `begin` and `end` take them up and down in order."""

    def __init__(self, settings: Settings, endpoints: Endpoints):
        self.settings = settings
        self.process = f"{os.getpid()}-{uuid4().hex[:8]}"
        self.database = Database(endpoints.mongodb_uri, settings.mongodb.database)
        self.clock = Clock(wall_us)
        self._redis_uri = endpoints.redis_uri
        self._loops: list[Periodic] = []
        self._is_begun = False

    async def begin(self) -> App:
        """Make indexes and system groups, set the clock, build; raises `Unavailable`."""
        self.app = await self._build()
        await self._records.ensure_indexes()
        await self._stores.ensure_indexes()
        await self.app.accounts.begin()
        await self.app.changes.begin(HEARD_AT_START_S)
        self._is_begun = True
        return self.app

    async def _build(self) -> App:
        settings, clock, counters = self.settings, self.clock, Counters(self.database)
        epoch = await Meta(self.database).epoch()
        self.broker: Broker = self._make_broker(epoch)
        self._records = Records(self.database)
        self._stores = mail.Stores.of(self.database, counters)
        accounts_store = AccountStore.of(self.database, counters)
        changes = Changes(
            records=self._records,
            clock=clock,
            broker=self.broker,
            process=self.process,
            overlap_us=int(settings.live.overlap_s * 1_000_000),
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

    def _make_broker(self, epoch: str) -> Broker:
        """Channels carry the epoch, so that two installations may share one Redis."""
        shards = range(self.settings.live.shards)
        channels = tuple(f"live:{epoch}:{shard}" for shard in shards)
        return RedisBroker(self._redis_uri, process=self.process, channels=channels)

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
        app, jobs = self.app, self.settings.jobs
        look = Periodic("look", app.changes.look, self.settings.live.look_interval_s)
        self.runner = Runner(
            self._stores.jobs,
            kinds(app),
            self.clock,
            process=self.process,
            lease_s=jobs.lease_s,
            concurrency=jobs.concurrency,
        )
        self._loops = [
            look,
            Periodic("settle", app.changes.settle, 0.25),
            Periodic("large records", app.changes.hear_large, 0),
            Periodic("tidy", app.changes.tidy, 600),
            Periodic("pings", self._keep_connections, 1),
            Periodic("unread", app.live.unread.tell_moved, 0.05),
            Periodic("counts", app.live.unread.count_moved, 1),
            Periodic("jobs", self.runner.run_due, 1),
        ]
        for loop in self._loops:
            loop.start()
        await self.broker.start(app.changes.hear_envelope, look.nudge)

    async def _keep_connections(self) -> None:
        """Ping; and close all when this process could not look for so long that it is deaf."""
        live = self.app.live
        live.ping_due(time.monotonic())
        if self.clock.now() - self.app.changes.heard_until > DEAF_S * 1_000_000:
            live.close_all(RESYNC, "resync")

    async def end(self) -> None:
        """Let go of everything, settling what was done; may be called after a failed `begin`."""
        if self._loops:
            await self.runner.stop(BUSY_LIMIT_S)
        for loop in self._loops:
            await loop.stop()
        try:
            if self._is_begun:
                await self.app.changes.settle()
        except Unavailable as error:
            log.warning("what was done last is left to be settled: %s", error)
        if self._is_begun:
            await self.broker.stop()
        self.database.close()


async def serve(carillon: Carillon, port: int | None, stopped: asyncio.Event) -> None:
    """Serve until ``stopped`` is set, then drain: no new requests, connections told to go."""
    settings = carillon.settings.server
    web = application(carillon.app)
    http = HTTPServer(
        web,
        xheaders=bool(settings.trusted_proxies),
        trusted_downstream=list(settings.trusted_proxies),
        max_body_size=max(MOST_UNREAD_BYTES, settings.max_body_bytes),
    )
    chosen = settings.port if port is None else port
    try:
        sockets = bind_sockets(chosen, settings.address, backlog=BACKLOG)
    except OSError as error:
        raise StartError(
            f"cannot listen on {settings.address}:{chosen}: {error.strerror}"
        ) from error
    http.add_sockets(sockets)
    await carillon.start_loops()
    print(f"Carillon on http://{settings.address}:{sockets[0].getsockname()[1]}", flush=True)  # noqa: T201
    gc.collect()
    gc.freeze()  # what lives for as long as the server need not be walked again and again
    gc.set_threshold(20_000, 50, 100)
    await stopped.wait()
    http.stop()
    await carillon.app.live.drain()
    await _wait_until_idle(web.settings["busy"])
    await http.close_all_connections()


async def _wait_until_idle(busy: set[object]) -> None:
    """Let the requests under way end, within a limit."""
    deadline = time.monotonic() + BUSY_LIMIT_S
    while busy and time.monotonic() < deadline:  # noqa: ASYNC110 - checked rarely, at the end
        await asyncio.sleep(0.02)


def raise_file_limit() -> None:
    """As many connections as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """The verb ``run``: everything, until it is told to stop; 1 when it could not go on."""
    raise_file_limit()
    stopped, failures = asyncio.Event(), list[str]()

    def give_up(reason: str) -> None:
        failures.append(reason)
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    folder = DataFolder(arguments.data)
    folder.prepare()
    folder.lock("run")
    stores = Stores(
        folder,
        settings.mongodb.uri,
        settings.redis.uri,
        administration=Administration(),
        on_give_up=give_up,
    )
    try:
        carillon = Carillon(settings, await stores.start())
        try:
            await carillon.begin()
            await _say_welcome(arguments, carillon.app, folder)
            await serve(carillon, arguments.port, stopped)
        finally:
            await carillon.end()
    finally:
        await stores.stop()
        folder.unlock()
    for failure in failures:
        _complain(failure)
    return REFUSED if failures else DONE


async def _say_welcome(arguments: argparse.Namespace, app: App, folder: DataFolder) -> None:
    made = await welcome(app.accounts, folder.path) if arguments.welcome else None
    if made is not None:
        print(f"Made for a first look, also kept in {made.path}:\n{made.text}")  # noqa: T201


async def command(arguments: argparse.Namespace, settings: Settings) -> int:
    """Any other verb: on the stores of the server that runs on this folder, or on its own."""
    folder = DataFolder(arguments.data)
    uris = settings.mongodb.uri, settings.redis.uri
    stores = Stores(folder, *uris, administration=Administration())
    async with shared(folder, stores) as endpoints:
        carillon = Carillon(settings, endpoints)
        try:
            app = await carillon.begin()
            await carillon.broker.start(app.changes.hear_envelope, lambda: None)
            code: int = await COMMANDS[arguments.verb].run(arguments, app)
        finally:
            await carillon.end()
    return code


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="server.py", parents=[common_options()])
    top.set_defaults(data=Path("data"), config=None, json=False)
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    run_verb = verbs.add_parser("run", help="serve", parents=[common_options()])
    run_verb.add_argument("--port", type=int, metavar="N", help="0 chooses a free one")
    run_verb.add_argument(
        "--welcome", action="store_true", help="make first accounts on an empty data folder"
    )
    for module in COMMANDS.values():
        module.add_parser(verbs)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one verb; 0 done, 1 refused, 2 wrong use or configuration."""
    arguments = parser().parse_args(argv)
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        level=logging.INFO if arguments.verb == "run" else logging.WARNING,
    )
    verb = run if arguments.verb == "run" else command
    try:
        return asyncio.run(verb(arguments, load(arguments.config)))
    except SettingError as error:
        _complain(str(error))
        return WRONG_USE
    except (FolderError, StartError, Unavailable) as error:
        _complain(str(error))
        return REFUSED
    except KeyboardInterrupt:
        return REFUSED


def _complain(reason: str) -> None:
    print(f"carillon: {reason}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
