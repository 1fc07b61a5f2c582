"""Is it alive, may it be sent requests: with both stores, without one, while leaving."""

import asyncio
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import StoreUris, free_port, settings_for, start_redis, stop
from tests.sites import Site, until

SLACK_S = 1.0  # what a busy machine may add to times that are promised
OK = {"database": "ok", "redis": "ok"}


async def _ready(site: Site) -> tuple[int, Any]:
    answer = await site.request("GET", "/health/ready")
    return answer.status, answer.json


async def _seconds_until(site: Site, status: int, payload: Any) -> float:
    """How long it took until this was answered."""
    start = time.monotonic()
    async with asyncio.timeout(10):
        while await _ready(site) != (status, payload):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return time.monotonic() - start


@pytest.fixture
def patient_link() -> None:
    """It is not, here: when the silence of Redis is noticed is what is tested."""


@pytest.mark.gen_test
async def test_alive_and_ready_without_credentials(site: Site) -> None:
    answer = await site.request("GET", "/health/live")
    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert await _ready(site) == (200, {"status": "ok", "checks": OK})
    for path in ("/health/live", "/health/ready"):
        head = await site.request("HEAD", path)
        assert (head.status, head.body) == (200, b"")
        assert (await site.request("POST", path, body={})).status == 401


@pytest.mark.gen_test
async def test_a_server_that_leaves_is_not_ready_but_alive(site: Site) -> None:
    site.app.live.is_draining = True
    payload = {"status": "unavailable", "checks": {**OK, "draining": "failed"}}
    assert await _ready(site) == (503, payload)
    assert (await site.request("GET", "/health/live")).status == 200


@pytest.mark.gen_test(timeout=30)
@pytest.mark.expects_log("lost the link to Redis")
async def test_without_redis_it_is_degraded_and_soon_well_again(
    mongodb_uri: str, tmp_path: Path, database_name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "carillon.broker")
    port = free_port()
    redis = start_redis(tmp_path, port)
    uris = StoreUris(mongodb_uri, f"redis://127.0.0.1:{port}/0")
    degraded = {"status": "degraded", "checks": {**OK, "redis": "failed"}}
    linked, lost = "linked to Redis", "lost the link to Redis"

    def said() -> list[str]:
        return [record.getMessage().partition(":")[0] for record in caplog.records]

    try:
        async with Site(settings_for(database_name), uris) as site:
            stop(redis)
            assert await _seconds_until(site, 200, degraded) < 3 + SLACK_S
            redis = start_redis(tmp_path, port)
            assert await _seconds_until(site, 200, {"status": "ok", "checks": OK}) < 1 + SLACK_S
            redis.send_signal(signal.SIGSTOP)  # it dies silently: nothing is closed
            assert await _seconds_until(site, 200, degraded) < 3 + SLACK_S
            await until(lambda: said() == [linked, lost, linked, lost])  # others may notice first
            redis.send_signal(signal.SIGCONT)
            assert await _seconds_until(site, 200, {"status": "ok", "checks": OK}) < 1 + SLACK_S
    finally:
        stop(redis)
    assert said() == [linked, lost, linked, lost, linked]


@pytest.mark.gen_test(timeout=40)
@pytest.mark.expects_log("is not heard of over Redis")
async def test_processes_at_different_redis_servers_are_degraded(
    store_uris: StoreUris, tmp_path: Path, database_name: str
) -> None:
    """Each hears itself, and neither the other (hole H15)."""
    port = free_port()
    redis = start_redis(tmp_path, port)
    elsewhere = StoreUris(store_uris.mongodb, f"redis://127.0.0.1:{port}/0")
    degraded = {"status": "degraded", "checks": {**OK, "redis": "failed"}}
    try:
        async with Site(settings_for(database_name), store_uris) as one:
            async with Site(settings_for(database_name), elsewhere) as two:
                for site in (one, two):
                    await _seconds_until(site, 200, degraded)
                    assert site.carillon.broker.is_linked
                alice, bob = await one.people("alice", "bob")
                socket = await two.socket(bob)
                await one.send(alice, "it arrives all the same", bob)
                assert (await socket.change())["item"]["content"] == "it arrives all the same"
                await socket.close()
            await _seconds_until(one, 200, {"status": "ok", "checks": OK})
    finally:
        stop(redis)


class Gate:
    """A way to a server that can be shut: who is inside is cut off, who comes is refused."""

    def __init__(self, port: int):
        self.port, self._target = free_port(), port
        self._writers: set[asyncio.StreamWriter] = set()
        self._inside: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._let_in, "127.0.0.1", self.port)

    async def shut(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._inside)
        await self._server.wait_closed()

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._inside.add(task)
        back, forth = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, forth}
        await asyncio.gather(_pass_on(reader, forth), _pass_on(back, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
    writer.close()


@pytest.mark.gen_test(timeout=30)
@pytest.mark.expects_log(" fails: ")
async def test_without_the_database_it_is_not_ready_until_that_is_back(
    store_uris: StoreUris, database_name: str
) -> None:
    gate = Gate(urlsplit(store_uris.mongodb).port or 0)
    uri = f"mongodb://127.0.0.1:{gate.port}/?retryWrites=false&directConnection=true"
    away = {"status": "unavailable", "checks": {**OK, "database": "failed"}}
    await gate.open()
    async with Site(settings_for(database_name), StoreUris(uri, store_uris.redis)) as site:
        alice = await site.person("alice")
        await gate.shut()
        refused = site.request("GET", "/messages/", alice)
        took_s, answer = await asyncio.gather(_seconds_until(site, 503, away), refused)
        assert took_s < 4 + SLACK_S
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert (await site.request("GET", "/health/live")).status == 200
        seeds = await site.request("GET", "/api/health/", alice)  # nobody's token can be looked up
        assert (seeds.status, seeds.json["up"]) == (503, False)
        assert seeds.json["result"]["database"] == "Inaccessible"
        await gate.open()
        assert await _seconds_until(site, 200, {"status": "ok", "checks": OK}) < 4 + SLACK_S
        assert (await site.request("GET", "/messages/", alice)).json == []
    await gate.shut()
