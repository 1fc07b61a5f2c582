"""Going through whole-number ids in windows that hold neither too little nor too much."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

FIRST = 1_000
FEW, MANY = 500, 3_000
LEAST, MOST = 100, 64_000


class Spans:
    """Windows over the ids from 1 to ``last``, each narrower or wider by what the one before held.

    A database that reads a whole window, however few are asked for, wants two-sided ones; ids that
    are far between want wide ones.
    """

    def __init__(self, last: int, after: int = 0):
        self._last, self._after = last, after
        self._width = FIRST

    def next(self) -> tuple[int, int] | None:
        """The next window as (after, before), neither included; None at the end."""
        if self._after >= self._last:
            return None
        after, self._after = self._after, min(self._after + self._width, self._last)
        return after, self._after + 1

    def held(self, count: int) -> None:
        """How much the last window held."""
        if count < FEW:
            self._width = min(MOST, self._width * 4)
        elif count > MANY:
            self._width = max(LEAST, self._width // 2)


T = TypeVar("T")


def pieces(rows: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """The rows in stretches of at most ``most``."""
    for start in range(0, len(rows), most):
        yield rows[start : start + most]
