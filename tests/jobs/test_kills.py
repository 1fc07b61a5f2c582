"""Two schedulers, one killed again and again after it took work, their clocks set again and again.

Thousands of sends and recurring occurrences, in the short form some dozens: each once, none
missing; of an edit or cancellation and a send's leaving one is true (hole H6). New ones are made
as old ones leave, so that both have work, and are killed, through the whole run.
`make job-kills` is the long form. The seed is printed; `TEST_SEED` repeats a run.
"""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest

from domain.clock import SECOND
from domain.errors import Conflict, NotFound, Unavailable
from domain.items import MESSAGE
from domain.jobs import DEAD, RUNNING, WAITING
from domain.records import Key
from domain.send_times import SendTime
from models.processes import Processes
from services.inbox import Sending
from services.scheduled import Edit
from tests.conftest import HandClock, StoreUris
from tests.jobs.scheduler import TICK
from tests.jobs.schedulers import Schedulers, answer
from tests.seeds import SEED
from tests.services.houses import House

SENDS = int(os.environ.get("JOB_KILLS", "30"))
KILLS = max(2, SENDS // 100)  # when there were fewer by then, there are more sends
AT_ONCE = 10  # sends that are made together,
CHAINS_EVERY = 4  # and with each fourth such lot a chain of
OCCURRENCES = 8  # recurring ones,
EVERY_US = SECOND  # so far apart
MOST_OPEN = 60  # that wait or run
DUE_WITHIN_S = (0.5, 2.0)
LOOK_S = 0.2
LIMIT_S = 120 + SENDS * 0.3
MEDDLED = 3  # one send of so many is edited or cancelled about when it leaves
CALENDAR = {"alerts.recover", "alerts.tidy", "alerts.digest_due"}  # one of each always waits


@pytest.fixture
def stores(store_uris: StoreUris) -> StoreUris:
    """Those of the run, or with `JOB_KILLS_MONGODB` another server of MongoDB's protocol."""
    return StoreUris(os.environ.get("JOB_KILLS_MONGODB") or store_uris.mongodb, store_uris.redis)


@asynccontextmanager
async def _killed(uris: StoreUris, house: House) -> AsyncIterator[Schedulers]:
    """Two schedulers, of which one is killed again and again until the block ends."""
    made = Schedulers(uris, house.carillon.settings, random.Random(SEED))
    killing: asyncio.Task[None] | None = None
    try:
        await asyncio.gather(made.start(), made.start())
        killing = asyncio.create_task(made.kill_on(house))
        yield made
    finally:
        try:
            if killing is not None:
                killing.cancel()
                with suppress(asyncio.CancelledError):
                    await killing
        finally:
            made.stop()


class Town:
    """A house that schedules and meddles, and what it may expect."""

    def __init__(self, house: House, chance: random.Random):
        self.house, self.chance = house, chance
        self.expected: Counter[str] = Counter()
        self.unknown: set[int] = set()
        self.sends = self.chains = self.lost = self.won = 0

    async def begin(self) -> None:
        self.alice, self.bob = await self.house.user("alice"), await self.house.user("bob")

    async def live(self, schedulers: Schedulers) -> None:
        """Schedule, and meddle with it, until there were enough sends and enough kills."""
        async with asyncio.TaskGroup() as meddling:
            while self.sends < SENDS or schedulers.kills < KILLS:
                if await self._open() < MOST_OPEN:
                    for number, scheduled, at in await self._schedule_some():
                        if number % MEDDLED == 0:
                            meddling.create_task(self._meddle(number, scheduled, at))
                await asyncio.sleep(LOOK_S)
        nothing = 0
        while nothing < 2:  # what passes from one state to another is not seen by every look
            nothing = 0 if await self._open() else nothing + 1
            await asyncio.sleep(LOOK_S)

    async def _open(self) -> int:
        """How many jobs wait or run."""
        jobs = self.house.stores.jobs
        rows = await answer(partial(jobs.listed, state=WAITING))
        rows += await answer(partial(jobs.listed, state=RUNNING))
        return len({row.key for row in rows if row.kind not in CALENDAR})

    async def _schedule_some(self) -> list[tuple[int, int, int]]:
        """A lot of sends: the number, the id and the time of each; and perhaps a chain."""
        if self.sends % (AT_ONCE * CHAINS_EVERY) == 0:
            await self._begin_chain()
        numbers = range(self.sends, self.sends + AT_ONCE)
        self.sends += AT_ONCE
        return list(await asyncio.gather(*map(self._schedule, numbers)))

    async def _begin_chain(self) -> None:
        body = {"of": self.chains, "number": 0, "last": OCCURRENCES - 1, "every_us": EVERY_US}
        jobs, at = self.house.stores.jobs, self._soon()
        await answer(lambda: jobs.add(f"tick:{self.chains}:0", TICK, at, body))
        self.chains += 1

    def _soon(self) -> int:
        return time.time_ns() // 1_000 + int(self.chance.uniform(*DUE_WITHIN_S) * SECOND)

    async def _schedule(self, number: int) -> tuple[int, int, int]:
        sending = Sending(
            sender=self.alice,
            content=f"m{number}",
            wanted=[self.bob.id],
            key=Key(self.alice.id, "POST", "/messages/send/", f"{number}"),
            is_later=True,
        )
        at, add = self._soon(), self.house.app.scheduled.add
        outcome = await answer(lambda: add(MESSAGE, sending, lambda: SendTime(at)), Conflict)
        self.expected[f"m{number}"] = 1
        return number, int(str(outcome.answer["id"])), at

    async def _meddle(self, number: int, scheduled: int, at: int) -> None:
        """Edit or cancel it at about the moment when it leaves."""
        await asyncio.sleep(max(0.0, at / SECOND - time.time() + self.chance.uniform(-0.5, 1.5)))
        is_edit = self.chance.random() < 0.5
        sends = self.house.app.scheduled
        try:
            if is_edit:
                await sends.edit(self.alice, scheduled, Edit(content=f"e{number}"))
            else:
                await sends.cancel(self.alice, scheduled)
        except (Conflict, NotFound):
            self.lost += 1
            return
        except Unavailable:
            self.unknown.add(number)
            return
        self.won += 1
        del self.expected[f"m{number}"]
        if is_edit:
            self.expected[f"e{number}"] = 1

    async def received(self) -> Counter[str]:
        copies = await self.house.stores.deliveries.listed(
            self.bob.id, MESSAGE, is_read=None, since=None, until=None
        )
        return Counter(copy["content"] for copy in copies)


@pytest.mark.timeout(LIMIT_S + 60)
@pytest.mark.gen_test(timeout=LIMIT_S + 60)
@pytest.mark.expects_log("is left to be settled")  # the machine may be busy
async def test_each_once_and_none_missing_whoever_is_killed(
    stores: StoreUris, database_name: str
) -> None:
    print(f"TEST_SEED={SEED}")
    most = {"CARILLON_INBOX_SCHEDULED_PER_USER": "1000000"}
    began_s = time.monotonic()
    async with House(database_name, stores, _WALL, **most) as house:
        town = Town(house, random.Random(SEED))
        await town.begin()
        async with _killed(stores, house) as schedulers, asyncio.timeout(LIMIT_S):
            await town.live(schedulers)
        await _check(house, town)
        print(
            f"{town.sends} sends, {town.chains * OCCURRENCES} occurrences in "
            f"{time.monotonic() - began_s:.0f} s, {schedulers.kills} kills, "
            f"{await _taken_over(house)} jobs taken over, {await _lost(house)} leases lost, "
            f"{town.won} edits and cancellations came first, {town.lost} came too late"
        )
        await house.carillon.database.drop()


async def _check(house: House, town: Town) -> None:
    """Everything came once, as it was last edited; nothing that was cancelled came."""
    received = await town.received()
    for number in town.unknown:
        for content in (f"m{number}", f"e{number}"):
            assert received.pop(content, 0) <= 1
            town.expected.pop(content, None)
    assert received - town.expected == Counter(), "came though it should not, or twice"
    assert town.expected - received == Counter(), "is missing"
    ticks = await house.carillon.database.collection("ticks").find({})
    seen = Counter((one["of"], one["number"]) for one in ticks)
    assert seen == Counter((of, n) for of in range(town.chains) for n in range(OCCURRENCES))
    assert await house.app.scheduled.listed(town.alice) == []  # the first thousand of it
    assert await house.stores.jobs.listed(state=DEAD) == []


async def _taken_over(house: House) -> int:
    rows = await house.carillon.database.collection("jobs").find({}, projection=["deaths"])
    return sum(one["deaths"] for one in rows)


async def _lost(house: House) -> int:
    """How often a process that lived lost its lease: it goes on as ``name.2`` and so on."""
    return sum("." in one.process for one in await Processes(house.carillon.database).all())


class _Wall(HandClock):
    """The host's clock."""

    def __call__(self) -> int:
        return time.time_ns() // 1_000


_WALL = _Wall()
