"""The cap on e-mails per minute, over all processes (alerts contract, 3.11)."""

import asyncio
from collections.abc import Awaitable, Callable

from domain.clock import MINUTE, SECOND, Clock

SHARES = 20  # of a stretch's e-mails: a process asks for so many at a time
FEW = 600  # a minute: they are counted by the minute, more by a tenth of it
LONGEST_SLEEP_S = 0.5  # clocks jump

Take = Callable[[int, int, int], Awaitable[int]]


class Cap:
    """Lets ``per_minute`` e-mails go, first come first served; ``take`` is `MailRates.take`."""

    def __init__(self, take: Take, clock: Clock, per_minute: int):
        self._take, self._clock = take, clock
        self._stretch_us = MINUTE if per_minute < FEW else MINUTE // 10
        self._most = max(1, per_minute * self._stretch_us // MINUTE)
        self._stretch, self._left = 0, 0
        self._turn = asyncio.Lock()

    async def wait(self) -> None:
        """Return when one more may go."""
        async with self._turn:
            while not self._has_left():
                await self._ask()
            self._left -= 1

    def _has_left(self) -> bool:
        return self._left > 0 and self._is_present()

    def _is_present(self) -> bool:
        return self._stretch == self._clock.wall() // self._stretch_us

    async def _ask(self) -> None:
        self._stretch = self._clock.wall() // self._stretch_us
        count = max(1, self._most // SHARES)
        self._left = await self._take(self._stretch, count, self._most)
        while not self._left and self._is_present():  # noqa: ASYNC110 - the clock may be a hand's
            await asyncio.sleep(self._pause_s())

    def _pause_s(self) -> float:
        left_us = (self._stretch + 1) * self._stretch_us - self._clock.wall()
        return max(0.0, min(LONGEST_SLEEP_S, left_us / SECOND))
