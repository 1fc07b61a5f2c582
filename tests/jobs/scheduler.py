"""A scheduler to be killed: all parts of a process but its web, on a clock that jumps."""

import asyncio
import random
import time
from multiprocessing.connection import Connection

import jobs.loops
from carillon import Carillon
from domain.clock import SECOND, Clock
from domain.jobs import Job, Kind
from embedded.stores import Endpoints
from jobs.kinds import kinds
from models.database import Database
from services.app import App
from settings import Settings
from tests.conftest import StoreUris

TICK = "test.tick"
JUMP_EVERY_S = 0.7
LONGEST_JUMP_S = 20.0


class JumpingClock:
    """Wall time as a host has it whose clock is set again and again, forwards and back."""

    def __init__(self, seed: float):
        self._chance, self._offset_us, self._next_s = random.Random(seed), 0, 0.0

    def __call__(self) -> int:
        if time.monotonic() > self._next_s:
            self._next_s = time.monotonic() + JUMP_EVERY_S
            if self._chance.random() < 0.5:
                self._offset_us = int(self._chance.uniform(-1, 1) * LONGEST_JUMP_S * SECOND)
        return time.time_ns() // 1_000 + self._offset_us


class Ticks:
    """A recurring job: each occurrence is noted, and adds the next, both under its key."""

    def __init__(self, carillon: Carillon, database: Database):
        self._jobs = carillon._stores.jobs
        self._ticks, self._runs = database.collection("ticks"), database.collection("runs")

    async def tick(self, job: Job) -> None:
        of, number, last, every_us = (job.body[key] for key in ("of", "number", "last", "every_us"))
        assert isinstance(number, int)
        assert isinstance(last, int)
        assert isinstance(every_us, int)
        await self._runs.insert({"_id": f"{job.key}:{job.fence}"})
        await self._ticks.insert_missing([{"_id": job.key, "of": of, "number": number}])
        if number < last:
            body = {**job.body, "number": number + 1}
            await self._jobs.add(f"tick:{of}:{number + 1}", TICK, job.due_at + every_us, body)


def run(uris: StoreUris, settings: Settings, seed: float, said: Connection) -> None:
    """Run in a process of its own until that is killed; say its name when it works."""
    asyncio.run(_run(uris, settings, seed, said))


async def _run(uris: StoreUris, settings: Settings, seed: float, said: Connection) -> None:
    carillon = Carillon(settings, Endpoints(uris.mongodb, uris.redis))
    carillon.clock = Clock(JumpingClock(seed))
    await carillon.begin()
    ticks = Ticks(carillon, carillon.database)

    def with_ticks(app: App) -> dict[str, Kind]:
        return {**kinds(app), TICK: Kind(ticks.tick)}

    vars(jobs.loops)["kinds"] = with_ticks
    await carillon.start_loops()
    said.send(carillon.process)
    await asyncio.Event().wait()
