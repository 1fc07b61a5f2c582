"""Single local times: a date and time in a zone, and the end of somebody's quiet hours.

A local time is whole microseconds since 1970 of a clock in UTC that shows it.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.clock import DAY, SECOND
from domain.cron_rules import day_of
from domain.firings import Firing
from domain.instants import parse_iso
from domain.local_rules import Policy, next_local
from domain.zones import LATEST, stretch_at

_LOCAL: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?", re.ASCII)
_TIME_OF_DAY: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Single:
    """A rule that names one local time."""

    local: int
    every_hour: bool = False

    def first_from(self, local: int) -> int | None:
        return self.local if local <= self.local else None

    def fits(self, day: date) -> bool:
        return day == day_of(self.local)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to before `end` each local day, in seconds since midnight.

    `end` not after `start` reaches into the next day; equal ones are no quiet hours at all.
    """

    start: int
    end: int

    def covers(self, second: int) -> bool:
        """Whether that second of a day is within."""
        if self.start <= self.end:
            return self.start <= second < self.end
        return second >= self.start or second < self.end


def parsed_local(text: str) -> int | None:
    """The local time of `YYYY-MM-DDTHH:MM[:SS[.ffffff]]`, 1970 to 9997; None for other texts.

    An offset or a Z is refused: what has one is an instant, not a local time.
    """
    local = parse_iso(text) if _LOCAL.fullmatch(text) else None
    return local if local is not None and 0 <= local < LATEST - 2 * DAY else None


def parsed_time_of_day(text: str) -> int | None:
    """Seconds since midnight of `HH:MM` or `HH:MM:SS`; None for any other text."""
    match = _TIME_OF_DAY.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups())
    return hour * 3600 + minute * 60 + second


def at_local(local: int, policy: Policy) -> Firing | None:
    """The instant of a date and time; None when clocks skip it and the policy leaves it out.

    Of `both` instants of a repeated time it is the first.
    """
    return next_local(_Single(local), policy, local - 2 * DAY)


def first_outside(quiet: QuietHours, time_zone: str, at: int) -> int:
    """The first instant from `at` on at which the zone's clocks show none of the quiet hours.

    `at` itself when it is outside. What counts is what clocks show: when they are set forward
    past the end, the quiet hours end with that.
    """
    while True:
        stretch = stretch_at(time_zone, at)
        midnight, second = divmod((at + stretch.offset) // SECOND, 86_400)
        if not quiet.covers(second):
            return at
        days = midnight if second < quiet.end else midnight + 1
        end = days * DAY + quiet.end * SECOND - stretch.offset
        if end < stretch.end:
            return end
        at = stretch.end
