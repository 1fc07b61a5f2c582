"""Loops that go on until they are stopped: each with an owner, a pause and a log line."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from domain.errors import Unavailable

log = logging.getLogger("carillon.periodic")

RETRY_S = 1.0


class Periodic:
    """Calls ``step`` again and again; it returns how many seconds to pause, or None: ``pause_s``.

    Steps that are asked for with `nudge` begin ``apart_s`` after the one before ended at least, so
    that what comes meanwhile goes into one; the first after a longer pause begins at once.
    A failure does not end the loop; it is logged once, until the next success or another failure.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[float | None]],
        pause_s: float,
        *,
        apart_s: float = 0,
    ):
        self._name, self._step, self._pause_s, self._apart_s = name, step, pause_s, apart_s
        self._nudge = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failure: type[Exception] | None = None

    def start(self) -> None:
        """Begin with the first step; nothing happens when it was begun already."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=self._name)

    def nudge(self) -> None:
        """Do the next step now, or once the present one is done."""
        self._nudge.set()

    async def stop(self) -> None:
        """End the loop, wherever its step is, and wait for it; may be called twice."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            pause_s = await self._once()
            if self._apart_s:
                await asyncio.sleep(self._apart_s)
                pause_s = max(0.0, pause_s - self._apart_s)
            try:
                async with asyncio.timeout(pause_s):
                    await self._nudge.wait()
            except TimeoutError:
                pass
            self._nudge.clear()

    async def _once(self) -> float:
        try:
            pause_s = await self._step()
        except Exception as error:  # noqa: BLE001 - the boundary: a loop outlives its failures
            self._note(error)
            return RETRY_S
        if self._failure is not None:
            log.info("%s works again", self._name)
        self._failure = None
        return self._pause_s if pause_s is None else pause_s

    def _note(self, error: Exception) -> None:
        known, self._failure = self._failure, type(error)
        if self._failure is known:
            return
        if isinstance(error, Unavailable):
            log.warning("%s fails: %s", self._name, error)
        else:
            log.error("%s failed", self._name, exc_info=error)
