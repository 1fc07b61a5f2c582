"""The broker's end, when the driver swallows a cancellation as `asyncio.wait_for` does in 3.11."""

import asyncio

import pytest

from push.redis_broker import _end


@pytest.mark.gen_test
async def test_a_swallowed_cancellation_does_not_hold_up_the_end() -> None:
    began = asyncio.Event()

    async def publish_forever() -> None:
        while True:
            began.set()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if len(swallowed) == 2:
                    raise
                swallowed.append(True)

    swallowed: list[bool] = []
    tasks = [asyncio.create_task(publish_forever()), asyncio.create_task(asyncio.sleep(60))]
    await began.wait()
    async with asyncio.timeout(5):
        await _end(tasks)
    assert (len(swallowed), [task.cancelled() for task in tasks]) == (2, [True, True])
    await _end(tasks)
    await _end([])
