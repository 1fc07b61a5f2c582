"""A firing, and the codes of what a clock change did to it."""

from dataclasses import dataclass
from typing import Final

GAP_SHIFTED: Final = "gap_shifted"
GAP_EARLIER: Final = "gap_earlier"
GAP_SKIPPED: Final = "gap_skipped"
GAP_PASSED: Final = "gap_passed"
OVERLAP_FIRST: Final = "overlap_first"
OVERLAP_LAST: Final = "overlap_last"
CARRIED: Final = "carried"

REASONS: Final = {
    GAP_SHIFTED: "This local time does not exist that day; it is due later by what was skipped.",
    GAP_EARLIER: "This local time does not exist that day; it is due earlier by what was skipped.",
    GAP_SKIPPED: "A local time before this one does not exist that day and is left out.",
    GAP_PASSED: "Clocks were set forward before this; it is due by real time.",
    OVERLAP_FIRST: "This local time comes twice that day; this is the first.",
    OVERLAP_LAST: "This local time comes twice that day; this is the second.",
    CARRIED: "Clocks were just changed; it is due by the clock as it was, in real time.",
}


@dataclass(frozen=True, slots=True)
class Firing:
    """An instant (µs since 1970) at which something is due; `reason` is a key of REASONS, or None.

    `local` is the local time that the rule names, as µs since 1970 of a clock in UTC that shows
    it; None for an interval and for a single instant.
    """

    at: int
    reason: str | None = None
    local: int | None = None
