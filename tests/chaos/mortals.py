"""Processes in one loop that can die at any write, over a database and a bus that can fail them."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from typing import Any, TypeVar

from pymongo import errors

from models import database as stored
from models.database import Index
from push.broker import MemoryBroker
from tests.conftest import HandClock, StoreUris
from tests.services.houses import House

T = TypeVar("T")

WRITES = frozenset(
    {"insert_many", "update_one", "update_many", "replace_one", "delete_many"}
    | {"find_one_and_update", "bulk_write"}
)
DIE, FAIL, SLOW = "die", "fail", "slow"  # what happens at a write
SLOW_S = 12.0  # longer than the overlap
# A few events are much: connections lag, and rings are too short for those who come back.
SMALL = {"CARILLON_LIVE_MAX_UNSENT_BYTES": "300", "CARILLON_LIVE_RING_BYTES": "3000"}
_owner: contextvars.ContextVar["Mortal | None"] = contextvars.ContextVar("owner", default=None)


class Killed(BaseException):
    """The process ends here: nothing catches it, nothing after it runs."""


class Fate:
    """What will happen at the n-th write from now on; ``after``: once it is written."""

    def __init__(self, wall: HandClock):
        self.what, self.left, self.is_after = "", 0, False
        self.is_dead = asyncio.Event()
        self._wall = wall

    def plan(self, what: str, left: int, *, after: bool) -> None:
        self.what, self.left, self.is_after = what, left, after

    def alive(self) -> None:
        if self.is_dead.is_set():
            raise Killed

    async def around(self, write: Callable[[], Awaitable[T]]) -> T:
        """One write, unless something happens."""
        self.alive()
        is_due = self.what != "" and self.left <= 1
        self.left -= self.what != ""
        what, self.what = (self.what, "") if is_due else ("", self.what)
        if what and not self.is_after:
            self._strike(what)
        done = await write()
        self.alive()
        if what and self.is_after:
            self._strike(what)
        return done

    def _strike(self, what: str) -> None:
        if what == DIE:
            self.is_dead.set()
            raise Killed
        if what == FAIL:
            raise errors.AutoReconnect("the connection broke")
        self._wall.move(SLOW_S)


class Fated:
    """A Motor collection whose every call is subject to a fate."""

    def __init__(self, motor: Any, fate: Fate):
        self._motor, self._fate = motor, fate
        self.name = motor.name

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._motor, name)

        async def write(*args: Any, **kwargs: Any) -> Any:
            return await self._fate.around(lambda: real(*args, **kwargs))

        def read(*args: Any, **kwargs: Any) -> Any:
            self._fate.alive()
            return real(*args, **kwargs)

        return write if name in WRITES else read


class Indexed(stored.Collection):
    """A collection of a database whose indexes another process made."""

    async def ensure_indexes(self, indexes: Sequence[Index]) -> None:
        return


class LossyBroker(MemoryBroker):
    """Loses the next ``losing`` envelopes."""

    losing = 0

    def publish(
        self, envelope: bytes, users: Collection[int] | None = None
    ) -> asyncio.Future[bool]:
        if self.losing:
            self.losing -= 1
            lost: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            lost.set_result(False)
            return lost
        return super().publish(envelope, users)


class Mortal(House):
    """A `House` on a bus, whose tasks are known so that they can die with it."""

    def __init__(
        self,
        database: str,
        uris: StoreUris,
        wall: HandClock,
        bus: list[MemoryBroker],
        *,
        is_first: bool,
    ) -> None:
        super().__init__(database, uris, wall, **SMALL)
        self.wall, self.fate, self.link = wall, Fate(wall), LossyBroker(bus)
        self.tasks: set[asyncio.Task[Any]] = set()
        database_of_ours = self.carillon.database

        def collection(name: str) -> stored.Collection:
            kind = stored.Collection if is_first else Indexed
            return kind(
                Fated(database_of_ours._database[name], self.fate), database_of_ours.indexing
            )

        def make_broker(epoch: str) -> None:
            self.carillon.broker = self.link

        self.carillon.database.collection = collection  # type: ignore[method-assign]
        self.carillon._make_broker = make_broker  # type: ignore[method-assign]

    @property
    def is_dead(self) -> bool:
        return self.fate.is_dead.is_set()

    async def begin(self) -> None:
        await self.do(self._begin())

    async def _begin(self) -> None:
        await self.__aenter__()
        await self.link.start(self.changes.hearing.take, lambda: None)

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Work of this process; raises `Killed` when it dies meanwhile, with all its tasks."""
        if self.is_dead:
            work.close()
            raise Killed
        token = _owner.set(self)
        doing = asyncio.create_task(work)
        dying = asyncio.create_task(self.fate.is_dead.wait())
        _owner.reset(token)
        await asyncio.wait({doing, dying}, return_when=asyncio.FIRST_COMPLETED)
        if self.is_dead:
            await self.bury()
            raise Killed
        self.tasks.discard(dying)
        dying.cancel()
        return await doing

    async def bury(self) -> None:
        """Nothing of this process runs any more; may be called twice."""
        self.fate.is_dead.set()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.link.stop()
        await asyncio.to_thread(self.carillon.database.close)


def own_tasks(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T], **options: Any
) -> "asyncio.Task[T]":
    """A task factory that lets each process know its tasks."""
    task = asyncio.Task(work, loop=loop, **options)
    owner = _owner.get()
    if owner is not None:
        owner.tasks.add(task)
        task.add_done_callback(owner.tasks.discard)
    return task


def ignore_deaths(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A loop's exception handler: what a dead process's tasks raised concerns nobody."""
    if not isinstance(context.get("exception"), Killed):
        loop.default_exception_handler(context)
