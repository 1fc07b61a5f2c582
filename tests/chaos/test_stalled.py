"""Proof 6: one of many stops reading; nobody else notices, it costs little, and it catches up.

``STALLED_READERS=1000 STALLED_MB=100`` is the long form (`make stalled`).
"""

import asyncio
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.callers import Caller
from tests.chaos.processes import usage
from tests.chaos.readers import Reader, following
from tests.chaos.wire import Socket
from tests.chaos.worlds import ADMIN, World
from tests.journeys.devices import equals_lists, eventually
from tests.sites import Person, until

READERS = int(os.environ.get("STALLED_READERS", "60"))
MEGABYTES = int(os.environ.get("STALLED_MB", "6"))
IS_LONG = MEGABYTES >= 100
LARGE = 50_000  # bytes of a message to the stalled one; the kernel takes four megabytes of them
LARGES = MEGABYTES * 1_000_000 // LARGE
NOTICE_EVERY = max(1, LARGES // 30)
LIMIT_S, COMING_LIMIT_S = (1_500, 180) if IS_LONG else (240, 30)
MOST_UNSENT = 2 * 1024 * 1024
P99_MOVES, P99_SLACK_S = (1.1, 0.01) if IS_LONG else (3.0, 1.0)
SETTINGS = {
    "CARILLON_LIVE_MAX_UNSENT_BYTES": "262144",
    "CARILLON_LIVE_RING_BYTES": "1048576",  # so that it must read the feed
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, **SETTINGS)
    yield made
    made.stop()


class Traffic:
    """Large messages to one person, and every now and then a small notice to all."""

    def __init__(self, world: World, stalled: Person):
        self.world, self.stalled = world, stalled
        self.caller = Caller(world.cluster.servers, random.Random(1))
        self.asked_at: dict[str, float] = {}

    async def run(self, name: str) -> None:
        for n in range(LARGES):
            await self._send("/messages/send/", self.stalled, f"{name} {n} ".ljust(LARGE, "x"))
            if n % NOTICE_EVERY == 0:
                await self._send("/notices/send/", None, f"{name} notice {n}")

    async def _send(self, path: str, to: Person | None, content: str) -> None:
        admin = self.world.people[ADMIN]
        whom = {"audience": "everyone"} if to is None else {"recipient_ids": [to.id]}
        answered = await self.caller.until_answered(
            "POST", path, admin, {"content": content, **whom}, content[:50]
        )
        assert answered.is_success, answered
        self.asked_at[content] = answered.asked_s

    async def connection(self) -> dict[str, Any]:
        """What the server says of the stalled one's connection."""
        path, admin = f"/live/connections/?user={self.stalled.id}", self.world.people[ADMIN]
        answer = await self.caller.until_answered("GET", path, admin)
        (row,) = answer.reply.json["connections"]
        found: dict[str, Any] = row
        return found

    async def is_reading(self) -> bool:
        """Rows are written a little later than what they tell of."""
        return bool((await self.connection())["state"] == "reading")


def delays(traffic: Traffic, readers: list[Reader], name: str) -> list[float]:
    """From asking to each of these readers, for every notice of one part of the traffic."""
    at = traffic.asked_at
    return sorted(
        reader.arrived[kind, item] - at[content]
        for reader in readers
        for (kind, content), item in reader.ids.items()
        if content.startswith(f"{name} notice")
    )


@pytest.mark.timeout(LIMIT_S)
@pytest.mark.gen_test(timeout=LIMIT_S)
async def test_a_reader_that_stops_reading_costs_nobody_anything(world: World) -> None:
    await world.start([f"person{n}" for n in range(1, READERS + 1)], servers=1)
    (server,) = world.cluster.servers
    people = list(world.people.values())[:READERS]
    stalled = Reader(people[0], [server], receive_bytes=4_096)
    others = [Reader(person, [server], seed=person.id) for person in people[1:]]
    traffic = Traffic(world, people[0])
    async with following([stalled, *others], COMING_LIMIT_S):
        await traffic.run("before")
        await until(lambda: len(stalled.ids) == len(traffic.asked_at), 30)
        assert isinstance(stalled.line, Socket)
        stalled.line.stall()
        memory = usage(server).memory_bytes
        await traffic.run("meanwhile")
        assert await eventually(traffic.is_reading, 30)
        shown, row = len(stalled.ids), await traffic.connection()
        grown = usage(server).memory_bytes - memory
        stalled.line.flow()
        assert await eventually(equals_lists, 60, stalled, server)
        await asyncio.gather(*(_is_whole(reader, server) for reader in others[:5]))
    traffic.caller.close()
    before, meanwhile = delays(traffic, others, "before"), delays(traffic, others, "meanwhile")
    print(f"{shown} of {len(traffic.asked_at)} shown when it began to read again; {row}")
    print(f"grown by {grown / 2**20:.1f} MiB; p99 {p99(before):.3f}, then {p99(meanwhile):.3f} s")
    assert shown < len(traffic.asked_at) * 3 // 4, "it did stop"
    assert row["unsent_bytes"] <= MOST_UNSENT
    assert stalled.closes == [None], "nobody throws it out: it hung up in the end"
    assert len(meanwhile) == len(before) >= len(others) * 30
    assert p99(meanwhile) < P99_MOVES * p99(before) + P99_SLACK_S


async def _is_whole(reader: Reader, server: Any) -> None:
    assert await eventually(equals_lists, 30, reader, server)


def p99(delays: list[float]) -> float:
    return delays[len(delays) * 99 // 100]
