"""What a schedule will do, in words that a page can show: the runner's own firings, spelt out."""

from dataclasses import dataclass
from typing import Final

from domain.firings import REASONS, Firing
from domain.instants import to_text
from domain.timing import Timing, firings
from domain.zones import offset_at

# A hundred 29ths of February on a Monday, the slowest to find, are a tenth of a second.
MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Instant:
    """One firing: in UTC, as the zone's clocks show it then, and what a clock change did to it.

    `wanted` is the local time that the rule names, when it is another than the clocks show;
    `reason` is a key of `firings.REASONS` and `explanation` its text.
    """

    at: str
    local: str
    wanted: str | None
    reason: str | None
    explanation: str | None


def simulated(timing: Timing, after: int, count: int) -> list[Instant]:
    """The next `count` firings later than that instant, at most 100."""
    return [_spelt_out(timing, each) for each in firings(timing, after, min(count, MOST))]


def _spelt_out(timing: Timing, firing: Firing) -> Instant:
    offset = offset_at(timing.time_zone, firing.at)
    shown = firing.at + offset
    differs = firing.local is not None and firing.local != shown
    return Instant(
        at=to_text(firing.at),
        local=_plain(shown) + _offset_text(offset),
        wanted=_plain(firing.local) if firing.local is not None and differs else None,
        reason=firing.reason,
        explanation=REASONS[firing.reason] if firing.reason else None,
    )


def _plain(local: int) -> str:
    return to_text(local).removesuffix("Z")


def _offset_text(offset: int) -> str:
    """`+05:30`, and `+05:30:20` for the old zones that had seconds."""
    minutes, seconds = divmod(abs(offset) // 1_000_000, 60)
    text = f"{'-' if offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{seconds:02d}" if seconds else text
