"""Windows of digests: days and weeks that end at a time of day in a zone (alerts contract 3.7).

Windows of one kind follow on one another without hole or overlap, also where clocks change: a day
then has 23 or 25 hours. Instants are microseconds since 1970; a window holds its start and not its
end.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from domain.clock import DAY, SECOND
from domain.cron_rules import day_of
from domain.local_rules import Policy
from domain.local_times import at_local
from domain.zones import offset_at

_EPOCH: Final = date(1970, 1, 1)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Boundary:
    """The time of day at which windows end, in seconds since midnight, and where."""

    second: int = 8 * 3600
    time_zone: str = "Europe/London"


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to before `end`; `day` is the local date of its end and names it."""

    day: date
    start: int
    end: int

    def holds(self, at: int) -> bool:
        """Whether an instant is within."""
        return self.start <= at < self.end


def daily(day: date, boundary: Boundary) -> Window:
    """The 24 local hours that end on that date."""
    return _window(day, 1, boundary)


def weekly(day: date, boundary: Boundary) -> Window:
    """The week that ends on that date; ValueError when it is no Saturday."""
    if day.weekday() != _SATURDAY:
        raise ValueError("a weekly window ends on a Saturday")
    return _window(day, 7, boundary)


def last_daily(at: int, boundary: Boundary) -> Window:
    """The newest daily window that has ended by that instant."""
    day = _local_date(at, boundary) + timedelta(days=1)
    while daily(day, boundary).end > at:
        day -= timedelta(days=1)
    return daily(day, boundary)


def last_weekly(at: int, boundary: Boundary) -> Window:
    """The newest weekly window that has ended by that instant."""
    day = last_daily(at, boundary).day
    return weekly(day - timedelta(days=(day.weekday() - _SATURDAY) % 7), boundary)


def recent_daily(at: int, boundary: Boundary, count: int) -> list[Window]:
    """The last `count` daily windows that have ended, oldest first: what a recovery looks at."""
    newest = last_daily(at, boundary).day
    return [daily(newest - timedelta(days=back), boundary) for back in reversed(range(count))]


def _window(day: date, days: int, boundary: Boundary) -> Window:
    return Window(day, _ends(day - timedelta(days=days), boundary), _ends(day, boundary))


def _ends(day: date, boundary: Boundary) -> int:
    local = (day - _EPOCH).days * DAY + boundary.second * SECOND
    firing = at_local(local, Policy(boundary.time_zone))
    assert firing is not None, "only `skip` leaves a local time out"
    return firing.at


def _local_date(at: int, boundary: Boundary) -> date:
    return day_of(at + offset_at(boundary.time_zone, at))
