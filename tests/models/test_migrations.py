"""Data of every earlier version become today's: by one of several, cut off anywhere, once."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models.database import Database, Index
from models.migrations import FIRST, SCHEMA, STEPS, VERSION, Migrations, Step, WrongVersion
from models.records import Records
from tests.sites import until

EARLIER = Path(__file__).parent / "earlier"


@pytest.fixture
def database(io_loop: Any, mongodb_uri: str, database_name: str) -> Iterator[Database]:
    made = Database(mongodb_uri, database_name)
    yield made
    io_loop.run_sync(made.drop)
    made.close()


async def store(database: Database, version: int) -> None:
    """Put in what a program of this version left: documents and indexes."""
    left = json.loads((EARLIER / f"version{version}.json").read_text())
    for name, documents in left["documents"].items():
        for one in documents:
            if "expires" in one:
                one["expires"] = datetime.fromtimestamp(one["expires"], UTC)
        await database.collection(name).insert_missing(documents)
    for name, indexes in left["indexes"].items():
        made = [
            Index(tuple((k, n) for k, n in one["keys"]), expire_after_s=one.get("expire_after_s"))
            for one in indexes
        ]
        await database.collection(name)._motor.create_indexes([one.model() for one in made])


async def indexes(database: Database, name: str) -> set[str]:
    return set(await database.collection(name)._motor.index_information())


async def schema(database: Database) -> dict[str, Any]:
    found = await database.collection("meta").find_one({"_id": SCHEMA})
    assert found is not None
    return found


def test_every_step_leads_from_one_version_to_the_next() -> None:
    assert [one.version for one in STEPS] == list(range(FIRST + 1, VERSION + 1))
    kept = {path.stem for path in EARLIER.glob("*.json")}
    assert kept == {f"version{version}" for version in range(FIRST, VERSION)}


@pytest.mark.gen_test
async def test_an_empty_database_is_of_todays_version(database: Database) -> None:
    await Migrations(database, "p").run()
    newest = max(one.version for one in STEPS if not one.is_additive)
    assert await schema(database) == {
        "_id": SCHEMA,
        "version": VERSION,
        "since": newest,
        "by": None,
        "beat": 0,
    }


@pytest.mark.gen_test
async def test_data_without_a_version_are_of_the_first(database: Database) -> None:
    await store(database, FIRST)
    records = Records(database)
    before = await records.open_heads(2**60)
    assert {one.id for one in before} == {"open", "done", "dead"}  # how version 2 misreads them
    await asyncio.gather(*(Migrations(database, f"p{n}").run() for n in range(3)))
    assert (await schema(database))["version"] == VERSION
    assert [one.id for one in await records.open_heads(2**60)] == ["open"]
    assert (await records.get("done")).answer == {"id": 7}  # type: ignore[union-attr]
    assert await indexes(database, "live_records") == {"_id_", "revision_1"}
    assert await indexes(database, "jobs") == {"_id_", "state_1_due_at_1"}
    await Migrations(database, "later").run()
    assert (await schema(database))["by"] is None


def steps(log: list[str], *, is_additive: bool = True) -> list[Step]:
    """Steps that write down what they do: all but the first are slow."""

    async def begin(database: Database) -> None:
        log.append("2")

    async def count(database: Database) -> None:
        rows = database.collection("rows")
        for row in await rows.find({"done": False}):
            if await rows.update({"_id": row["_id"], "done": False}, {"$set": {"done": True}}):
                log.append(f"row {row['_id']}")
            await asyncio.sleep(0.05)

    return [Step(2, "begin", begin, True), Step(3, "count", count, is_additive)]


@pytest.mark.gen_test
async def test_what_was_cut_off_is_taken_over_and_goes_on(database: Database) -> None:
    await database.collection("meta").insert({"_id": "epoch", "value": "e"})
    rows = database.collection("rows")
    await rows.insert_missing([{"_id": n, "done": False} for n in range(8)])
    log: list[str] = []
    first = Migrations(database, "first", steps=steps(log), lease_s=0.6)
    running = asyncio.create_task(first.run())
    await until(lambda: len(log) >= 4)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (await schema(database))["by"] == "first"
    with pytest.raises(WrongVersion, match="process first has been migrating for 0.1 s"):
        await Migrations(database, "hasty", steps=steps(log), lease_s=60).run(wait_s=0.1)
    second, third = (Migrations(database, p, steps=steps(log), lease_s=0.6) for p in "23")
    await asyncio.gather(second.run(), third.run())
    assert sorted(log) == ["2", *(f"row {n}" for n in range(8))]  # each once
    assert (await schema(database))["version"] == 3


@pytest.mark.gen_test
async def test_who_lives_is_not_taken_over(database: Database) -> None:
    await database.collection("meta").insert({"_id": "epoch", "value": "e"})
    await database.collection("rows").insert_missing([{"_id": n, "done": False} for n in range(20)])
    log: list[str] = []
    two = [Migrations(database, p, steps=steps(log), lease_s=0.5) for p in "ab"]
    await asyncio.gather(*(one.run() for one in two))
    assert sorted(log) == sorted(["2", *(f"row {n}" for n in range(20))])
    assert (await schema(database))["beat"] > 2  # it beat, so it lived


@pytest.mark.gen_test
async def test_newer_data_are_used_if_they_may_be_and_else_refused(database: Database) -> None:
    await Migrations(database, "new", steps=steps([])).run()
    await Migrations(database, "old", steps=steps([])[:1]).run()
    await database.drop()
    await Migrations(database, "new", steps=steps([], is_additive=False)).run()
    with pytest.raises(WrongVersion, match="of version 3, which this program cannot read"):
        await Migrations(database, "old", steps=steps([])[:1]).run()
    assert (await schema(database))["version"] == 3


@pytest.mark.gen_test
async def test_on_what_is_there_only_unique_indexes_are_made_before_serving(
    database: Database,
) -> None:
    plain, unique = Index((("a", 1),)), Index((("b", 1),), unique=True)
    await database.collection("new").ensure_indexes([plain])
    assert await indexes(database, "new") == {"_id_", "a_1"}
    database.indexing._there = {"old", "new"}
    await database.collection("old").insert({"_id": 1, "a": 1, "b": 1})
    await database.collection("old").ensure_indexes([plain, unique])
    await database.collection("new").ensure_indexes([plain])
    assert (await indexes(database, "old"), database.indexing.missing) == ({"_id_", "b_1"}, 1)
    assert database.indexing.declared == {"new": ["a_1"], "old": ["a_1", "b_1"]}
    await database.build_indexes()
    assert (await indexes(database, "old"), database.indexing.missing) == (
        {"_id_", "a_1", "b_1"},
        0,
    )
