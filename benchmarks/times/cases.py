"""The rules that are tried around a clock change: on its edges, within it and beside it."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from benchmarks.times.oracle import EVERY_DAY, EVERY_HOUR, EVERY_WEEKDAY, Clock, Rule

NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
AROUND = 3 * 1440


@dataclass(frozen=True)
class Case:
    """A rule, its crontab text, and which of the kinds it is."""

    kind: str
    text: str
    rule: Rule

    @property
    def every_hour(self) -> bool:
        """Whether it runs by real time, and so the same under every policy."""
        return self.rule.hours == EVERY_HOUR


def clock_around(zone: str, at: int) -> Clock:
    """The zone's clock three days before and after; the oracle is right about two of them."""
    return Clock(zone, at - AROUND, at + AROUND)


def cases(clock: Clock, at: int) -> list[Case]:
    """Rules of every kind whose times the change at that minute touches."""
    shown = clock.shown[at - clock.first]
    expected = clock.shown[at - clock.first - 1] + 1
    low, high = min(shown, expected), max(shown, expected)
    middle = (low + high) // 2
    edges = sorted({low - 1, low, middle, high - 1, high, low // 1440 * 1440 + 720})
    quarters = Rule(frozenset({0, 15, 30, 45}), frozenset({low // 60 % 24}))
    return [
        *(Case("daily", *_daily(each)) for each in edges),
        Case("quarters", f"*/15 {low // 60 % 24} * * *", quarters),
        *(Case("weekly", *_weekly(each)) for each in (low, middle, high)),
        *(Case("monthly", *_monthly(each)) for each in (low, middle, high)),
        *(Case("yearly", *_yearly(each)) for each in (low, middle, high)),
        *(Case("hourly", f"{each} * * * *", _hourly(each)) for each in {0, middle % 60}),
        Case("hourly", "*/20 * * * *", _hourly(0, 20, 40)),
        Case("hourly", f"0 * * * {_weekday(low)[1]}", _hourly(0, weekday=_weekday(low)[0])),
    ]


def _daily(local: int) -> tuple[str, Rule]:
    return f"{_time(local)} * * *", _fixed(local)


def _weekly(local: int) -> tuple[str, Rule]:
    number, name = _weekday(local)
    return f"{_time(local)} * * {name}", _fixed(local, weekdays=frozenset({number}))


def _monthly(local: int) -> tuple[str, Rule]:
    day = _date(local).day
    return f"{_time(local)} {day} * *", _fixed(local, days=frozenset({day}))


def _yearly(local: int) -> tuple[str, Rule]:
    day, month = _date(local).day, _date(local).month
    rule = _fixed(local, days=frozenset({day}))
    return f"{_time(local)} {day} {month} *", replace(rule, months=frozenset({month}))


def _hourly(*minutes: int, weekday: int | None = None) -> Rule:
    weekdays = EVERY_WEEKDAY if weekday is None else frozenset({weekday})
    return Rule(frozenset(minutes), EVERY_HOUR, EVERY_DAY, weekdays)


def _fixed(
    local: int, days: frozenset[int] = EVERY_DAY, weekdays: frozenset[int] = EVERY_WEEKDAY
) -> Rule:
    return Rule(frozenset({local % 60}), frozenset({local // 60 % 24}), days, weekdays)


def _time(local: int) -> str:
    return f"{local % 60} {local // 60 % 24}"


def _weekday(local: int) -> tuple[int, str]:
    number = (local // 1440 + 4) % 7
    return number, NAMES[number]


def _date(local: int) -> date:
    return datetime.fromtimestamp(local * 60, UTC).date()
