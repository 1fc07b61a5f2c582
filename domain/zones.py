"""Time zones as stretches of one offset: the only place that asks the zone database.

The database is the pinned `tzdata` package, never the host's: two hosts with different ones would
disagree about when something is due. Offsets and instants are whole microseconds.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

from domain.clock import DAY, SECOND

reset_tzpath(to=())

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STEP: Final = 7 * DAY
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 9997
LATEST: Final = (datetime(9998, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time from `start` to before `end`, in which local time is UTC plus `offset`.

    `before` and `after` are the offsets of its neighbours; a stretch also ends with the UTC year,
    and then its neighbour may have the same offset.
    """

    start: int
    end: int
    offset: int
    before: int
    after: int


@cache
def names() -> frozenset[str]:
    """Every name of the IANA database, aliases too."""
    return frozenset(available_timezones())


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of that name; KeyError (ZoneInfoNotFoundError) for an unknown one."""
    return ZoneInfo(name)


def offset_at(name: str, at: int) -> int:
    """How far the zone's clocks are ahead of UTC at an instant."""
    return _offset(zone(name), at)


def stretch_at(name: str, at: int) -> Stretch:
    """The stretch that holds an instant of the years 1900 to 9997; the first or last outside."""
    year = (_EPOCH + timedelta(seconds=at // SECOND)).year
    starts, stretches = _year(name, min(max(year, _FIRST_YEAR), _LAST_YEAR))
    return stretches[max(bisect_right(starts, at) - 1, 0)]


# Some 7 entries a zone and decade; making one takes some 60 microseconds.
@lru_cache(maxsize=8192)
def _year(name: str, year: int) -> tuple[list[int], list[Stretch]]:
    where = zone(name)
    first, end = _year_start(year), _year_start(year + 1)
    starts = [first, *(at for at in _changes(where, first, end) if at < end)]
    offsets = [_offset(where, start) for start in starts]
    before = [_offset(where, first - 1), *offsets]
    after = [*offsets[1:], _offset(where, end)]
    ends = [*starts[1:], end]
    stretches = [Stretch(*each) for each in zip(starts, ends, offsets, before, after, strict=False)]
    return starts, stretches


def _changes(where: ZoneInfo, first: int, end: int) -> list[int]:
    """The instants within (first, end] at which the offset changes, found week by week.

    From 1970 to 2040 no zone has two changes in a week that end where they began: looking at every
    day finds the same (tzdata 2026.6).
    """
    found = []
    for low in range(first, end, _STEP):
        high = min(low + _STEP, end)
        if _offset(where, low) != _offset(where, high):
            found.append(_change(where, low, high))
    return found


def _change(where: ZoneInfo, low: int, high: int) -> int:
    """The second at which the offset becomes that of `high`; it is another at `low`."""
    old = _offset(where, low)
    while high - low > SECOND:
        middle = low + (high - low) // (2 * SECOND) * SECOND
        low, high = (middle, high) if _offset(where, middle) == old else (low, middle)
    return high


def _offset(where: ZoneInfo, at: int) -> int:
    moment = datetime.fromtimestamp(at // SECOND, where)
    offset = moment.utcoffset()
    assert offset is not None
    return offset // timedelta(microseconds=1)


def _year_start(year: int) -> int:
    return (datetime(year, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
