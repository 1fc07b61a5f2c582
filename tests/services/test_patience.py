"""Waiting for what is about to be done: until it is, or as long as the limit says."""

import asyncio

import pytest

from services.patience import Patience
from tests.sites import until

SHORT_S, LONG_S = 0.01, 60.0


def promise() -> asyncio.Future[bool]:
    return asyncio.get_running_loop().create_future()


@pytest.mark.gen_test
async def test_it_ends_with_what_is_waited_for_however_that_ends() -> None:
    patience = Patience(LONG_S)
    kept, broken, dropped = promise(), promise(), promise()
    waiting = [asyncio.create_task(patience.wait(one)) for one in (kept, broken, dropped)]
    await asyncio.sleep(0)
    kept.set_result(True)
    await waiting[0]
    assert not any(one.done() for one in waiting[1:])
    broken.set_exception(ConnectionError())
    dropped.cancel()
    await asyncio.gather(*waiting)
    await patience.wait(kept)
    assert isinstance(broken.exception(), ConnectionError), "who waited did not take it"


@pytest.mark.gen_test
async def test_it_ends_after_the_limit_and_leaves_the_promise_alone() -> None:
    patience = Patience(SHORT_S)
    for _ in range(3):  # the timer is set again
        many = [promise() for _ in range(5)]
        async with asyncio.timeout(10):
            await asyncio.gather(*(patience.wait(one) for one in many))
        assert not any(one.done() for one in many)
        many[0].set_result(True)  # too late, which disturbs nobody


@pytest.mark.gen_test
async def test_all_who_wait_share_a_timer() -> None:
    loop, timers = asyncio.get_running_loop(), list[float]()
    call_at = loop.call_at
    loop.call_at = lambda when, *rest, **more: timers.append(when) or call_at(when, *rest, **more)  # type: ignore[method-assign,func-returns-value]
    patience, many = Patience(LONG_S), [promise() for _ in range(50)]
    waiting = [asyncio.create_task(patience.wait(one)) for one in many]
    await until(lambda: len(patience._waiting) == len(many))
    assert sum(when > loop.time() + LONG_S / 2 for when in timers) == 1
    waiting[0].cancel()
    for one in many[1:]:
        one.set_result(True)
    await asyncio.gather(*waiting, return_exceptions=True)
    assert not patience._waiting
