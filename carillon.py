"""One process, taken up and down in order; its parts are made in composition.py."""

import asyncio
import logging
import os
import time
from contextlib import AsyncExitStack, suppress

from commands.leaving import in_thread
from composition import Composition, Ground
from domain.clock import Clock
from domain.errors import Unavailable
from domain.fresh_ids import fresh_id
from embedded.process import StartError
from embedded.stores import Endpoints
from jobs.loops import Loops
from jobs.periodic import Periodic
from models.database import EMBEDDED_MOST_KEYS, MOST_KEYS, Database
from models.failures import reason
from models.meta import Meta
from models.migrations import Migrations, WrongVersion
from models.processes import Processes
from push.broker import Broker
from push.neighbours import Neighbours
from push.redis_broker import RedisBroker
from services.app import App
from services.seeing import Seeing
from services.spans import NoExporter
from settings import SettingError, Settings

log = logging.getLogger("carillon")

HEARD_AT_START_S = 60.0
JOBS_LIMIT_S = 5.0
INDEXES_PAUSE_S = 3_600.0  # there are none to be built but at a start
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
        self.process = f"{os.getpid()}-{fresh_id()[:8]}"
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
            app = self.app = self._compose(await Meta(self.database).epoch())
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

    def _compose(self, epoch: str) -> App:
        self._make_broker(epoch)
        ground = Ground(
            settings=self.settings,
            clock=self.clock,
            database=self.database,
            broker=self.broker,
            redis_uri=self._redis_uri,
            seeing=self.seeing,
            epoch=epoch,
            process=self.process,
            undo=self._undo,
        )
        made = Composition(ground)
        made.connect()
        self._records, self._stores = made.records, made.stores
        return made.app()

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
        await self.broker.start(self.app.changes.hearing.take, loops.look_now)

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
