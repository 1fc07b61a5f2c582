"""Waiting for what is about to be done, and not for long."""

import asyncio
from functools import partial
from typing import Any


class Patience:
    """Waits for futures, for none longer than ``limit_s``.

    What `asyncio.wait` does for one future with a timeout, at a third of its cost: all who wait
    share one timer.
    """

    def __init__(self, limit_s: float):
        self._limit_s = limit_s
        self._waiting: dict[asyncio.Future[None], float] = {}  # until when, ascending
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self, for_it: asyncio.Future[Any]) -> None:
        """Return when it is done, however it ended, or when that takes too long."""
        if for_it.done():
            return
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[None] = loop.create_future()
        for_it.add_done_callback(partial(_wake, waiting))
        self._waiting[waiting] = loop.time() + self._limit_s
        if self._timer is None:
            self._timer = loop.call_later(self._limit_s, self._look)
        try:
            await waiting
        finally:
            del self._waiting[waiting]

    def _look(self) -> None:
        """Wake those who waited long enough, and look again when the next one has."""
        loop, self._timer = asyncio.get_running_loop(), None
        for waiting, until in self._waiting.items():
            if until > loop.time():
                self._timer = loop.call_at(until, self._look)
                return
            _wake(waiting)


def _wake(waiting: "asyncio.Future[None]", _: object = None) -> None:
    if not waiting.done():
        waiting.set_result(None)
