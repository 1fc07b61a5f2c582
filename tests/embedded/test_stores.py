"""Both stores together: what is not configured is started, told, and stopped."""

import asyncio

import pytest
from redis.asyncio import Redis

from embedded.folder import DataFolder
from embedded.process import StartError
from embedded.stores import Endpoints, Stores
from tests.embedded.support import Driver, connect, processes, until


def stores(folder: DataFolder, mongodb: str | None = None, redis: str | None = None) -> Stores:
    return Stores(folder, mongodb, redis, administration=Driver(), on_give_up=pytest.fail)


@pytest.mark.gen_test
async def test_nothing_configured_starts_both(folder: DataFolder) -> None:
    ours = stores(folder)
    endpoints = await ours.start()
    async with connect(endpoints.mongodb_uri) as client:
        await client.admin.command("ping")
    async with Redis.from_url(endpoints.redis_uri) as redis:
        assert await redis.ping()
    other = stores(DataFolder(folder.path))
    assert other.find() == endpoints
    await other.stop()
    assert other.find() == endpoints
    async with asyncio.timeout(8):
        await ours.stop()
        await ours.stop()
    assert folder.read_endpoints() is None
    with pytest.raises(StartError, match="not up: try again"):
        other.find()


@pytest.mark.gen_test
async def test_what_is_configured_is_not_started(folder: DataFolder) -> None:
    ours = stores(folder, "mongodb://db.example/", "redis://cache.example/")
    assert await ours.start() == Endpoints("mongodb://db.example/", "redis://cache.example/")
    assert processes(folder.path) == []
    assert folder.read_endpoints() == {}
    await ours.stop()


@pytest.mark.gen_test
async def test_one_configured(folder: DataFolder) -> None:
    ours = stores(folder, "mongodb://db.example/")
    endpoints = await ours.start()
    assert endpoints.mongodb_uri == "mongodb://db.example/"
    assert folder.read_endpoints() == {"redis_uri": endpoints.redis_uri}
    await ours.stop()


@pytest.mark.gen_test
async def test_one_that_cannot_start_takes_the_other_with_it(folder: DataFolder) -> None:
    (folder.subfolder("redis") / "redis.sock").mkdir()
    with pytest.raises(StartError, match="^the embedded Redis cannot be started"):
        await stores(folder).start()
    assert processes(folder.path) == []
    assert folder.read_endpoints() is None


@pytest.mark.gen_test
async def test_a_cancelled_start_leaves_nothing(folder: DataFolder) -> None:
    starting = asyncio.create_task(stores(folder).start())
    await until(lambda: bool(processes(folder.path / "mongodb")))
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert processes(folder.path) == []
