"""Up to where the answers of polls went: who asks again at once need not read the feed again."""

from domain.clock import MINUTE
from domain.cursors import Cursor
from push.ring import Ring

MOST_KEPT = 10_000  # answers; the oldest are forgotten first
KEPT_US = MINUTE  # who comes later does not come at once, and reads


class Answered:
    """The cursors that polls were answered with, each true up to a position of the ring."""

    def __init__(self, ring: Ring):
        self._ring = ring
        self._of: dict[tuple[int, Cursor], int] = {}

    def __len__(self) -> int:
        return len(self._of)

    def keep(self, user: int, cursor: Cursor, position: int) -> None:
        """All that was delivered before ``position`` and concerns him was told with this cursor."""
        self._of.pop((user, cursor), None)
        self._forget(cursor.base.revision - KEPT_US)
        self._of[user, cursor] = position

    def _forget(self, before: int) -> None:
        """Let the oldest go as long as they are too many, or true for a moment long ago."""
        while self._of:
            oldest = next(iter(self._of))
            if len(self._of) < MOST_KEPT and oldest[1].base.revision >= before:
                return
            del self._of[oldest]

    def is_all(self, user: int, since: Cursor) -> bool:
        """Was nothing that may concern him delivered since? Forgotten once it is asked.

        False, too, when it is not known.
        """
        position = self._of.pop((user, since), None)
        if position is None or not self._ring.covers(position):
            return False
        return next(self._ring.for_user(user, position), None) is None
