"""A soak: the same work over and over, and memory, file descriptors and tasks stay flat.

``SOAK_MINUTES=60`` is the long form (`make soak`); it prints a line a minute.
"""

import asyncio
import os
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chaos.callers import Caller
from tests.chaos.processes import Usage, usage
from tests.chaos.readers import Reader, following
from tests.chaos.seeds import SEED
from tests.chaos.ways import Events, Polls
from tests.chaos.wire import Socket
from tests.chaos.worlds import ADMIN, World
from tests.journeys.processes import Server
from tests.sites import until

MINUTES = float(os.environ.get("SOAK_MINUTES", "0.4"))
LIMIT_S = MINUTES * 60 + 220
PEOPLE = 20
AT_ONCE = 4
LEAST_ROUNDS = 9
MORE_MEMORY = 32 * 1024 * 1024  # an allocator takes in steps; a leak of the long form is far more
MORE_TASKS = 16  # those of the moment
MORE_FILES = MORE_THREADS = 16 if MINUTES >= 10 else 60  # pools fill to 48 in the first minutes
RING = {"CARILLON_LIVE_RING_BYTES": "262144"}  # full soon, then it stays


class WatchedServer(Server):
    """A server process whose tasks can be counted."""

    program = ("-m", "tests.chaos.watched_server")

    def tasks(self) -> int:
        return int(Path(self.cluster.more["WATCHED_TASKS"]).read_text() or 0)


@dataclass(frozen=True)
class Sample:
    """The process after a round."""

    usage: Usage
    tasks: int

    def __str__(self) -> str:
        one = self.usage
        return (
            f"{one.memory_bytes / 2**20:.1f} MiB, {one.files} files, "
            f"{one.threads} threads, {self.tasks} tasks"
        )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, WATCHED_TASKS=str(tmp_path / "tasks"), **RING)
    yield made
    made.stop()


class Rounds:
    """Everybody sends, reads and deletes; all are cut off."""

    def __init__(self, world: World, readers: Sequence[Reader]):
        self.world, self.readers = world, readers
        self.chance = random.Random(SEED)
        self.callers = [Caller(world.cluster.servers, self.chance) for _ in range(AT_ONCE)]
        self.number = 0

    async def one(self) -> None:
        self.number += 1
        await asyncio.gather(*(self._some(n) for n in range(AT_ONCE)))
        for reader in self.readers:
            reader.cut()

    async def _some(self, n: int) -> None:
        caller, people = self.callers[n], list(self.world.people.values())
        for who in people[n::AT_ONCE]:
            to = [one.id for one in self.chance.sample(people, 3) if one.id != who.id]
            body = {"content": f"round {self.number} " + "x" * 500, "recipient_ids": to}
            await self._done(caller, "POST", "/messages/send/", who.name, body)
            await self._empty(caller, who.name)

    async def empty_all(self) -> None:
        for name in self.world.people:
            await self._empty(self.callers[0], name)

    async def _empty(self, caller: Caller, name: str) -> None:
        who = self.world.people[name]
        for box, verb in (("", "delete"), ("sent/", "delete-sent")):
            ids = [one["id"] for one in await caller.listed(f"/messages/{box}", who)]
            if ids:
                await self._done(caller, "DELETE", f"/messages/{verb}/", name, {"message_ids": ids})

    async def _done(self, caller: Caller, verb: str, path: str, name: str, body: object) -> None:
        answered = await caller.until_answered(verb, path, self.world.people[name], body)
        assert answered.is_success, answered

    def close(self) -> None:
        for caller in self.callers:
            caller.close()


async def soak(rounds: Rounds, server: WatchedServer) -> list[Sample]:
    """Rounds for so long, and a look at the process after each."""
    samples: list[Sample] = []
    began = said = time.monotonic()
    while time.monotonic() - began < MINUTES * 60 or len(samples) < LEAST_ROUNDS:
        await rounds.one()
        samples.append(Sample(usage(server), server.tasks()))
        if time.monotonic() - said >= 60:
            said = time.monotonic()
            print(f"{(said - began) / 60:.0f} min, round {rounds.number}: {samples[-1]}")
    return samples


def thirds(values: Sequence[int]) -> tuple[float, float]:
    """The medians of the second third and of the last; the first is warming up."""
    third = len(values) // 3
    return statistics.median(values[third : 2 * third]), statistics.median(values[2 * third :])


@pytest.mark.timeout(LIMIT_S)
@pytest.mark.gen_test(timeout=LIMIT_S)
async def test_nothing_grows(world: World) -> None:
    print("seed", SEED)
    world.import_people([f"person{n}" for n in range(1, PEOPLE)])
    server = WatchedServer(world.cluster, 0)
    world.cluster.servers.append(server)
    await server.start()
    ways = (Socket, Events, Polls)
    readers = [
        Reader(person, [server], seed=SEED + person.id, ways=ways)
        for person in world.people.values()
        if person.name != ADMIN
    ]
    rounds = Rounds(world, readers)
    async with following(readers):
        try:
            samples = await soak(rounds, server)
            await rounds.empty_all()
            await until(lambda: not any(reader.items("message") for reader in readers), 30)
        finally:
            rounds.close()
    print(f"{rounds.number} rounds: {samples[0]}; in the end {samples[-1]}")
    for name, more, values in (
        ("memory", MORE_MEMORY, [one.usage.memory_bytes for one in samples]),
        ("files", MORE_FILES, [one.usage.files for one in samples]),
        ("threads", MORE_THREADS, [one.usage.threads for one in samples]),
        ("tasks", MORE_TASKS, [one.tasks for one in samples]),
    ):
        before, after = thirds(values)
        assert after <= before + more, (name, before, after)
    assert not any(reader.resets or reader.conflicts for reader in readers)
    assert world.complaints() == []
