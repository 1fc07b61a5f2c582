"""Holes that no other test closes; and every proof and hole of the README's tables has its test."""

import asyncio
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.clock import SECOND
from models.counters import Counters
from models.database import Database
from push.broker import MemoryBroker
from services.inbox import READ, UNREAD
from services.patience import Patience
from tests.commands_sent import Commands
from tests.conftest import HandClock, StoreUris
from tests.services.houses import House
from tests.sites import until

TABLES = Path(__file__).with_name("README.md")
ROOT = Path(__file__).parents[2]


def rows() -> Iterator[tuple[str, list[str]]]:
    """(what the first cell says, the tests that the row names)."""
    for line in TABLES.read_text().splitlines():
        first = re.match(r"\| \*\*(.+?)\*\*", line)
        if first:
            yield first[1], re.findall(r"`([\w/]+\.py::\w+)`", line)


def test_every_proof_and_every_hole_has_a_test() -> None:
    found = dict(rows())
    assert list(found) == [*map(str, range(1, 9)), *(f"H{n}" for n in range(1, 18))]
    for name, tests in found.items():
        assert tests, name
        for test in tests:
            file, _, function = test.partition("::")
            assert f"def {function}(" in (ROOT / "tests" / file).read_text(), (name, test)


@pytest.mark.gen_test
async def test_an_item_only_rises_also_on_a_process_whose_clock_is_behind(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    """Hole H7 (a): else who reads by revision would keep what was overtaken."""
    ahead = HandClock(hand_clock.at + 8 * SECOND)
    async with (
        House(database_name, store_uris, hand_clock) as behind,
        House(database_name, store_uris, ahead) as first,
    ):
        alice, bob = await first.user("alice"), await first.user("bob")
        sent = await first.send(alice, "hello", bob)
        (copy,) = await copies(behind, bob.id)
        before = sent.revision
        for version, fields in ((2, READ), (3, UNREAD), (4, READ)):
            await behind.inbox.mark(bob, ["message"], [copy["_id"]], fields)
            (copy,) = await copies(behind, bob.id)
            assert copy["version"] == version
            assert copy["revision"] > before
            before = copy["revision"]


async def copies(house: House, user: int) -> list[dict[str, Any]]:
    return await house.stores.deliveries.listed(
        user, "message", is_read=None, since=None, until=None
    )


@pytest.mark.gen_test
async def test_what_is_acknowledged_stays_and_only_that_is_read(
    store_uris: StoreUris, database_name: str
) -> None:
    """Hole H5 (b, c): a primary that is replaced takes back nothing that was accepted or told."""
    commands = Commands()
    database = Database(store_uris.mongodb, database_name, listeners=[commands])
    records = database.collection("live_records")
    await records.insert({"_id": 1})
    await records.update_all({"_id": 1}, {"$set": {"a": 1}})
    await records.find({"_id": 1})
    await Counters(database).copies.take()
    await database.drop()
    database.close()
    for name, _, body in commands.sent:
        if name in ("insert", "update", "findAndModify"):
            asked = body["writeConcern"]
            assert (asked["w"], asked["j"]) == ("majority", True)
            assert asked["wtimeout"] > 0
        elif name == "find":
            assert body["readConcern"]["level"] == "majority"
    assert {"insert", "update", "find", "findAndModify"} <= set(commands.names)


class Withheld(MemoryBroker):
    """One that takes an envelope when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[asyncio.Future[bool]] = []

    def publish(
        self, envelope: bytes, users: Collection[int] | None = None
    ) -> asyncio.Future[bool]:
        self.asked.append(asyncio.get_running_loop().create_future())
        return self.asked[-1]


@pytest.mark.gen_test
async def test_an_answer_waits_for_the_broker_and_not_for_long(
    store_uris: StoreUris,
    database_name: str,
    hand_clock: HandClock,
) -> None:
    """Hole H9 (a): else a sender's second message, by another process, could overtake his first."""
    async with House(database_name, store_uris, hand_clock) as house:
        alice, bob = await house.user("alice"), await house.user("bob")
        broker = house.changes._broker = Withheld()
        house.heard.clear()
        house.changes._patience = Patience(60.0)
        sending = asyncio.create_task(house.send(alice, "first", bob))
        await until(lambda: broker.asked)
        assert house.heard, "here it is told meanwhile"
        assert not sending.done()
        broker.asked[0].set_result(True)
        await sending
        house.changes._patience = Patience(0.01)
        async with asyncio.timeout(10):
            await house.send(alice, "second", bob)
        assert not broker.asked[1].done()
        broker.asked[1].set_result(False)
