"""Something small that many ask for at once, read again when it changed or a look has passed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """What ``read`` gave, for at most ``most_age_s``; ``monotonic`` is in seconds.

    Invariant: once it was forgotten nothing is told that was read before.
    """

    def __init__(
        self, read: Callable[[], Awaitable[T]], monotonic: Callable[[], float], most_age_s: float
    ):
        self._read, self._monotonic, self._most_age_s = read, monotonic, most_age_s
        self._known: tuple[T, float] | None = None
        self._reading: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """What it is, or was a moment ago; what ``read`` raises is not remembered.

        Those who ask while it is read wait for that one reading, unless it was forgotten since.
        """
        if self._known is not None and self._monotonic() - self._known[1] < self._most_age_s:
            return self._known[0]
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_now(), name="reading what is shared")
            self._reading.add_done_callback(_hear)
        return await asyncio.shield(self._reading)

    async def _read_now(self) -> T:
        asked, me = self._monotonic(), asyncio.current_task()
        try:
            value = await self._read()
            if self._reading is me:
                self._known = value, asked
        finally:
            if self._reading is me:
                self._reading = None
        return value

    def forget(self) -> None:
        """Let it be read again; a reading under way is of no use to those who ask from now on."""
        self._known = self._reading = None


def _hear(reading: "asyncio.Task[T]") -> None:
    """Whoever asked may be gone by now; its failure is theirs alone."""
    if not reading.cancelled():
        reading.exception()
