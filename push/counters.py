"""How much is unread for one connected user: counted now and then, moved by events in between."""

from collections.abc import Mapping


class Counters:
    """``counts`` are true for the clock ``at``; unset until they were counted once.

    ``moves`` rises with every event, so that a count can tell whether it was overtaken.
    """

    __slots__ = ("_counted_at", "at", "counts", "moves")

    def __init__(self) -> None:
        self.counts: Mapping[str, int] | None = None
        self.at = 0
        self.moves = 0
        self._counted_at = 0

    def set(self, counts: Mapping[str, int], at: int) -> None:
        """What a count that began at ``at`` found; an older one than known is passed over."""
        if at >= self.at:
            self.counts, self.at, self._counted_at = dict(counts), at, at

    def move(self, box: str, difference: int, revision: int) -> bool:
        """What an event says; False when it was left to the next count.

        That is so with one that is not younger than the last count, which may have it already.
        """
        self.moves += 1
        counts = self.counts
        if counts is None or revision <= self._counted_at:
            return False
        self.counts = {**counts, box: max(0, counts[box] + difference)}
        if revision > self.at:
            self.at = revision
        return True
