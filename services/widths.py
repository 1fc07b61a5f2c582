"""How dense a mailbox is where it is read: windows that held too much begin narrower next time."""

from collections.abc import Hashable

LEAST_US = 10_000
MOST_KNOWN = 10_000
ROOM = 2  # a window holds about so many pages


class Widths:
    """The widths in µs that held a page of late, for the readers heard of last.

    A database that reads a whole window, however few rows of it are asked for (stack, rule 3),
    makes a long reading quadratic in what one window holds.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, int] = {}

    def of(self, reader: Hashable, usual_us: int) -> int:
        """How wide its next window should be, at most the usual width."""
        return min(usual_us, self._known.get(reader, usual_us))

    def was_full(self, reader: Hashable, span_us: int) -> None:
        """A page of it spans so much."""
        self._known.pop(reader, None)
        self._known[reader] = max(LEAST_US, ROOM * span_us)
        if len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]

    def is_at_end(self, reader: Hashable) -> None:
        """It came to the end: the next reading is another one."""
        self._known.pop(reader, None)
