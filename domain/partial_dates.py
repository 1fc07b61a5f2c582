"""Dates of reduced precision: `2020-01` is a month, which ends with January's last instant."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.clock import DAY, HOUR, MINUTE, SECOND
from domain.instants import EARLIEST, LATEST, parse_iso

EXPECTED: Final = "ISO 8601: YYYY, YYYY-MM, YYYY-MM-DD, or one of these with a time"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR: Final = re.compile(r"\d{4}", re.ASCII)
_MONTH: Final = re.compile(r"(\d{4})-(\d\d)", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,6}))?)?)?"
    r"([Zz]|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)


@dataclass(frozen=True)
class Period:
    """The instants that a date names, in µs, both ends included."""

    first: int
    last: int


def parse(text: str) -> Period | None:
    """What a date means, in UTC where it has no offset; None when it is none."""
    if _YEAR.fullmatch(text):
        return _between(_start(int(text), 1), _start(int(text) + 1, 1))
    month = _MONTH.fullmatch(text)
    if month is not None:
        year, number = int(month[1]), int(month[2])
        if not 1 <= number <= 12:
            return None
        return _between(_start(year, number), _start(year + number // 12, number % 12 + 1))
    if _DAY.fullmatch(text):
        return _lasting(parse_iso(text), DAY)
    return _timed(text)


def _start(year: int, month: int) -> int | None:
    """The first instant of a month; the end of time for the year 10000, None before the year 1."""
    if year == 10_000:
        return LATEST + 1
    if year == 0:
        return None
    return (datetime(year, month, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)


def _between(first: int | None, following: int | None) -> Period | None:
    if first is None or following is None:
        return None
    return Period(first, following - 1)


def _timed(text: str) -> Period | None:
    """A date with a time, as long as its last digit says."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    day, hour, minute, second, fraction, offset = match.groups()
    whole = f"{day}T{hour}:{minute or '00'}:{second or '00'}.{(fraction or '').ljust(6, '0')}"
    first = parse_iso(whole + _offset(offset))
    return _lasting(first, _length(minute, second, fraction))


def _offset(text: str | None) -> str:
    """An offset as `datetime` reads it in every version: with minutes."""
    if text is None or text in "Zz":
        return "Z"
    digits = text[1:].replace(":", "").ljust(4, "0")
    return f"{text[0]}{digits[:2]}:{digits[2:]}"


def _length(minute: str | None, second: str | None, fraction: str | None) -> int:
    if fraction is not None:
        return int(10 ** (6 - len(fraction)))
    if second is not None:
        return SECOND
    return HOUR if minute is None else MINUTE


def _lasting(first: int | None, length: int) -> Period | None:
    if first is None or not EARLIEST <= first <= LATEST:
        return None
    return Period(first, min(LATEST, first + length - 1))
