"""What a crontab text means: the local times it names, without any zone (see `domain/timing.py`).

The one file of the rules that imports a library: `crontab` reads the text and words what is wrong
with it (ADR 8). Local times are whole microseconds since 1970 as if the local clock were UTC.
"""

import calendar
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Protocol

from crontab import CronTab

from domain.clock import DAY, SECOND

MACROS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
NEVER: Final = "no such date comes"
NOT_PLAIN: Final = "only letters, digits and * , - / ? are known, and the macros"
NO_Z: Final = "days before the last one of a month (Z) are not supported"

# 29 February on a given weekday is up to 40 years away; what is not due in 50 never is.
_LONGEST_WAIT: Final = 50 * 366
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_LAST_DAY: Final = date(9998, 12, 31).toordinal() - _EPOCH_ORDINAL
_ONE_DAY: Final = timedelta(days=1)
_KNOWN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789*,-/?")


@dataclass(frozen=True, slots=True)
class CronRule:
    """The values of each position, ascending; `years` empty means every year.

    `either` says that a date fits when its day of month *or* its weekday does: as in every cron,
    when neither position begins with a star. Weekdays count from Sunday, 0.
    """

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]
    last_day: bool
    last_weekdays: frozenset[int]
    either: bool

    @property
    def every_hour(self) -> bool:
        """Whether it names minutes of every hour, and so runs by real time (ADR 8)."""
        return len(self.hours) == 24

    def first_from(self, local: int) -> int | None:
        """The first local time at or after that one; None when none comes (within 50 years)."""
        day, rest = divmod(-(-local // SECOND), 86_400)
        if day > _LAST_DAY:
            return None
        time = self._time_from(rest) if self.fits(_date(day)) else None
        if time is None:
            time = self.hours[0] * 3600 + self.minutes[0] * 60 + self.seconds[0]
            found = self._day_after(day)
            if found is None:
                return None
            day = found
        return day * DAY + time * SECOND

    def fits(self, day: date) -> bool:
        """Whether anything is due on that date."""
        if day.month not in self.months or (self.years and day.year not in self.years):
            return False
        by_day, by_weekday = self._fits_day(day), self._fits_weekday(day)
        return by_day or by_weekday if self.either else by_day and by_weekday

    def _fits_day(self, day: date) -> bool:
        return day.day in self.days or (self.last_day and day.day == _days_in_month(day))

    def _fits_weekday(self, day: date) -> bool:
        weekday = day.isoweekday() % 7
        if weekday in self.weekdays:
            return True
        return weekday in self.last_weekdays and day.day + 7 > _days_in_month(day)

    def _time_from(self, rest: int) -> int | None:
        hour, below = divmod(rest, 3600)
        minute, second = divmod(below, 60)
        at = bisect_left(self.hours, hour)
        if at < len(self.hours) and self.hours[at] == hour:
            time = self._in_hour(minute, second)
            if time is not None:
                return hour * 3600 + time
            at += 1
        if at == len(self.hours):
            return None
        return self.hours[at] * 3600 + self.minutes[0] * 60 + self.seconds[0]

    def _in_hour(self, minute: int, second: int) -> int | None:
        at = bisect_left(self.minutes, minute)
        if at < len(self.minutes) and self.minutes[at] == minute:
            within = bisect_left(self.seconds, second)
            if within < len(self.seconds):
                return minute * 60 + self.seconds[within]
            at += 1
        if at == len(self.minutes):
            return None
        return self.minutes[at] * 60 + self.seconds[0]

    def _day_after(self, day: int) -> int | None:
        moment = _date(day) + _ONE_DAY
        last = _date(min(day + _LONGEST_WAIT, _LAST_DAY))
        if self.years:
            last = date(max(self.years), 12, 31)
        while not self.fits(moment):
            moment = self._skip(moment)
            if moment > last:
                return None
        return moment.toordinal() - _EPOCH_ORDINAL

    def _skip(self, day: date) -> date:
        if self.years and day.year not in self.years:
            return date(day.year + 1, 1, 1)
        if day.month not in self.months:
            return date(day.year + day.month // 12, day.month % 12 + 1, 1)
        return day + _ONE_DAY


class Position(Protocol):
    """What the library says about one position; `any` when one of its items is a star."""

    any: bool
    allowed: frozenset[int]


@lru_cache(maxsize=4096)
def read(text: str) -> CronRule:
    """The rule of a text of 5 to 7 positions, or of a macro.

    5 are minute, hour, day of month, month, weekday; a sixth is the year, and of seven the first
    is the second. Raises ValueError, whose text says what is wrong, also when nothing it names
    ever comes (30 February).
    """
    positions = spelt_out(text).lower().split()
    rule = _rule(" ".join(positions))
    if rule.first_from(_first_year(rule)) is None:
        raise ValueError(NEVER)
    return rule


def spelt_out(text: str) -> str:
    """The text with a macro written out; any other text as it is, without blanks around it."""
    return MACROS.get(text.strip().lower(), text.strip())


def _rule(text: str) -> CronRule:
    if text.startswith("@") or not _KNOWN.issuperset(text.replace(" ", "")):
        raise ValueError(NOT_PLAIN)
    parts = CronTab(text).matchers
    if "z" in parts.day.input:
        raise ValueError(NO_Z)
    return CronRule(
        seconds=_values(parts.second, range(60)),
        minutes=_values(parts.minute, range(60)),
        hours=_values(parts.hour, range(24)),
        days=frozenset(_values(parts.day, range(1, 32))),
        months=frozenset(_values(parts.month, range(1, 13))),
        weekdays=frozenset(_values(parts.weekday, range(7))),
        years=parts.year.allowed if not parts.year.any else frozenset(),
        last_day="l" in parts.day.split,
        last_weekdays=_last_weekdays(parts.weekday.split),
        either=not (_is_open(parts.day.input) or _is_open(parts.weekday.input)),
    )


def _values(part: Position, every: range) -> tuple[int, ...]:
    return tuple(every) if part.any else tuple(sorted(part.allowed))


def _last_weekdays(items: list[str]) -> frozenset[int]:
    """The weekdays of "l5" and "l1-3": the last ones of a month."""
    found: set[int] = set()
    for item in items:
        if item.startswith("l"):
            first, _, last = item[1:].partition("-")
            found.update(day % 7 for day in range(int(first), int(last or first) + 1))
    return frozenset(found)


def _is_open(position: str) -> bool:
    return position.startswith(("*", "?"))


def _first_year(rule: CronRule) -> int:
    """The local midnight from which a rule is tried; one with years begins with its first."""
    year = min(rule.years, default=1970)
    return (date(year, 1, 1).toordinal() - _EPOCH_ORDINAL) * DAY


def _date(day: int) -> date:
    return date.fromordinal(day + _EPOCH_ORDINAL)


def day_of(local: int) -> date:
    """The date of a local time."""
    return _date(local // DAY)


def _days_in_month(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]
