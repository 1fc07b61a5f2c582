"""Instants as whole microseconds since 1970 UTC, and the texts they are read from and shown as."""

import math
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

EARLIEST: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
LATEST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND

# The seconds whose year fits the 32-bit field of C's `struct tm`: beyond them the reference
# implementation of contract 1.8 crashes, within them a year outside 1 to 9999 is only ignored.
_FIRST_C_SECOND: Final = -67_768_040_609_740_800
_LAST_C_SECOND: Final = 67_768_036_191_676_799

# `fromisoformat` takes any character between date and time; ISO 8601 takes T (RFC 3339: a space).
_ISO_8601: Final = re.compile(
    r"(\d{4}-?\d\d-?\d\d|\d{4}-?W\d\d(?:-?\d)?)(?:[T ](\d[\d:.,]*(?:Z|[+-][\d:]+)?))?",
    re.ASCII,
)


def to_text(us: int) -> str:
    """`YYYY-MM-DDTHH:MM:SS.ffffffZ`, without the fraction when it is zero (contract 1.3).

    Exact from `EARLIEST` to `LATEST` (the years 1 to 9999); ValueError outside.
    """
    minute, rest = divmod(us, 60_000_000)
    second, fraction = divmod(rest, 1_000_000)
    if fraction:
        return f"{_minute_text(minute)}{second:02d}.{fraction:06d}Z"
    return f"{_minute_text(minute)}{second:02d}Z"


# A page of items shares few minutes, and finding the minute is more than half of the cost.
@lru_cache(maxsize=1024)
def _minute_text(minute: int) -> str:
    if not EARLIEST <= minute * 60_000_000 <= LATEST:
        raise ValueError("the instant is outside the years 1 to 9999")
    return (_EPOCH + timedelta(minutes=minute)).isoformat()[:17]


def parse_iso(text: str) -> int | None:
    """Microseconds of an ISO 8601 date or instant; None when it is none, or outside 1 to 9999.

    A date alone is its midnight, an instant without an offset is UTC. Digits after the sixth of
    a fraction are dropped. White space around is not removed.
    """
    match = _ISO_8601.fullmatch(text.upper())
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat("T".join(filter(None, match.groups())))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    us = (moment - _EPOCH) // _MICROSECOND
    return us if EARLIEST <= us <= LATEST else None


def parse_timestamp(text: str) -> int | None:
    """Microseconds of UNIX seconds, which may have a fraction or an exponent (contract 1.8).

    None for what is no number, for nan and for years outside 1 to 9999; OverflowError for
    infinities and numbers whose year is beyond 32 bits. Read as a float and rounded half to even
    in its fraction, exactly as `datetime.fromtimestamp` does it.
    """
    try:
        seconds = float(text)
    except ValueError:
        return None
    if math.isnan(seconds):
        return None
    if not _FIRST_C_SECOND <= seconds <= _LAST_C_SECOND:
        raise OverflowError(f"no such instant: {text}")
    fraction, whole = math.modf(seconds)
    us = int(whole) * 1_000_000 + round(fraction * 1e6)
    return us if EARLIEST <= us <= LATEST else None
