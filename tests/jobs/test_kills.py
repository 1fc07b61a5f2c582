"""Two schedulers, one killed again and again after it took work, their clocks set again and again.

Thousands of sends and recurring occurrences, in the short form some hundred: each once, none
missing; of an edit or cancellation and a send's leaving one is true (hole H6).
`make job-kills` is the long form. The seed is printed; `TEST_SEED` repeats a run.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from domain.clock import SECOND
from domain.errors import Conflict, NotFound, OutcomeUnknown
from domain.items import MESSAGE
from domain.send_times import SendTime
from services.inbox import Sending
from services.scheduled import Edit
from tests.conftest import HandClock, StoreUris
from tests.jobs.scheduler import TICK
from tests.seeds import SEED
from tests.services.houses import House

ROOT = Path(__file__).parents[2]
SENDS = int(os.environ.get("JOB_KILLS", "30"))
RECURRING = max(3, SENDS // 40)
OCCURRENCES = 8
SPREAD_S = max(3.0, SENDS / 40)
LIMIT_S = 120 + SENDS * 0.3
KILLED_AFTER_S = (0.05, 0.5)
MEDDLED = 3  # one send of so many is edited or cancelled about when it leaves
WORKERS_STATE = ("waiting", "running")
CALENDAR = {"alerts.recover", "alerts.tidy", "alerts.digest_due"}  # one of each always waits


@dataclass
class Schedulers:
    """Two processes; a killed one is started again at once."""

    uris: StoreUris
    database: str
    chance: random.Random
    processes: list[tuple[subprocess.Popen[bytes], str]] = field(default_factory=list)
    kills: int = 0

    async def start(self) -> None:
        words = [self.uris.mongodb, self.uris.redis, self.database, str(self.chance.random())[2:9]]
        program = [sys.executable, "-m", "tests.jobs.scheduler", *words]
        process = subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE)
        assert process.stdout is not None
        name = (await asyncio.to_thread(process.stdout.readline)).decode().strip()
        assert name, "a scheduler did not start"
        self.processes.append((process, name))

    async def kill_one(self, house: House) -> None:
        """Kill one that has taken work, a moment later, and start another in its place."""
        process, name = self.processes.pop(0)
        async with asyncio.timeout(20):
            while not await self._works(house, name):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await asyncio.sleep(self.chance.uniform(*KILLED_AFTER_S))
        process.send_signal(signal.SIGKILL)
        _reap(process)
        self.kills += 1
        await self.start()

    async def _works(self, house: House, name: str) -> bool:
        running = await house.stores.jobs.running()
        idle = await house.stores.jobs.is_idle(time.time_ns() // 1_000)
        return idle or any(one.startswith(name) for one in running.values())

    def stop(self) -> None:
        for process, _ in self.processes:
            process.kill()
            _reap(process)


def _reap(process: subprocess.Popen[bytes]) -> None:
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


@asynccontextmanager
async def _running(uris: StoreUris, database: str, seed: int) -> AsyncIterator[Schedulers]:
    made = Schedulers(uris, database, random.Random(seed))
    try:
        await asyncio.gather(made.start(), made.start())
        yield made
    finally:
        made.stop()


class Town:
    """A house that schedules and meddles, and what it may expect."""

    def __init__(self, house: House, chance: random.Random):
        self.house, self.chance = house, chance
        self.expected: Counter[str] = Counter()
        self.unknown: set[str] = set()
        self.lost = self.won = 0

    async def begin(self) -> None:
        self.alice, self.bob = await self.house.user("alice"), await self.house.user("bob")
        start = time.time_ns() // 1_000 + 2 * SECOND
        for of in range(RECURRING):
            every_us = int(SPREAD_S / OCCURRENCES * SECOND)
            body = {"of": of, "number": 0, "last": OCCURRENCES - 1, "every_us": every_us}
            await self.house.stores.jobs.add(f"tick:{of}:0", TICK, start, body)
        at = [start + int(self.chance.uniform(0, SPREAD_S) * SECOND) for _ in range(SENDS)]
        self.ids = list(await asyncio.gather(*(self._schedule(n, one) for n, one in enumerate(at))))
        self.at = at

    async def _schedule(self, number: int, at: int) -> int:
        sending = Sending(
            sender=self.alice, content=f"m{number}", wanted=[self.bob.id], is_later=True
        )
        outcome = await self.house.app.scheduled.add(MESSAGE, sending, lambda: SendTime(at))
        self.expected[f"m{number}"] = 1
        return int(str(outcome.answer["id"]))

    async def meddle(self) -> None:
        """Edit and cancel some of them at about the moment when they leave."""
        await asyncio.gather(*(self._meddle(n) for n in range(0, SENDS, MEDDLED)))

    async def _meddle(self, number: int) -> None:
        due_s = self.at[number] / SECOND - time.time()
        await asyncio.sleep(max(0.0, due_s + self.chance.uniform(-0.5, 1.5)))
        scheduled = self.house.app.scheduled
        is_edit = self.chance.random() < 0.5
        try:
            if is_edit:
                await scheduled.edit(self.alice, self.ids[number], Edit(content=f"e{number}"))
            else:
                await scheduled.cancel(self.alice, self.ids[number])
        except (Conflict, NotFound):
            self.lost += 1
            return
        except OutcomeUnknown:
            self.unknown.add(f"{number}")
            return
        self.won += 1
        del self.expected[f"m{number}"]
        if is_edit:
            self.expected[f"e{number}"] = 1

    async def is_over(self) -> bool:
        jobs = self.house.stores.jobs
        rows = [row for state in WORKERS_STATE for row in await jobs.listed(state=state)]
        return all(row.kind in CALENDAR for row in rows)

    async def received(self) -> Counter[str]:
        copies = await self.house.stores.deliveries.listed(
            self.bob.id, MESSAGE, is_read=None, since=None, until=None
        )
        return Counter(copy["content"] for copy in copies)


@pytest.mark.timeout(LIMIT_S + 60)
@pytest.mark.gen_test(timeout=LIMIT_S + 60)
async def test_each_once_and_none_missing_whoever_is_killed(
    store_uris: StoreUris, database_name: str
) -> None:
    print(f"TEST_SEED={SEED}")
    chance = random.Random(SEED)
    most = {"CARILLON_INBOX_SCHEDULED_PER_USER": "1000000"}
    async with House(database_name, store_uris, _WALL, **most) as house:
        town = Town(house, chance)
        async with _running(store_uris, database_name, SEED) as schedulers:
            await town.begin()
            meddling = asyncio.create_task(town.meddle())
            async with asyncio.timeout(LIMIT_S):
                while schedulers.kills < 2 or not await town.is_over():
                    await schedulers.kill_one(house)
                await meddling
                while not await town.is_over():  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            received = await town.received()
        await _check(house, town, received)
        print(
            f"{SENDS} sends, {RECURRING * OCCURRENCES} occurrences, {schedulers.kills} kills, "
            f"{town.won} edits and cancellations came first, {town.lost} came too late"
        )
        await house.carillon.database.drop()


async def _check(house: House, town: Town, received: Counter[str]) -> None:
    """Everything came once, as it was last edited; nothing that was cancelled came."""
    for number in town.unknown:
        for content in (f"m{number}", f"e{number}"):
            assert received.pop(content, 0) <= 1
            town.expected.pop(content, None)
    assert received - town.expected == Counter(), "came though it should not, or twice"
    assert town.expected - received == Counter(), "is missing"
    ticks = await house.carillon.database.collection("ticks").find({})
    seen = Counter((one["of"], one["number"]) for one in ticks)
    assert seen == Counter((of, n) for of in range(RECURRING) for n in range(OCCURRENCES))
    left = await house.app.scheduled.listed(town.alice)  # the first thousand of it
    assert left == []
    dead: list[Any] = await house.stores.jobs.listed(state="dead")
    assert dead == []


class _Wall(HandClock):
    """The host's clock."""

    def __call__(self) -> int:
        return time.time_ns() // 1_000


_WALL = _Wall()
