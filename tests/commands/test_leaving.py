"""Being told to leave, and leaving in time."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from commands.leaving import SIGNALS, Stop, in_thread, unless

ROOT = Path(__file__).parents[2]
STUCK = """
import sys, threading
from commands.leaving import exit_within
threading.Thread(target=threading.Event().wait, daemon=False).start()
print("said", end="")
sys.exit(exit_within(0.2, 7))
"""


async def _answer(after: asyncio.Event | None = None) -> int:
    if after is not None:
        await after.wait()
    return 42


@pytest.mark.gen_test
async def test_work_is_done_unless_the_event_comes_first() -> None:
    event, never = asyncio.Event(), asyncio.Event()
    assert await unless(event, _answer()) == 42
    asyncio.get_running_loop().call_soon(event.set)
    assert await unless(event, _answer(never)) is None
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.gen_test
async def test_what_work_raises_is_raised_also_while_it_is_cancelled() -> None:
    event, never = asyncio.Event(), asyncio.Event()

    async def fail(waits: bool) -> None:
        try:
            if waits:
                await never.wait()
        finally:
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await unless(event, fail(waits=False))
    asyncio.get_running_loop().call_soon(event.set)
    with pytest.raises(ValueError, match="no"):
        await unless(event, fail(waits=True))


@pytest.mark.gen_test
async def test_the_first_signal_tells_and_the_second_presses() -> None:
    stop = Stop()
    try:
        signal.raise_signal(signal.SIGTERM)
        await stop.told.wait()
        assert not stop.pressed.is_set()
        signal.raise_signal(signal.SIGINT)
        await stop.pressed.wait()
        assert stop.failure is None
        stop.give_up("a store keeps ending")
        assert stop.failure == "a store keeps ending"
        stop.hear_no_more()
        for number in SIGNALS:
            signal.raise_signal(number)
        await asyncio.sleep(0)
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@pytest.mark.gen_test
async def test_what_blocks_is_waited_for_up_to_the_limit() -> None:
    done, gate = [], threading.Event()
    await in_thread(lambda: done.append(True), 5)
    assert done == [True]
    began = time.monotonic()
    await in_thread(lambda: done.append(gate.wait(5)), 0.05)
    assert time.monotonic() - began < 2
    gate.set()


def test_a_thread_that_waits_does_not_keep_the_process() -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", STUCK], cwd=ROOT, capture_output=True, timeout=20, check=False
    )
    assert done.returncode == 7
    assert time.monotonic() - began < 5
