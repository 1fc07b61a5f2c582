"""The process clock: microseconds that never go back and never run behind a revision heard of."""

from collections.abc import Callable

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock:
    """A hybrid clock over wall time (live, "The clock"); all values are µs since 1970.

    ``wall`` is read on every call; tests hand in one that is moved by hand.
    """

    def __init__(self, wall: Callable[[], int]):
        self._wall = wall
        self._last = 0

    def now(self) -> int:
        """The present moment; not unique, never below a stamp given or heard."""
        return max(self._wall(), self._last)

    def wall(self) -> int:
        """Wall time as the host has it, which may step back: for what is due by the calendar."""
        return self._wall()

    def stamp(self) -> int:
        """A moment that this process gives out once, above all given and heard before."""
        self._last = max(self._wall(), self._last + 1)
        return self._last

    def hear(self, revision: int) -> None:
        """Take notice of another process's revision; later stamps lie above it."""
        self._last = max(self._last, revision)

    def ahead(self) -> int:
        """How far stamps run ahead of this host's wall time, in µs: the skew to be alarmed at."""
        return max(0, self._last - self._wall())
