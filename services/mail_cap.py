"""The cap on e-mails per minute, over all processes (alerts contract, 3.11)."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from domain.clock import MINUTE, Clock

SHARES = 20  # of a stretch's e-mails: a process asks for so many at a time
FEW = 600  # a minute: they are counted by the minute, more by a tenth of it
SPREAD_US = 5 * MINUTE  # over which those that are too many come again

Take = Callable[[int, int, int], Awaitable[int]]


class Cap:
    """Lets ``per_minute`` e-mails go, first come first served; ``take`` is `MailRates.take`."""

    def __init__(self, take: Take, clock: Clock, per_minute: int):
        self._take, self._clock = take, clock
        self._stretch_us = MINUTE if per_minute < FEW else MINUTE // 10
        self._most = max(1, per_minute * self._stretch_us // MINUTE)
        self._stretch, self._left = 0, 0
        self._is_over = False
        self._turn = asyncio.Lock()
        self._random = Random()

    async def ask(self) -> int | None:
        """None when one more may go now; else after how many µs to ask again.

        The contract says after five minutes; spread over them, not all come again at once.
        """
        async with self._turn:
            now = self._clock.wall() // self._stretch_us
            if now != self._stretch:
                self._stretch, self._left, self._is_over = now, 0, False
            if not self._left and not self._is_over:
                count = max(1, self._most // SHARES)
                self._left = await self._take(now, count, self._most)
                self._is_over = not self._left
            if not self._left:
                return self._pause_us()
            self._left -= 1
            return None

    def _pause_us(self) -> int:
        rest_us = (self._stretch + 1) * self._stretch_us - self._clock.wall()
        return max(0, rest_us) + self._random.randrange(SPREAD_US)
