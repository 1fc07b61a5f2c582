"""Keeps one slow receiver from taking the places of all others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from domain.errors import Unavailable

AT_ONCE = 5  # calls of one process to one receiver: a third of what the runner has places for
WAIT_S = 0.2  # for one of them to end; a receiver that answers in time gets hundreds a second
MOST_SLOW = 3
SLOW_S = 1.0


@dataclass
class _Lane:
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    since: dict[object, float] = field(default_factory=dict)
    users: int = 0

    def is_slow(self, now: float) -> bool:
        return sum(now - since > SLOW_S for since in self.since.values()) >= MOST_SLOW


class Lanes:
    """Counts the calls that are being made, by receiver; ``monotonic`` is in seconds.

    Five at once; while three of them have taken longer than a second, nobody waits for a place.
    """

    def __init__(self, monotonic: Callable[[], float]):
        self._monotonic = monotonic
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def lane(self, url: str) -> AsyncIterator[None]:
        """Make a call to the URL within this; raises `Unavailable` when its receiver is slow."""
        receiver, call = urlsplit(url).netloc, object()
        lane = self._lanes.setdefault(receiver, _Lane())
        lane.users += 1
        try:
            await self._enter(lane, receiver)
            lane.since[call] = self._monotonic()
            try:
                yield
            finally:
                del lane.since[call]
                lane.places.release()
        finally:
            lane.users -= 1
            if not lane.users:
                self._lanes.pop(receiver, None)

    async def _enter(self, lane: _Lane, receiver: str) -> None:
        late = Unavailable(f"{receiver} is slow, and others wait for it")
        if lane.is_slow(self._monotonic()):
            raise late
        try:
            async with asyncio.timeout(WAIT_S):
                await lane.places.acquire()
        except TimeoutError:
            raise late from None
