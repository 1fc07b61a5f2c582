"""The parts of one process: up, down again, after a failure at any step, and twice."""

import asyncio
import logging
import time

import pytest

import carillon as process
from carillon import Carillon, wall_us
from domain.errors import Unavailable
from embedded.process import StartError
from embedded.stores import Endpoints
from models import database
from models.meta import Meta
from models.migrations import VERSION
from models.records import Records
from models.users import NewUser
from services.accounts import Accounts
from services.app import App
from services.changes import Changes
from services.mailboxes import Stores
from settings import SettingError
from tests.conftest import StoreUris, free_port, settings_for


def _carillon(uris: StoreUris, name: str) -> Carillon:
    return Carillon(settings_for(name), Endpoints(uris.mongodb, uris.redis))


def _tasks() -> set[str]:
    return {task.get_name() for task in asyncio.all_tasks()} - {_own()}


def _own() -> str:
    task = asyncio.current_task()
    assert task is not None
    return task.get_name()


def test_the_time_is_the_hosts() -> None:
    assert abs(wall_us() / 1_000_000 - time.time()) < 5


@pytest.mark.gen_test
async def test_up_and_down_leaves_nothing_behind(store_uris: StoreUris, database_name: str) -> None:
    before, carillon = _tasks(), _carillon(store_uris, database_name)
    await carillon.begin()
    await carillon.start_loops()
    assert "look" in _tasks()
    await carillon.database.drop()
    await carillon.end()
    await carillon.end()
    assert _tasks() == before


@pytest.mark.gen_test
async def test_several_may_begin_at_once_on_an_empty_database(
    store_uris: StoreUris, database_name: str
) -> None:
    """One epoch, every system group once, every index there, whoever comes first."""
    several = [_carillon(store_uris, database_name) for _ in range(6)]
    apps = await asyncio.gather(*(one.begin() for one in several))
    assert len({app.live.feed.epoch for app in apps}) == 1
    groups = [group["name"] for group in await apps[0].accounts.store.groups.all()]
    assert len(groups) == len(set(groups)) > 0
    made = await asyncio.gather(*(_add(app, f"u{n}") for n, app in enumerate(apps)))
    assert len(set(made)) == len(several), "ids are given once"
    names = await asyncio.gather(*(_add(app, "same") for app in apps), return_exceptions=True)
    assert sum(isinstance(one, int) for one in names) == 1, "the unique index is there for all"
    await several[0].database.drop()
    for one in several:
        await one.end()


async def _add(app: App, name: str) -> int:
    return await app.accounts.add(NewUser(name))


@pytest.mark.gen_test
async def test_it_may_be_ended_before_it_began(store_uris: StoreUris, database_name: str) -> None:
    await _carillon(store_uris, database_name).end()


@pytest.mark.parametrize(
    ("part", "step"),
    [
        (Meta, "epoch"),
        (Records, "ensure_indexes"),
        (Stores, "ensure_indexes"),
        (Accounts, "begin"),
        (Changes, "begin"),
    ],
)
@pytest.mark.gen_test
async def test_it_may_be_ended_after_any_failure(
    store_uris: StoreUris,
    database_name: str,
    part: type,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_: object) -> None:
        raise Unavailable from OSError("no way there (configured timeouts: 3 s), Timeout: 3 s")

    monkeypatch.setattr(part, step, fail)
    before, carillon = _tasks(), _carillon(store_uris, database_name)
    with pytest.raises(StartError, match="^the database cannot be used: no way there$"):
        await carillon.begin()
    await carillon.database.drop()
    await carillon.end()
    assert _tasks() == before


@pytest.mark.gen_test
async def test_a_database_that_is_away_is_one_line(
    redis_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SELECTION_LIMIT_MS", 200)
    port = free_port()
    uris = StoreUris(f"mongodb://carillon:hush@127.0.0.1:{port}", redis_uri)
    carillon = _carillon(uris, "x")
    with pytest.raises(StartError) as caught:
        await carillon.begin()
    assert str(caught.value).startswith(f"the database cannot be used: 127.0.0.1:{port}: ")
    assert "\n" not in str(caught.value)
    assert "hush" not in str(caught.value)
    await carillon.end()


@pytest.mark.gen_test
async def test_data_of_a_newer_program_are_refused_and_left_alone(
    store_uris: StoreUris, database_name: str
) -> None:
    carillon = _carillon(store_uris, database_name)
    newer = {"_id": "schema", "version": 99, "since": 98, "by": None, "beat": 0}
    await carillon.database.collection("meta").insert(newer)
    with pytest.raises(StartError) as caught:
        await carillon.begin()
    assert str(caught.value) == (
        "the database cannot be used: its data are of version 99, which this program cannot read: "
        f"it knows up to {VERSION}; start the newer program, or restore an older backup"
    )
    assert await carillon.database._database.list_collection_names() == ["meta"]
    await carillon.database.drop()
    await carillon.end()


@pytest.mark.gen_test
async def test_a_redis_that_cannot_be_named_is_a_wrong_setting(
    mongodb_uri: str, database_name: str
) -> None:
    carillon = _carillon(StoreUris(mongodb_uri, "radish://:hush@x"), database_name)
    with pytest.raises(SettingError, match="^redis.uri: not a Redis URI$"):
        await carillon.begin()
    await carillon.database.drop()
    await carillon.end()


@pytest.mark.gen_test
@pytest.mark.expects_log("what was done last is left to be settled")
async def test_a_database_that_left_is_not_waited_for(
    store_uris: StoreUris, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "SETTLE_LIMIT_S", 0.05)
    for failure in (Unavailable(), None):
        carillon = _carillon(store_uris, database_name)
        app = await carillon.begin()

        async def settle(failure: Exception | None = failure) -> None:
            if failure is not None:
                raise failure
            await asyncio.sleep(60)

        monkeypatch.setattr(app.changes, "settle", settle)
        began = time.monotonic()
        await carillon.database.drop()
        await carillon.end()
        assert time.monotonic() - began < 2


@pytest.mark.gen_test
@pytest.mark.expects_log("not everything could be ended in time")
async def test_what_does_not_end_is_left_and_the_rest_ends(
    store_uris: StoreUris, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "END_LIMIT_S", 0.1)
    carillon = _carillon(store_uris, database_name)
    await carillon.begin()
    await carillon.database.drop()
    ended: list[bool] = []
    carillon._undo.callback(ended.append, True)
    carillon._undo.push_async_callback(asyncio.sleep, 60)
    await carillon.end()
    assert ended == [True]


def test_nothing_is_logged_when_it_is_only_imported() -> None:
    assert logging.getLogger("carillon").handlers == []
