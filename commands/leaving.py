"""How the process is told to leave, by a terminal or a supervisor, and how it leaves in time."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """When to leave, and why: a signal, or a store that cannot be kept running.

    A second signal presses: nothing is waited for any more.
    """

    def __init__(self) -> None:
        self.told, self.pressed = asyncio.Event(), asyncio.Event()
        self.failure: str | None = None
        for number in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._hear)

    def hear_no_more(self) -> None:
        """All is ended: one more signal must not make a failure of that."""
        for number in SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)

    def _hear(self) -> None:
        (self.pressed if self.told.is_set() else self.told).set()

    def give_up(self, failure: str) -> None:
        """Leave, because of this."""
        self.failure = failure
        self.told.set()


async def unless(event: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What ``work`` returns, or None when the event came first: then it was cancelled."""
    working, waiting = asyncio.create_task(work), asyncio.create_task(event.wait())
    await asyncio.wait((working, waiting), return_when=asyncio.FIRST_COMPLETED)
    for task in (working, waiting):
        task.cancel()
    await asyncio.wait((working, waiting))
    return None if working.cancelled() else working.result()


def end_cleanly() -> None:
    """Have the running command end as Ctrl-C ends it when it is told to terminate.

    asyncio cancels it, so that what it started is stopped.
    """
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, signal.raise_signal, signal.SIGINT)


async def in_thread(work: Callable[[], None], limit_s: float) -> None:
    """Do what blocks in a thread; after the limit it is left to itself, and ends with us."""
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def do() -> None:
        try:
            work()
        finally:
            with suppress(RuntimeError):  # the loop was closed since
                loop.call_soon_threadsafe(done.set)

    threading.Thread(target=do, daemon=True).start()
    with suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            await done.wait()


def exit_within(limit_s: float, code: int) -> int:
    """Return the code to exit with, and exit with it in any case soon.

    The interpreter waits at its end for threads, of which a driver's may wait for a database.
    """
    last = threading.Timer(limit_s, os._exit, (code,))
    last.daemon = True
    last.start()
    return code
