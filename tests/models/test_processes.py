"""The processes of an installation: living, leaving, being declared gone, being forgotten."""

from collections.abc import Iterator
from typing import Any

import pytest

from models.database import Database
from models.processes import Presence, Processes


@pytest.fixture
def processes(io_loop: Any, mongodb_uri: str, database_name: str) -> Iterator[Processes]:
    async def begin() -> Database:
        return Database(mongodb_uri, database_name)

    database = io_loop.run_sync(begin)
    yield Processes(database)
    io_loop.run_sync(database.drop)
    database.close()


def _names(found: list[Presence]) -> list[str]:
    return sorted(one.process for one in found)


@pytest.mark.gen_test
async def test_a_process_lives_until_it_said_and_longer_when_it_renews(
    processes: Processes,
) -> None:
    assert await processes.begin("a", 10, 1.5)
    assert await processes.begin("b", 20)
    assert _names(await processes.alive(10)) == ["a", "b"]
    assert (_names(await processes.alive(11)), _names(await processes.gone(11))) == (["b"], ["a"])
    assert await processes.renew("a", 30, {"port": 8000}, lease_s=3.0)
    assert await processes.renew("a", 30, lease_s=4.5)
    assert await processes.renew("b", 30, {"port": 8001})
    found = {one.process: one for one in await processes.alive(30)}
    assert found["a"] == Presence("a", 30, 4.5, facts={"port": 8000})
    assert found["b"].facts == {"port": 8001}
    assert await processes.gone(30) == []


@pytest.mark.gen_test
async def test_a_name_is_used_once_and_renewed_only_while_it_is_there(
    processes: Processes,
) -> None:
    assert await processes.begin("a", 10)
    assert not await processes.begin("a", 20)
    assert not await processes.renew("b", 20)
    await processes.end("a")
    await processes.end("a")
    assert await processes.all() == []
    assert not await processes.renew("a", 20)


@pytest.mark.gen_test
async def test_who_was_declared_gone_never_renews(processes: Processes) -> None:
    await processes.begin("a", 10)
    [seen] = await processes.all()
    assert await processes.declare_gone(seen)
    assert not await processes.declare_gone(seen), "one of many does it"
    assert not await processes.renew("a", 20)
    assert await processes.alive(0) == []
    assert _names(await processes.gone(0)) == ["a"]


@pytest.mark.gen_test
async def test_who_renewed_meanwhile_is_not_declared_gone(processes: Processes) -> None:
    await processes.begin("a", 10)
    [seen] = await processes.all()
    assert await processes.renew("a", 11)
    assert not await processes.declare_gone(seen)
    assert await processes.renew("a", 12)


@pytest.mark.gen_test
async def test_those_that_are_gone_are_forgotten_the_others_not(processes: Processes) -> None:
    for name, until in [("old", 9), ("edge", 10), ("slow", 9)]:
        await processes.begin(name, until)
    for seen in await processes.all():
        assert seen.process == "slow" or await processes.declare_gone(seen)
    assert await processes.forget(10) == 1
    assert _names(await processes.all()) == ["edge", "slow"]
