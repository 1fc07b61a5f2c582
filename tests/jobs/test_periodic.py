"""A loop: its pauses, its nudges, its failures, its end."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from domain.errors import OutcomeUnknown, Unavailable
from jobs import periodic
from jobs.periodic import Periodic
from tests.sites import until

Step = Callable[[], Awaitable[float | None]]


@asynccontextmanager
async def _running(step: Step, pause_s: float = 0) -> AsyncIterator[Periodic]:
    loop = Periodic("the loop", step, pause_s)
    loop.start()
    try:
        yield loop
    finally:
        await loop.stop()


class Steps:
    """Steps that do what they are told, one after the other; the last again and again."""

    def __init__(self, *what: float | Exception | None):
        self.what = list(what)
        self.taken = 0

    async def __call__(self) -> float | None:
        self.taken += 1
        what = self.what.pop(0) if len(self.what) > 1 else self.what[0]
        if isinstance(what, Exception):
            raise what
        return what

    async def reach(self, count: int) -> None:
        await until(lambda: self.taken >= count)


@pytest.mark.gen_test
async def test_it_pauses_as_long_as_the_step_says_or_as_it_was_made(io_loop: object) -> None:
    steps = Steps(0.0, None, None, 60.0)
    async with _running(steps, 0.01):
        await steps.reach(4)
    assert steps.taken == 4


@pytest.mark.gen_test
async def test_a_nudge_ends_the_pause_also_when_it_comes_during_a_step() -> None:
    gate, taken = asyncio.Event(), 0

    async def step() -> None:
        nonlocal taken
        taken += 1
        await gate.wait()

    async with _running(step, 60) as loop:
        await until(lambda: taken == 1)
        loop.nudge()
        loop.nudge()
        gate.set()
        await until(lambda: taken == 2)
        loop.nudge()
        await until(lambda: taken == 3)


@pytest.mark.gen_test
@pytest.mark.expects_log("the loop fail")
async def test_a_failure_is_logged_once_until_it_works_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(periodic, "RETRY_S", 0.001)
    caplog.set_level(logging.INFO, "carillon.periodic")
    away, bug = Unavailable(), ValueError("a bug")
    steps = Steps(away, away, away, bug, bug, None, None, away, OutcomeUnknown(), 60.0)
    async with _running(steps, 0.001):
        await steps.reach(10)
    assert [record.getMessage() for record in caplog.records] == [
        f"the loop fails: {away}",
        "the loop failed",
        "the loop works again",
        f"the loop fails: {away}",
        f"the loop fails: {OutcomeUnknown()}",
        "the loop works again",
    ]
    assert [record.levelname for record in caplog.records][:2] == ["WARNING", "ERROR"]
    assert [bool(record.exc_info) for record in caplog.records][:3] == [False, True, False]


@pytest.mark.gen_test
@pytest.mark.expects_log("the loop failed")
async def test_after_a_failure_it_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periodic, "RETRY_S", 60)
    steps = Steps(ValueError("a bug"), None)
    async with _running(steps) as loop:
        await steps.reach(1)
        for _ in range(5):
            await asyncio.sleep(0)
        assert steps.taken == 1
        loop.nudge()
        await steps.reach(2)


@pytest.mark.gen_test
async def test_it_ends_in_the_middle_of_a_step_and_may_be_stopped_twice() -> None:
    is_cancelled = False

    async def step() -> None:
        nonlocal is_cancelled
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            is_cancelled = True
            raise

    loop = Periodic("the loop", step, 1)
    await loop.stop()
    loop.start()
    loop.start()
    await asyncio.sleep(0.01)
    await loop.stop()
    await loop.stop()
    assert is_cancelled
    assert [task for task in asyncio.all_tasks() if task.get_name() == "the loop"] == []


@pytest.mark.gen_test
async def test_what_is_asked_for_meanwhile_is_one_step_some_time_later() -> None:
    steps = Steps(60.0)
    loop = Periodic("the loop", steps, 60, apart_s=0.2)
    loop.start()
    try:
        await steps.reach(1)
        started = asyncio.get_running_loop().time()
        for _ in range(5):
            loop.nudge()
            await asyncio.sleep(0.01)
        await steps.reach(2)
        assert asyncio.get_running_loop().time() - started >= 0.1
    finally:
        await loop.stop()
    assert steps.taken == 2
