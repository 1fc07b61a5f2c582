"""The broker over a Redis that is killed, cut, stopped and restarted."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from push.redis_broker import RedisBroker
from push.redis_listener import SILENCE_S
from push.redis_publisher import PUBLISH_LIMIT_S, QUEUE
from tests.conftest import free_port, start_redis, stop
from tests.push.links import over_redis, processes
from tests.sites import until

LOST = "lost the link to Redis"
A_WHILE_S = 0.25  # for a loaded machine


@dataclass
class Server:
    """A Redis of one test."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def uri(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.process = start_redis(self.folder, self.port)

    def kill(self) -> None:
        stop(self.process)

    def stand_still(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def command(self, *words: str) -> Any:
        with redis.Redis(port=self.port) as client:
            return client.execute_command(*words)

    def clients(self) -> int:
        """Connections beside the one that asks."""
        with redis.Redis(port=self.port) as client:
            return len(client.client_list()) - 1


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    port = free_port()
    made = Server(tmp_path, port, start_redis(tmp_path, port))
    yield made
    made.go_on()
    made.kill()


@pytest.mark.gen_test
@pytest.mark.expects_log(LOST)
async def test_a_redis_that_was_killed_is_linked_again_within_a_second(server: Server) -> None:
    async with processes(over_redis(server.uri), 2) as (one, two):
        server.kill()
        await until(lambda: not one.broker.is_linked)
        began = time.monotonic()
        assert await one.publish(b"lost") == [False]
        assert time.monotonic() - began < 2 * PUBLISH_LIMIT_S + A_WHILE_S
        server.start()
        began = time.monotonic()
        await until(lambda: one.broker.is_linked and two.broker.is_linked)
        assert time.monotonic() - began < 1 + A_WHILE_S
        assert (one.linked, two.linked) == (2, 2)
        assert await one.publish(b"found") == [True]
        await until(lambda: two.heard == [b"found"])


@pytest.mark.gen_test
@pytest.mark.expects_log(LOST)
async def test_a_link_that_was_cut_is_made_again(server: Server) -> None:
    async with processes(over_redis(server.uri)) as (one,):
        server.command("CLIENT", "KILL", "TYPE", "pubsub")
        await until(lambda: one.linked == 2, 1 + A_WHILE_S)
        assert await one.publish(b"a") == [True]
        await until(lambda: one.heard == [b"a"])


@pytest.mark.gen_test
async def test_a_publisher_that_was_cut_comes_back_by_itself(server: Server) -> None:
    async with processes(over_redis(server.uri)) as (one,):
        server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

        async def is_taken() -> None:
            while not (await one.publish(b"a"))[0]:
                pass

        await asyncio.wait_for(is_taken(), 1)
        await until(lambda: one.heard == [b"a"])
        assert one.linked == 1


@pytest.mark.gen_test
async def test_each_users_news_is_heard_once_in_order_over_his_channel(redis_uri: str) -> None:
    async with processes(over_redis(redis_uri, 4), 2) as (one, two):
        said = [(user, b"%d %d" % (user, n)) for n in range(200) for user in range(6)]
        taken = [one.broker.publish(envelope, (user,)) for user, envelope in said]
        assert all(await asyncio.gather(*taken))
        await until(lambda: len(two.heard) == len(said))
        for user in range(6):
            own = [envelope for envelope in two.heard if envelope.startswith(b"%d " % user)]
            assert own == [envelope for other, envelope in said if other == user]
        await one.broker.publish(b"to all")
        await until(lambda: len(two.heard) == len(said) + 4)


@pytest.mark.gen_test(timeout=15)
@pytest.mark.expects_log(LOST)
async def test_a_channel_that_falls_silent_is_a_dead_link(server: Server) -> None:
    """Its own heartbeat is missing on one channel of several: that one leads elsewhere."""
    async with processes(over_redis(server.uri, 2)) as (one,):
        (channel,) = [name for name in server.command("PUBSUB", "CHANNELS") if name.endswith(b":1")]
        broker = one.broker
        assert isinstance(broker, RedisBroker)
        began = time.monotonic()
        broker._channels = (broker._channels[0],)  # nothing is said on the other any more
        await until(lambda: not broker.is_linked)
        assert time.monotonic() - began < SILENCE_S + 2 * A_WHILE_S
        broker._channels = (broker._channels[0], channel.decode())
        await until(lambda: broker.is_linked)


@pytest.mark.gen_test(timeout=15)
@pytest.mark.expects_log(LOST)
async def test_a_redis_that_stands_still_holds_nobody_up(server: Server) -> None:
    async with processes(over_redis(server.uri)) as (one,):
        server.stand_still()
        began = time.monotonic()
        futures = [one.broker.publish(b"%d" % n) for n in range(2_000)]
        assert time.monotonic() - began < A_WHILE_S
        answers = await asyncio.gather(*futures)
        assert not any(answers)
        assert time.monotonic() - began < 2 * PUBLISH_LIMIT_S + A_WHILE_S
        await until(lambda: not one.broker.is_linked)
        assert time.monotonic() - began < SILENCE_S + A_WHILE_S
        server.go_on()
        began = time.monotonic()
        await until(lambda: one.broker.is_linked)
        assert time.monotonic() - began < 1.5 + A_WHILE_S
        one.heard.clear()
        assert await one.publish(b"again") == [True]
        await until(lambda: one.heard[-1:] == [b"again"])


@pytest.mark.gen_test
async def test_stopping_while_redis_stands_still_takes_no_longer_than_its_limits(
    server: Server,
) -> None:
    async with processes(over_redis(server.uri)) as (one,):
        server.stand_still()
        left = one.broker.publish(b"left")
        began = time.monotonic()
        await one.broker.stop()
        assert time.monotonic() - began < 2 * PUBLISH_LIMIT_S + A_WHILE_S
        assert left.result() is False


@pytest.mark.gen_test
async def test_a_process_may_start_before_its_redis(server: Server) -> None:
    server.kill()
    broker = RedisBroker(server.uri, process="p", channels=("c",))
    await broker.start(lambda envelope: None, lambda: None)
    try:
        assert not broker.is_linked
        assert await broker.publish(b"a") is False
        server.start()
        await until(lambda: broker.is_linked, 1 + A_WHILE_S)
    finally:
        await broker.stop()


@pytest.mark.gen_test
async def test_a_queue_that_is_full_drops_at_once(redis_uri: str) -> None:
    broker = RedisBroker(redis_uri, process="p", channels=("c",))
    waiting = [broker.publish(b"a") for _ in range(QUEUE)]
    assert not any(future.done() for future in waiting)
    assert await broker.publish(b"one too many") is False
    await broker.stop()
    assert [future.result() for future in waiting] == [False] * QUEUE


@pytest.mark.gen_test
async def test_envelopes_of_one_moment_go_out_in_one_pipeline(server: Server) -> None:
    async with processes(over_redis(server.uri)) as (one,):
        reads = server_reads(server)
        assert all(await one.publish(*[b"%d" % n for n in range(400)]))
        assert server_reads(server) - reads < 40


def server_reads(server: Server) -> int:
    with redis.Redis(port=server.port) as client:
        return int(client.info("stats")["total_reads_processed"])


@pytest.mark.gen_test
async def test_no_connection_is_left(server: Server) -> None:
    async with processes(over_redis(server.uri), 2):
        assert server.clients() >= 4
    await until(lambda: server.clients() == 0)


@pytest.mark.gen_test
async def test_two_installations_share_a_redis_without_hearing_each_other(redis_uri: str) -> None:
    async with (
        processes(over_redis(redis_uri)) as (ours,),
        processes(over_redis(redis_uri)) as (theirs,),
    ):
        await ours.publish(b"a")
        await theirs.publish(b"b")
        await until(lambda: ours.heard == [b"a"] and theirs.heard == [b"b"])
