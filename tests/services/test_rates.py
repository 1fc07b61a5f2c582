"""Rate limits over processes: what is shared, when, and what goes on without Redis."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest

from domain.errors import TooMany, Unavailable
from push.tallies import RedisTallies
from services.rates import Rates

LIMITS = {"sends": {"user": 80, "address": 1_000}}


class Process:
    """One process's counts over a real Redis, at a time that is moved by hand."""

    def __init__(self, uri: str, prefix: str):
        self.now_s = 600.0
        self.tallies = RedisTallies(uri, prefix=prefix)
        self.rates = Rates(LIMITS, self.tallies, lambda: self.now_s)

    def send(self, times: int, user: int = 1) -> int:
        """How many of so many were let through."""
        done = 0
        for _ in range(times):
            try:
                self.rates.take("sends", {"user": user, "address": "::1"})
            except TooMany:
                continue
            done += 1
        return done


@pytest.fixture
def process(redis_uri: str) -> Callable[[], Process]:
    prefix = uuid4().hex
    return lambda: Process(redis_uri, prefix)


@pytest.mark.gen_test
async def test_one_process_alone_keeps_its_limit_and_begins_anew(
    process: Callable[[], Process],
) -> None:
    one = process()
    assert one.send(100) == 80
    with pytest.raises(TooMany) as refused:
        one.rates.take("sends", {"user": 1})
    assert refused.value.detail == "Request was throttled. Expected available in 60 seconds."
    assert refused.value.headers["Retry-After"] == "60"
    assert one.send(5, user=2) == 5
    assert one.rates.take("sends", {}) is None
    assert one.rates.take("something else", {"user": 1}) is None
    one.now_s += 60
    assert one.send(100) == 80
    await one.rates.close()


@pytest.mark.gen_test
async def test_what_one_process_has_seen_counts_in_the_others(
    process: Callable[[], Process],
) -> None:
    one, two = process(), process()
    assert one.send(50) == 50
    await one.rates.tell()
    assert two.send(9) == 9  # less than an eighth: nobody is told, and nobody asked
    await two.rates.tell()
    assert two.send(1) == 1
    await two.rates.tell()  # ten of eighty: told, and the fifty come back
    assert two.send(100) == 20
    await one.rates.close()
    await two.rates.close()


@pytest.mark.gen_test
async def test_honest_callers_cost_no_round_trip(process: Callable[[], Process]) -> None:
    one = process()
    asked: list[str] = []

    async def add(key: str, count: int, kept_s: int) -> int:
        asked.append(key)
        return count

    one.tallies.add = add  # type: ignore[method-assign]
    for user in range(1, 100):
        assert one.send(9, user) == 9
    await one.rates.tell()
    assert asked == ["10:sends:address:::1"]
    await one.rates.close()


@pytest.mark.gen_test
async def test_without_redis_a_process_goes_on_by_itself_and_tells_later(
    process: Callable[[], Process],
) -> None:
    one, two = process(), process()
    add = one.tallies.add

    async def away(key: str, count: int, kept_s: int) -> int:
        raise Unavailable

    one.tallies.add = away  # type: ignore[method-assign]
    assert one.send(60) == 60
    with pytest.raises(Unavailable):
        await one.rates.tell()
    assert one.send(10) == 10
    one.tallies.add = add  # type: ignore[method-assign]
    await asyncio.gather(one.rates.tell())
    assert two.send(10) == 10
    await two.rates.tell()
    assert two.send(10) == 0
    await one.rates.close()
    await two.rates.close()
