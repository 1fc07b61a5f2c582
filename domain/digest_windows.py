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

DAILY: Final = "daily"
WEEKLY: Final = "weekly"
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


def chosen(start: int, end: int) -> Window:
    """A window that somebody chose, which no day names."""
    return Window(_EPOCH, start, end)


def window_of(frequency: str, day: date, boundary: Boundary) -> Window:
    """The window of a frequency (`DAILY` or `WEEKLY`) that ends on that date; raises ValueError."""
    return weekly(day, boundary) if frequency == WEEKLY else daily(day, boundary)


@dataclass(frozen=True, slots=True)
class Hours:
    """When windows end, and when their digests begin."""

    boundary: Boundary
    start: Boundary

    def due(self, frequency: str, day: date) -> int:
        """When the digest of the window that ends on that date begins."""
        return window_of(frequency, day, self.start).end

    def next(self, now: int) -> list[tuple[str, Window]]:
        """The windows whose digests begin next, one of each frequency."""
        daily_day = last_daily(now, self.start).day + timedelta(days=1)
        weekly_day = last_weekly(now, self.start).day + timedelta(days=7)
        return [
            (DAILY, daily(daily_day, self.boundary)),
            (WEEKLY, weekly(weekly_day, self.boundary)),
        ]

    def missing(self, now: int, days: int, grace_us: int) -> list[tuple[str, Window]]:
        """The windows of the last days, and of the last week, whose digests began by now.

        What was due within ``grace_us`` is left out.
        """
        recent = [(DAILY, one) for one in recent_daily(now, self.boundary, days)]
        last = last_weekly(now - grace_us, self.start).day
        wanted = [*recent, (WEEKLY, weekly(last, self.boundary))]
        return [pair for pair in wanted if self.due(pair[0], pair[1].day) + grace_us <= now]


def _window(day: date, days: int, boundary: Boundary) -> Window:
    return Window(day, _ends(day - timedelta(days=days), boundary), _ends(day, boundary))


def _ends(day: date, boundary: Boundary) -> int:
    local = (day - _EPOCH).days * DAY + boundary.second * SECOND
    firing = at_local(local, Policy(boundary.time_zone))
    assert firing is not None, "only `skip` leaves a local time out"
    return firing.at


def _local_date(at: int, boundary: Boundary) -> date:
    return day_of(at + offset_at(boundary.time_zone, at))
