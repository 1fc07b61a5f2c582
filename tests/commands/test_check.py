"""What `check` says: everything it looks at, and each thing that can be wrong."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

import server
from carillon import Carillon, wall_us
from domain.findings import FAILED, OK, WARNING
from embedded.stores import Endpoints
from models.migrations import VERSION, Schema, too_new
from services.checkup import check_database, check_redis
from tests.conftest import StoreUris, free_port, settings_for

HOST = ["settings", "folder", "disk", "files", "port"]
DATABASE = ["mongodb", "data", "epoch", "indexes", "clock"]


class Clock:
    """One that is off."""

    def __init__(self, off_s: int):
        self._off_s = off_s

    def wall(self) -> int:
        return wall_us() + self._off_s * 1_000_000


class Check:
    """Runs the verb here with --json; the exit status, and (state, text) by name."""

    def __init__(self, capsys: pytest.CaptureFixture[str], data: Path):
        self._capsys, self._data = capsys, data

    def __call__(self) -> tuple[int, dict[str, tuple[str, str]]]:
        code = server.main(["check", "--json", "--data", str(self._data)])
        out, err = self._capsys.readouterr()
        assert err == ""
        said = json.loads(out)
        assert said["ok"] is (code == 0)
        return code, {one["name"]: (one["state"], one["text"]) for one in said["checks"]}


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Check:
    return Check(capsys, tmp_path / "data")


@pytest.fixture(autouse=True)
def _port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARILLON_SERVER_PORT", "0")


def test_before_the_first_start_there_is_nothing_wrong(check: Check, tmp_path: Path) -> None:
    code, found = check()
    assert (code, list(found)) == (0, [*HOST, "mongodb", "redis"])
    assert found["mongodb"] == (OK, "embedded: the first start makes it")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_is_2(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARILLON_SERVER_PORTS", "1")
    line = "CARILLON_SERVER_PORTS: there is no such setting"
    assert check() == (2, {"settings": (FAILED, line)})


def test_a_taken_port_and_stores_that_are_away(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = free_port()
    monkeypatch.setenv("CARILLON_MONGODB_URI", f"mongodb://u:hush@127.0.0.1:{away}/")
    monkeypatch.setenv("CARILLON_REDIS_URI", f"redis://:hush@127.0.0.1:{away}")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("CARILLON_SERVER_PORT", str(port))
        code, found = check()
    line = f"cannot listen on 127.0.0.1:{port}: Address already in use"
    assert (code, found["port"]) == (1, (FAILED, line))
    assert found["mongodb"][0] == FAILED
    assert found["mongodb"][1].startswith("the database cannot be used: 127.0.0.1:")
    assert found["redis"][0] == WARNING
    assert "hush" not in str(found)


def test_a_folder_that_is_none(check: Check, tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    code, found = check()
    assert (code, found["folder"]) == (1, (FAILED, f"{tmp_path / 'data'} cannot be written to"))


@pytest.mark.gen_test
async def test_what_is_wrong_with_the_data(store_uris: StoreUris, database_name: str) -> None:
    async def found() -> dict[str, Any]:
        rows = await check_database(store_uris.mongodb, database_name, wall_us)
        assert [one.name for one in rows] == DATABASE
        return {one.name: (one.state, one.text) for one in rows}

    assert (await found())["data"] == (OK, "none yet: the first start makes them")
    uris = Endpoints(store_uris.mongodb, store_uris.redis)
    carillon = Carillon(settings_for(database_name), uris)
    await carillon.begin()
    seen = await found()
    assert {state for state, _ in seen.values()} == {OK}, seen
    database = carillon.database
    await database.collection("jobs").drop_indexes(["state_1_due_at_1"])
    meta = database.collection("meta")
    await meta.update({"_id": "schema"}, {"$set": {"version": 1}})
    seen = await found()
    assert seen["indexes"][0] == WARNING
    assert "jobs.state_1_due_at_1" in seen["indexes"][1]
    assert seen["data"][1].startswith("of version 1: the next start migrates them to ")
    await meta.update({"_id": "schema"}, {"$set": {"version": 99, "since": 99}})
    seen = await found()
    assert seen["data"] == (FAILED, too_new(Schema(99, 99), VERSION))
    assert await meta.find_one({"_id": "schema"}, ["version"]) == {"_id": "schema", "version": 99}
    await database.drop()
    await carillon.end()


@pytest.mark.gen_test
async def test_clocks_that_differ(store_uris: StoreUris, database_name: str) -> None:
    for off_s, state in ((0, OK), (-3, WARNING), (3600, FAILED)):
        clock = Clock(off_s)
        rows = await check_database(store_uris.mongodb, database_name, clock.wall)
        assert [one.state for one in rows if one.name == "clock"] == [state]


@pytest.mark.gen_test
async def test_a_redis_that_is_there(redis_uri: str) -> None:
    assert (await check_redis(redis_uri)).state == OK
    assert (await check_redis("radish://:hush@x")).text == "redis.uri: not a Redis URI"
