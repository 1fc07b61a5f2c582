"""How many more sends each person may have to leave later."""

import time

from models.scheduled import Scheduled

REMEMBERED_S = 10.0
MOST_REMEMBERED = 10_000


class Room:
    """Counts a person's sends once in a while, and those that he makes here in between.

    Some databases read all of them to count them, which each new one should not pay for. What he
    makes through other processes meanwhile, or at the same moment, may be more than ``most``.
    """

    def __init__(self, store: Scheduled, most: int):
        self._store, self.most = store, most
        self._left: dict[int, tuple[int, float]] = {}

    async def take(self, owner: int) -> bool:
        """Is there room for one more? Then it is taken."""
        left, until = self._left.get(owner, (0, 0.0))
        if left < 1 or until < time.monotonic():
            left = self.most - await self._store.count(owner, self.most)
            until = time.monotonic() + REMEMBERED_S
        if len(self._left) >= MOST_REMEMBERED:
            self._left.clear()
        self._left[owner] = (left - 1, until)
        return left > 0
