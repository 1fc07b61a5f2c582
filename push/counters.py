"""How much is unread for one connected user: counted now and then, moved by events in between."""

from collections.abc import Mapping


class Counters:
    """``counts`` are true for the clock ``at``; unset until they were counted once.

    ``moves`` rises with every event, so that a count can tell whether it was overtaken.
    """

    def __init__(self) -> None:
        self.counts: Mapping[str, int] | None = None
        self.at = 0
        self.moves = 0
        self._counted_at = 0

    def set(self, counts: Mapping[str, int], at: int) -> None:
        """What a count that began at ``at`` found; an older one than known is passed over."""
        if at >= self.at:
            self.counts, self.at, self._counted_at = dict(counts), at, at

    def move(self, box: str, difference: int, revision: int) -> None:
        """What an event says; a count will make sure of it.

        One that is not younger than the last count may be in it already: it is left to the next.
        """
        self.moves += 1
        if self.counts is not None and revision > self._counted_at:
            moved = max(0, self.counts[box] + difference)
            self.counts, self.at = {**self.counts, box: moved}, max(self.at, revision)
