"""How much is unread for one connected user: counted now and then, moved by events in between."""

from collections.abc import Mapping, Sequence

Move = tuple[str, int, int]  # box, difference, revision: what an event says of one's counters

SKEW_US = 1_000_000  # how far the clocks of processes may be apart without a wrong figure for good


class Counters:
    """``counts`` are true for the clock ``at``; unset until they were counted once.

    ``moves`` rises with every event, so that a count can tell whether it was overtaken.
    """

    __slots__ = ("_counted_at", "_counted_until", "at", "counts", "moves")

    def __init__(self) -> None:
        self.counts: Mapping[str, int] | None = None
        self.at = 0
        self.moves = 0
        self._counted_at = self._counted_until = 0

    def set(self, counts: Mapping[str, int], at: int, until: int) -> None:
        """What a count from ``at`` to ``until`` found; an older one than known is passed over."""
        if at >= self.at:
            self.counts, self.at = dict(counts), at
            self._counted_at, self._counted_until = at, until

    def go_on_from(self, earlier: "Counters") -> None:
        """Know what another knew."""
        self.counts, self.at = earlier.counts, earlier.at
        self._counted_at, self._counted_until = earlier._counted_at, earlier._counted_until

    def move(self, box: str, difference: int, revision: int) -> bool:
        """What an event says; False when only a count can make sure of it.

        That is so with one that the last count may have already, for it is not surely younger: one
        that is older than that count's beginning is left to the next count. And with one that does
        not say a difference.
        """
        return self.move_all(((box, difference, revision),))

    def move_all(self, moves: Sequence[Move]) -> bool:
        """The same for several events; False when only a count can make sure of any of them."""
        self.moves += len(moves)
        if self.counts is None:
            return False
        counts, is_exact = {**self.counts}, True
        for box, difference, revision in moves:
            if revision <= self._counted_at:
                is_exact = False
                continue
            moved = counts[box] + difference
            counts[box] = moved if moved > 0 else 0
            if revision > self.at:
                self.at = revision
            if not difference or revision <= self._counted_until + SKEW_US:
                is_exact = False
        self.counts = counts
        return is_exact
