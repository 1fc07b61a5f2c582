"""What is due around a clock change, found by walking UTC minute by minute and reading the clock.

Shares nothing with the rules it judges: no offsets, no stretches, no crontab texts, only the zone's
clock as the standard library shows it. All times are whole minutes since 1970; a local time is
that of a clock in UTC that shows it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

DAY = 1440
MARGIN = DAY
EVERY_HOUR = frozenset(range(24))
EVERY_DAY = frozenset(range(1, 32))
EVERY_WEEKDAY = frozenset(range(7))
EVERY_MONTH = frozenset(range(1, 13))

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - what a clock shows has no zone


@dataclass(frozen=True)
class Rule:
    """The minutes, hours, days, weekdays (Sunday is 0) and months of which all have to fit."""

    minutes: frozenset[int]
    hours: frozenset[int] = EVERY_HOUR
    days: frozenset[int] = EVERY_DAY
    weekdays: frozenset[int] = EVERY_WEEKDAY
    months: frozenset[int] = EVERY_MONTH

    def names(self, local: int) -> bool:
        """Whether the rule names that local time."""
        minute, hour = local % 60, local // 60 % 24
        return minute in self.minutes and hour in self.hours and self.names_date_of(local)

    def names_date_of(self, local: int) -> bool:
        """Whether it names any time of that date."""
        moment = _EPOCH + timedelta(minutes=local)
        if moment.month not in self.months or moment.day not in self.days:
            return False
        return moment.isoweekday() % 7 in self.weekdays

    def named_within(self, low: int, high: int) -> Iterator[int]:
        """The local times in [low, high) that it names."""
        for day in range(low // DAY * DAY, high, DAY):
            if self.names_date_of(day):
                times = (day + hour * 60 + each for hour in self.hours for each in self.minutes)
                yield from (time for time in times if low <= time < high)


@dataclass
class Clock:
    """A zone's clock read at each minute from `first` to before `end`."""

    zone: str
    first: int
    end: int
    shown: list[int] = field(default_factory=list, repr=False)
    at: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list), repr=False)
    jumps: list[tuple[int, int, int]] = field(default_factory=list)
    """The minutes at which it is set, what it would have shown, and what it shows."""

    def __post_init__(self) -> None:
        where = ZoneInfo(self.zone)
        for minute in range(self.first, self.end):
            moment = datetime.fromtimestamp(minute * 60, where).replace(tzinfo=None)
            local = (moment - _EPOCH) // timedelta(minutes=1)
            if self.shown and local != self.shown[-1] + 1:
                self.jumps.append((minute, self.shown[-1] + 1, local))
            self.shown.append(local)
            self.at[local].append(minute)

    def gap_around(self, local: int) -> tuple[int, int] | None:
        """The minute at which it is set over that local time, and by how much; None when not."""
        for at, expected, shown in self.jumps:
            if expected <= local < shown:
                return at, shown - expected
        return None


def due(rule: Rule, clock: Clock, on_gap: str, on_overlap: str) -> dict[int, str | None]:
    """The minutes at which something is due, each with the reason it has to carry.

    Local times that come to be the same minute are one, with the reason of the one that moved.

    Right from `MARGIN` after the clock's first minute to `MARGIN` before its last.
    """
    found = _by_real_time(rule, clock) if rule.hours == EVERY_HOUR else {}
    if rule.hours != EVERY_HOUR:
        for local in rule.named_within(min(clock.shown), max(clock.shown) + 1):
            for at, reason in _fixed(local, clock, on_gap, on_overlap).items():
                found[at] = found.get(at) or reason
    low, high = clock.first + MARGIN, clock.end - MARGIN
    return {at: found[at] for at in sorted(found) if low <= at < high}


def _fixed(local: int, clock: Clock, on_gap: str, on_overlap: str) -> dict[int, str | None]:
    minutes = clock.at.get(local, [])
    if len(minutes) == 1:
        return {minutes[0]: None}
    if minutes:
        first, last = minutes
        found = {first: "overlap_first", last: "overlap_last"}
        return {at: why for at, why in found.items() if on_overlap in ("both", why[8:])}
    gap = clock.gap_around(local)
    if gap is None or on_gap == "skip":
        return {}
    at, length = gap
    if on_gap == "shift":
        return {min(each for each in clock.at[local + length] if each >= at): "gap_shifted"}
    return {max(each for each in clock.at[local - length] if each < at): "gap_earlier"}


def _by_real_time(rule: Rule, clock: Clock) -> dict[int, str | None]:
    found: dict[int, str | None] = {}
    for at, local in enumerate(clock.shown, clock.first):
        if rule.names(local):
            twice = clock.at[local]
            reasons = ["overlap_first", "overlap_last"] if len(twice) == 2 else [None]
            found[at] = reasons[twice.index(at)]
    for at, expected, _ in clock.jumps:
        found.update(_first_after(rule, clock, at, expected))
    return found


def _first_after(rule: Rule, clock: Clock, at: int, expected: int) -> dict[int, str | None]:
    """What the clock as it was had next, when it comes before what the clock has now."""
    for later in range(min(60, clock.end - at)):
        shown = clock.shown[at - clock.first + later]
        if rule.names(shown):
            return {}
        if rule.names(expected + later):
            return {at + later: "carried"} if rule.names_date_of(shown) else {}
    return {}


def minutes_of(year: int, month: int = 1, day: int = 1) -> int:
    """The minute at which a UTC day begins."""
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) // 60
