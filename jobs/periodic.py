"""Loops that go on until they are stopped: each with an owner, a pause and a log line."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from domain.errors import Unavailable

log = logging.getLogger("carillon.periodic")

RETRY_S = 1.0


class Periodic:
    """Calls ``step`` again and again; it returns how many seconds to pause, or None: ``pause_s``.

    A failure is logged once until the next success and does not end the loop.
    """

    def __init__(self, name: str, step: Callable[[], Awaitable[float | None]], pause_s: float):
        self._name, self._step, self._pause_s = name, step, pause_s
        self._nudge = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_failing = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=self._name)

    def nudge(self) -> None:
        """Do the next step now."""
        self._nudge.set()

    async def stop(self) -> None:
        """End the loop and wait for it; may be called twice."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            pause_s = await self._once()
            try:
                async with asyncio.timeout(pause_s):
                    await self._nudge.wait()
            except TimeoutError:
                pass
            self._nudge.clear()

    async def _once(self) -> float:
        try:
            pause_s = await self._step()
        except Unavailable as error:
            if not self._is_failing:
                log.warning("%s fails: %s", self._name, error)
            self._is_failing = True
            return RETRY_S
        except Exception:
            log.exception("%s failed", self._name)
            return RETRY_S
        if self._is_failing:
            log.info("%s works again", self._name)
        self._is_failing = False
        return self._pause_s if pause_s is None else pause_s
