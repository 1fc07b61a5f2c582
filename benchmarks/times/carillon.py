"""The rules under test, in the proof's minutes."""

from benchmarks.times.oracle import MARGIN, Clock
from domain.clock import MINUTE
from domain.firings import GAP_PASSED, GAP_SKIPPED
from domain.timing import ON_GAP, ON_OVERLAP, Timing, each_firing

POLICIES = [(on_gap, on_overlap) for on_gap in ON_GAP for on_overlap in ON_OVERLAP]


def fired(
    text: str, clock: Clock, on_gap: str = "shift", on_overlap: str = "first"
) -> dict[int, str | None]:
    """The minutes that Carillon has in the middle of the clock's time, with their reasons."""
    timing = Timing(cron=text, time_zone=clock.zone, on_gap=on_gap, on_overlap=on_overlap)
    found: dict[int, str | None] = {}
    for firing in each_firing(timing, (clock.first + MARGIN) * MINUTE - 1):
        if firing.at >= (clock.end - MARGIN) * MINUTE:
            break
        assert firing.at % MINUTE == 0
        found[firing.at // MINUTE] = firing.reason
    return found


def plain(found: dict[int, str | None]) -> dict[int, str | None]:
    """The same without reasons that tell of an earlier time: an oracle of single times has none."""
    told = (GAP_SKIPPED, GAP_PASSED)
    return {at: None if reason in told else reason for at, reason in found.items()}
