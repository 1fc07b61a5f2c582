"""Intervals as texts, `5 minutes`, with the contract's texts (stages and schedules, 1.3.2)."""

from typing import Final

from domain.clock import DAY, HOUR, MINUTE, SECOND
from domain.coercion import Refused

UNITS: Final = {"days": DAY, "hours": HOUR, "minutes": MINUTE, "seconds": SECOND, "microseconds": 1}
NOT_A_PERIOD: Final = (
    "{} is not a valid period. Accepted: days, hours, minutes, seconds, microseconds)"
)
NOT_AN_INTERVAL: Final = (
    "{} is not a valid interval string: integer and period "
    "(from: days, hours, minutes, seconds, microseconds) e.g. 1 minutes"
)
TOO_SHORT: Final = "{} is not a valid interval: the shortest is 1 seconds"
TOO_LONG: Final = "{} is not a valid interval: the longest is 36500 days"

_SHORTEST: Final = SECOND
_LONGEST: Final = 36_500 * DAY


def parsed(text: str) -> int:
    """Microseconds of `<whole number> <unit>`, from a second to a hundred years; Refused else."""
    words = text.split()
    if len(words) != 2 or not _is_whole(words[0]):
        raise Refused(NOT_AN_INTERVAL.format(text))
    if words[1] not in UNITS:
        raise Refused(NOT_A_PERIOD.format(text))
    duration = int(words[0]) * UNITS[words[1]]
    if duration < _SHORTEST:
        raise Refused(TOO_SHORT.format(text))
    if duration > _LONGEST:
        raise Refused(TOO_LONG.format(text))
    return duration


def _is_whole(word: str) -> bool:
    digits = word[1:] if word[:1] in "+-" else word
    return digits.isascii() and digits.isdigit() and len(digits) <= 20
