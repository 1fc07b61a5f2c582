"""Redis behind sentinels: whoever is master is found, also after a failover."""

import socket
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from push.redis_clients import redis_client
from push.tallies import RedisTallies
from tests.conftest import free_port
from tests.push.guarded import GuardedRedis, guarded_redis
from tests.push.links import over_redis, processes
from tests.sites import until


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedRedis]:
    with guarded_redis(tmp_path / "redis") as made:
        yield made


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Somebody takes connections here and answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.parametrize(
    "uri",
    [
        "redis+sentinel://a:1,b:2",  # no name of a master
        "redis+sentinel:///carillon",
        "redis+sentinel://a:1,/carillon",
        "redis+sentinel://a:one/carillon",
        "redis+sentinel://a/carillon/0",
        "redis+sentinel://a/carillon?db=one",
        "redis+sentinel://a/carillon?no_such=option",
        "redis://a/0?no_such=option",
        "sentinel://a/carillon",
        "cache",
    ],
)
def test_what_is_no_uri_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match=".+"):
        redis_client(uri, connect_s=1, answer_s=1)


def test_an_address_has_its_parts() -> None:
    uri = "rediss+sentinel://ann:p%40ss@one,[::1]:5,two:6/house?db=3&sentinel_password=x&ssl_cert_reqs=none"
    pool = redis_client(uri, connect_s=1, answer_s=None).connection_pool
    of_master = pool.connection_kwargs
    asked = [one.connection_pool.connection_kwargs for one in pool.sentinel_manager.sentinels]  # type: ignore[attr-defined]
    assert pool.service_name == "house"  # type: ignore[attr-defined]
    assert [(one["host"], one["port"]) for one in asked] == [
        ("one", 26379),
        ("::1", 5),
        ("two", 6),
    ]
    assert {(one["username"], one["password"], one["ssl_cert_reqs"]) for one in asked} == {
        (None, "x", "none")
    }
    assert (of_master["username"], of_master["password"]) == ("ann", "p@ss")
    assert (of_master["db"], of_master["ssl_cert_reqs"]) == (3, "none")


@pytest.mark.gen_test(timeout=60)
@pytest.mark.timeout(60)
@pytest.mark.expects_log("lost the link to Redis")
async def test_all_who_use_it_go_on_with_the_new_master(
    guarded: GuardedRedis, silent_port: int
) -> None:
    """One sentinel of those named stands still, another names the old master."""
    behind = free_port()
    uri = guarded.uri_over(silent_port, behind, *guarded.watchers)
    tallies = RedisTallies(uri, prefix=uuid4().hex)
    async with processes(over_redis(uri), 2) as (one, two):
        assert await tallies.add("a", 2, 60) == 2
        guarded.kill_master()
        await until(lambda: not (one.broker.is_linked or two.broker.is_linked), 10)
        await until(lambda: one.broker.is_linked and two.broker.is_linked, 20)
        assert guarded.master() == 1
        assert await one.publish(b"found") == [True]
        await until(lambda: two.heard == [b"found"])
        assert await tallies.add("b", 1, 60) == 1
        guarded.start_again(0)
        guarded.start_sentinel(behind)
        client = redis_client(uri, connect_s=1, answer_s=1)
        try:
            assert (await client.info("replication"))["role"] == "master"
            assert client.connection_pool.master_address == ("127.0.0.1", guarded.ports[1])  # type: ignore[attr-defined]
        finally:
            await client.aclose()
    await tallies.close()
