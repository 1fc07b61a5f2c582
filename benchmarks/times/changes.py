"""The clock changes of all zones, found by looking at them every six hours."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from benchmarks.times.oracle import minutes_of

_STEP = 360


@dataclass(frozen=True)
class Change:
    """A minute since 1970 at which clocks are set, from one offset to another, in minutes.

    `zone` is one of the `zones` zones whose clocks do just this.
    """

    at: int
    old: float
    new: float
    zone: str
    zones: int


def every_change(first_year: int, last_year: int) -> list[Change]:
    """All distinct changes of those years, ascending."""
    found: dict[tuple[int, float, float], list[str]] = {}
    for name in sorted(available_timezones()):
        for key in changes_of(ZoneInfo(name), first_year, last_year):
            found.setdefault(key, []).append(name)
    return [Change(*key, zones[0], len(zones)) for key, zones in sorted(found.items())]


def changes_of(where: ZoneInfo, first_year: int, last_year: int) -> list[tuple[int, float, float]]:
    """The changes of one zone in those years: minute, old and new offset in minutes."""
    low, high = minutes_of(first_year), minutes_of(last_year + 1)
    found = []
    old = _offset(where, low)
    for first in range(low, high, _STEP):
        new = _offset(where, first + _STEP)
        if new != old:
            at = next(at for at in range(first, first + _STEP + 1) if _offset(where, at) != old)
            found.append((at, old, new))
            old = new
    return found


def _offset(where: ZoneInfo, minute: int) -> float:
    offset = datetime.fromtimestamp(minute * 60, where).utcoffset()
    assert offset is not None
    return offset.total_seconds() / 60
