"""Inserts that come together are one command; each caller hears of his own documents alone."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from domain.errors import OutcomeUnknown, TooLarge
from models import gathering
from models.database import Database, Duplicate
from models.gathering import MOST_DOCUMENTS, Gatherer
from tests.commands_sent import Commands

LARGEST = {"_id": 8, "text": "x" * 17 * 2**20}


@pytest.mark.gen_test
async def test_what_comes_meanwhile_goes_out_together(mongodb_uri: str, database_name: str) -> None:
    commands = Commands()
    database = Database(mongodb_uri, database_name, listeners=[commands])
    things = database.collection("things")
    await things.insert({"_id": "taken"})
    commands.sent.clear()

    async def one(n: int) -> str:
        try:
            await things.insert({"_id": "taken" if n % 10 == 3 else n})
        except Duplicate:
            return "duplicate"
        return "stored"

    results = await asyncio.gather(*(one(n) for n in range(50)))
    assert results == ["duplicate" if n % 10 == 3 else "stored" for n in range(50)]
    assert commands.names == ["insert"] * len(commands.names)
    assert len(commands.names) <= 3
    assert await things.count({}) == 46
    missing = [{"_id": 1}, {"_id": 100}, {"_id": 2}, {"_id": 101}]
    assert await things.insert_missing(missing) == 2
    assert await things.insert_missing([]) == 0
    database.close()


@pytest.mark.gen_test
async def test_who_waits_for_several_inserts_hears_what_any_refused(
    mongodb_uri: str, database_name: str
) -> None:
    commands = Commands()
    database = Database(mongodb_uri, database_name, listeners=[commands])
    things, others = database.collection("things"), database.collection("others")
    for _ in range(2):  # what is there already is no refusal
        some = [things.begin_insert([{"_id": n}]) for n in range(3)]
        await asyncio.gather(*some, others.begin_insert([{"_id": 7}]), others.begin_insert([]))
    assert commands.names == ["insert"] * 4
    assert (await things.count({}), await others.count({})) == (3, 1)
    with pytest.raises(TooLarge):
        await asyncio.gather(things.begin_insert([{"_id": 9}]), others.begin_insert([LARGEST]))
    await database.idle()
    assert await things.get(9) is not None
    database.close()


@pytest.mark.gen_test
async def test_a_failure_is_told_to_all_that_went_with_it_and_to_nobody_else() -> None:
    fails = [False]
    batches: list[int] = []

    async def insert_all(documents: Sequence[dict[str, Any]]) -> dict[int, Exception]:
        batches.append(len(documents))
        await asyncio.sleep(0)
        if fails[0]:
            fails[0] = False
            raise OutcomeUnknown
        return {}

    gatherer = Gatherer(insert_all)
    first = gatherer.insert([{"_id": 0}])
    await asyncio.sleep(0)
    fails[0] = True
    rest = [gatherer.insert([{"_id": n}]) for n in range(1, 4)]
    results = await asyncio.gather(first, *rest, return_exceptions=True)
    assert [type(one) for one in results] in (
        [dict, *[OutcomeUnknown] * 3],
        [OutcomeUnknown, dict, dict, dict],
    )
    assert await gatherer.insert([{"_id": 9}]) == {}
    assert sum(batches) == 5


@pytest.mark.gen_test
async def test_a_refusal_is_raised_for_its_own_caller_unless_it_was_there_already() -> None:
    async def insert_all(documents: Sequence[dict[str, Any]]) -> dict[int, Exception]:
        return {1: Duplicate({"_id": 1}), 2: TooLarge()}

    gatherer = Gatherer(insert_all)
    begun = [gatherer.insert([{"_id": 0}, {"_id": 1}]), gatherer.insert([{"_id": 2}])]
    results = await asyncio.gather(*begun, return_exceptions=True)
    known: Any = results[0]
    assert list(known) == [1]
    assert isinstance(results[1], TooLarge)


@pytest.mark.gen_test
async def test_a_command_is_bounded() -> None:
    sizes: list[int] = []

    async def insert_all(documents: Sequence[dict[str, Any]]) -> dict[int, Exception]:
        sizes.append(len(documents))
        await asyncio.sleep(0)
        return {}

    gatherer = Gatherer(insert_all)
    await asyncio.gather(*(gatherer.insert([{}] * 400) for _ in range(10)))
    assert sum(sizes) == 4_000
    assert max(sizes) <= MOST_DOCUMENTS


@pytest.mark.gen_test
async def test_a_crowd_waits_for_others_and_who_is_alone_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes: list[int] = []

    async def insert_all(documents: Sequence[dict[str, Any]]) -> dict[int, Exception]:
        sizes.append(len(documents))
        return {}

    monkeypatch.setattr(gathering, "STEP_S", 60.0)
    gatherer = Gatherer(insert_all)
    for crowd in (1, 1, 3):
        await asyncio.gather(*(gatherer.insert([{}]) for _ in range(crowd)))
    monkeypatch.setattr(gathering, "STEP_S", 0.2)
    first = gatherer.insert([{}])
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.gather(first, gatherer.insert([{}]))
    assert sizes == [1, 1, 3, 2]


@pytest.mark.gen_test
async def test_changes_that_come_meanwhile_go_out_together(
    mongodb_uri: str, database_name: str
) -> None:
    commands = Commands()
    database = Database(mongodb_uri, database_name, listeners=[commands])
    things = database.collection("things")
    await things.insert_missing([{"_id": n, "is_free": n != 3, "by": []} for n in range(5)])
    commands.sent.clear()

    async def one(n: int) -> None:
        change: object = {"$addToSet": {"by": n}} if n % 2 else [{"$set": {"by": [n]}}]
        await things.change({"_id": n, "is_free": True}, change)  # type: ignore[arg-type]

    await asyncio.gather(*map(one, range(5)))
    assert commands.names == ["update"]
    found = await things.find({}, sort=[("_id", 1)])
    assert [row["by"] for row in found] == [[0], [1], [2], [], [4]]
    results = await asyncio.gather(
        things.change({"_id": 0}, {"$set": {"by": "first"}}),
        things.change({"_id": 1}, {"$addToSet": {"_id": 1}}),
        things.change({"_id": 2}, {"$set": {"by": "third"}}),
        return_exceptions=True,
    )
    assert [type(one).__name__ for one in results] == ["NoneType", "WriteError", "NoneType"]
    found = await things.find({}, sort=[("_id", 1)])
    assert [row["by"] for row in found] == ["first", [1], "third", [], [4]]
    await database.drop()
    database.close()
