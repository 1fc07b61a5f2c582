from random import Random

import pytest

from domain.calls import Call, wait_us
from domain.clock import HOUR, SECOND

DELAYS = (5.0, 3.0, 10.0, 35.0, 135.0)


def test_a_call_survives_being_kept() -> None:
    call = Call("u", "http://x/", "{}", None, 5, schedule=7, round=2, attempt=3)
    assert Call.from_body(call.to_body()) == call
    assert call.next().key == "call:u:2:4"


def test_delays_are_spread_and_end() -> None:
    random = Random(1)
    for attempt, delay in enumerate(DELAYS, 1):
        waits = [wait_us(DELAYS, attempt, jitter=0.5, random=random) or 0 for _ in range(200)]
        assert min(waits) >= delay * 0.5 * SECOND
        assert max(waits) <= delay * 1.5 * SECOND
        assert max(waits) - min(waits) > delay * 0.5 * SECOND
    assert wait_us(DELAYS, 6, jitter=0.5, random=random) is None
    assert wait_us((), 1, jitter=0, random=random) is None


@pytest.mark.parametrize(
    ("asked", "waited"),
    [(None, 5 * SECOND), (1.0, 5 * SECOND), (60.0, 60 * SECOND), (1e9, HOUR), (0.0, 5 * SECOND)],
)
def test_what_the_receiver_asks_for(asked: float | None, waited: int) -> None:
    random = Random(1)
    assert wait_us(DELAYS, 1, jitter=0, random=random, retry_after_s=asked) == waited
