"""What every broker does, whatever carries the envelopes."""

from collections.abc import Collection

import pytest

from push.broker import shards_of
from tests.push.links import Make, ask_for_each_reply, memory, over_redis, processes
from tests.sites import until


@pytest.fixture(params=["memory", "redis", "redis, reply by reply"])
def make(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Make:
    if request.param == "memory":
        return memory()
    if request.param == "redis, reply by reply":
        ask_for_each_reply(monkeypatch)
    return over_redis(request.getfixturevalue("redis_uri"))


@pytest.mark.parametrize(
    ("users", "channels"),
    [
        (None, [0, 1, 2, 3]),
        ((), [0]),  # nobody is told, but that it happened is heard
        ((7,), [3]),
        ((3, 7, 11), [3]),
        ((9, 2), [1, 2]),
        (range(0, 60, 4), [0]),
        (range(0, 64, 4), [0, 1, 2, 3]),  # not worth looking at each
    ],
)
def test_which_channels_news_of_users_goes_over(
    users: Collection[int] | None, channels: list[int]
) -> None:
    assert shards_of(users, 4) == channels
    assert shards_of(users, 1) == [0]


@pytest.mark.gen_test
async def test_every_process_hears_and_the_sender_too(make: Make) -> None:
    async with processes(make, 3) as (one, two, three):
        assert await one.publish(b"a") == [True]
        await until(lambda: one.heard == two.heard == three.heard == [b"a"])
        assert [process.linked for process in (one, two, three)] == [1, 1, 1]


@pytest.mark.gen_test
async def test_what_one_process_says_is_heard_in_its_order(make: Make) -> None:
    said = [b"%d" % n for n in range(2_000)]
    async with processes(make, 2) as (one, two):
        assert all(await one.publish(*said))
        await until(lambda: len(two.heard) == len(said))
        assert one.heard == two.heard == said


@pytest.mark.gen_test
async def test_envelopes_are_bytes_of_any_kind_and_size(make: Make) -> None:
    said = [b"", bytes(range(256)), b"\n\r\n", b"x" * 300_000]
    async with processes(make, 2) as (one, two):
        await one.publish(*said)
        await until(lambda: two.heard == said)


@pytest.mark.gen_test
@pytest.mark.expects_log("cannot be heard")
async def test_an_envelope_that_breaks_its_hearer_ends_nothing(make: Make) -> None:
    async with processes(make) as (one,):
        await one.publish(b"bad", b"good")
        await until(lambda: one.heard == [b"bad", b"good"])
        assert one.broker.is_linked


@pytest.mark.gen_test
async def test_what_stopped_takes_and_hears_nothing_and_may_stop_again(make: Make) -> None:
    async with processes(make, 2) as (one, two):
        await one.publish(b"a")
        await until(lambda: two.heard == one.heard == [b"a"])
        await one.broker.stop()
        await one.broker.stop()
        assert not one.broker.is_linked
        assert await one.publish(b"b") == [False]
        assert await two.publish(b"c") == [True]
        await until(lambda: two.heard == [b"a", b"c"])
        assert one.heard == [b"a"]


@pytest.mark.gen_test
async def test_what_was_queued_when_it_stops_is_sent(make: Make) -> None:
    async with processes(make, 2) as (one, two):
        taken = [one.broker.publish(b"%d" % n) for n in range(50)]
        await one.broker.stop()
        assert all(future.result() for future in taken)
        await until(lambda: len(two.heard) == 50)


@pytest.mark.gen_test
async def test_what_never_started_may_stop(make: Make) -> None:
    broker = make("p")
    await broker.stop()
    assert await broker.publish(b"a") is False
