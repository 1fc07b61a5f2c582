"""The firings of one schedule, each worked out once, for many who ask about the same ones."""

from typing import Final

from domain.timing import Timing, next_firing

MOST_KEPT: Final = 100_000


class Runs:
    """When a schedule fires; without a timing never."""

    def __init__(self, timing: Timing | None):
        self._timing = timing
        self._following: dict[int, int | None] = {}

    def between(self, after: int, until: int, most: int) -> list[int]:
        """The first ``most`` firings later than ``after``, up to ``until`` inclusive (µs)."""
        found: list[int] = []
        at = self._next(after) if most > 0 else None
        while at is not None and at <= until and len(found) < most:
            found.append(at)
            at = self.following(at)
        return found

    def following(self, at: int) -> int | None:
        """The firing after the one at this instant; None when it was the last."""
        if at not in self._following:
            if len(self._following) >= MOST_KEPT:
                self._following.clear()
            self._following[at] = self._next(at)
        return self._following[at]

    def _next(self, after: int) -> int | None:
        firing = None if self._timing is None else next_firing(self._timing, after)
        return None if firing is None else firing.at
