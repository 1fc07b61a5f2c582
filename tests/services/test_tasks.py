"""Work that nobody waits for: kept, heard, and ended together."""

import asyncio

import pytest

from services.tasks import Tasks
from tests.sites import until


@pytest.mark.gen_test
@pytest.mark.expects_log("sweeping failed")
async def test_what_fails_is_logged_and_what_ends_is_forgotten() -> None:
    tasks, done = Tasks(), list[str]()

    async def work() -> None:
        done.append("work")

    async def fail() -> None:
        raise RuntimeError("broken")

    tasks.begin(work(), "working")
    tasks.begin(fail(), "sweeping")
    assert len(tasks) == 2
    await until(lambda: len(tasks) == 0)
    assert done == ["work"]


@pytest.mark.gen_test
async def test_stopping_waits_for_all_and_lets_nothing_begin() -> None:
    tasks, ended = Tasks(), list[str]()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    tasks.begin(work(), "working")
    await asyncio.sleep(0)
    await tasks.stop()
    await tasks.stop()
    tasks.begin(work(), "late")
    assert (len(tasks), ended) == (0, ["cleaned up"])
