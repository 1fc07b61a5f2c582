"""Two schedulers in processes of their own, killed again and again and started anew."""

import asyncio
import multiprocessing
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import TypeVar

from domain.errors import ProductError, Unavailable
from settings import Settings
from tests.conftest import StoreUris
from tests.jobs.scheduler import run
from tests.services.houses import House

KILLED_AFTER_S = (0.05, 0.5)
LOOK_S = 0.05  # often enough for the shortest of these, seldom enough for a slow database
MOST_ASKED = 20
STARTS_WITHIN_S = TAKES_WORK_WITHIN_S = 60.0

# What is imported once and forked is there at once, also where many others want the processor.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([run.__module__])


T = TypeVar("T")


async def answer(ask: Callable[[], Awaitable[T]], again: type[ProductError] = Unavailable) -> T:
    """What it answers; asked again, as clients do, while the database is away on a busy machine."""
    for _ in range(MOST_ASKED):
        try:
            return await ask()
        except (Unavailable, again):
            await asyncio.sleep(LOOK_S)
    return await ask()


@dataclass
class Scheduler:
    """One of them; it has a name once it runs."""

    process: ForkServerProcess
    says: Connection
    name: str = ""

    async def is_ready(self) -> None:
        """Wait until it says its name."""
        assert await asyncio.to_thread(self.says.poll, STARTS_WITHIN_S), "one did not start"
        self.name = self.says.recv()

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        self.says.close()


@dataclass
class Schedulers:
    """Processes that run what is due; a killed one is started again at once."""

    uris: StoreUris
    settings: Settings
    chance: random.Random
    all: list[Scheduler] = field(default_factory=list)
    kills: int = 0

    async def start(self) -> None:
        says, said = _FORKS.Pipe(duplex=False)
        process = _FORKS.Process(
            target=run, args=(self.uris, self.settings, self.chance.random(), said), daemon=True
        )
        process.start()
        said.close()
        started = Scheduler(process, says)
        self.all.append(started)
        await started.is_ready()

    async def kill_on(self, house: House) -> None:
        """Kill the one that has lived longest, a moment after it took work, and so on for ever."""
        while True:
            async with asyncio.timeout(TAKES_WORK_WITHIN_S):
                while not await self._has_work(house, self.all[0].name):  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_S)
            await asyncio.sleep(self.chance.uniform(*KILLED_AFTER_S))
            await self.kill_first()

    async def _has_work(self, house: House, name: str) -> bool:
        running = await answer(house.stores.jobs.running)
        return any(one.startswith(name) for one in running.values())

    async def kill_first(self) -> None:
        """Kill the one that has lived longest, and start another in its place."""
        self.all.pop(0).kill()
        self.kills += 1
        await self.start()

    def stop(self) -> None:
        for one in self.all:
            one.kill()
