"""One slow receiver does not take the places of others; a fast one is not held up."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from domain.errors import Unavailable
from services.lanes import Lanes

SLOW, FAST = "http://slow.example/a", "http://fast.example/"


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def _takes_no_time(lanes: Lanes) -> None:
    async with lanes.lane(FAST):
        await asyncio.sleep(0)


@pytest.mark.gen_test
async def test_a_fast_receiver_gets_all_its_calls() -> None:
    lanes = Lanes(Seconds())
    await asyncio.gather(*(_takes_no_time(lanes) for _ in range(500)))
    assert lanes._lanes == {}


@pytest.mark.gen_test
async def test_a_slow_receiver_gets_five_and_then_nobody_waits() -> None:
    seconds = Seconds()
    lanes = Lanes(seconds)
    async with AsyncExitStack() as inside:
        for _ in range(5):
            await inside.enter_async_context(lanes.lane(SLOW))
        with pytest.raises(Unavailable):
            async with lanes.lane(f"{SLOW}/b"):
                raise AssertionError("there was no place")
        await _takes_no_time(lanes)
        seconds.now = 2
        entering = lanes.lane(SLOW).__aenter__()
        with pytest.raises(Unavailable):
            entering.send(None)  # to its first wait, if there were one
    async with lanes.lane(SLOW):
        assert list(lanes._lanes) == ["slow.example"]
    assert lanes._lanes == {}
