"""Fields as Django REST framework reads them, with the texts of the stages contract (1.1).

`from_form` makes a value of what a form holds, which is always text.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.coercion import NOT_AN_INTEGER, Refused, trimmed_text, whole_number
from domain.profiles import limited
from domain.zones import LATEST
from models.fields import INSTANT, NOT_AN_INSTANT, Ruled

NOT_A_BOOLEAN: Final = "Must be a valid boolean."
NOT_A_CHOICE: Final = '"{}" is not a valid choice.'
NOT_JSON: Final = "Value must be valid JSON."
TOO_GREAT: Final = "Ensure this value is less than or equal to {}."
TOO_SMALL: Final = "Ensure this value is greater than or equal to {}."
TOO_MANY_BYTES: Final = "Ensure this field has no more than {} bytes."

GREATEST: Final = 2**31 - 1
MOST_JSON_BYTES: Final = 2**20

_TRUE: Final = frozenset({"t", "true", "y", "yes", "on", "1"})
_FALSE: Final = frozenset({"f", "false", "n", "no", "off", "0", "0.0"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT: Final = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)[T ](\d\d?):(\d\d?)(?::(\d\d?)(?:\.(\d{1,6})\d{0,6})?)?"
    r"(Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?",
    re.ASCII | re.IGNORECASE,
)


class SeedText(Ruled[str]):
    """Trimmed text of at most ``longest`` characters that a rule may judge.

    ``blank``: blank text is taken, and is no text for the rule to judge.
    """

    is_text = True

    def __init__(
        self,
        longest: int | None = None,
        rule: Callable[[str], object] = str,
        *,
        blank: bool = False,
        required: bool = False,
        allow_none: bool = False,
    ):
        super().__init__(required=required, allow_none=allow_none)
        self._longest, self._rule, self._blank = longest, rule, blank
        most = {} if longest is None else {"maxLength": longest}
        self.described = {"type": "string", **({} if blank else {"minLength": 1}), **most}

    def coerce(self, value: object) -> str:
        if self._blank and isinstance(value, str) and not value.strip():
            return ""
        text = trimmed_text(value)
        text = text if self._longest is None else limited(text, self._longest)
        self._rule(text)
        return text


class SeedInteger(Ruled[int]):
    """A whole number of 32 bits; ``least`` may narrow it."""

    def __init__(
        self, *, least: int = -GREATEST - 1, required: bool = False, allow_none: bool = False
    ):
        super().__init__(required=required, allow_none=allow_none)
        self._least = least
        self.described = {"type": "integer", "minimum": least, "maximum": GREATEST}

    def coerce(self, value: object) -> int:
        try:
            number = whole_number(value)
        except OverflowError as error:  # infinity
            raise Refused(NOT_AN_INTEGER) from error
        if number > GREATEST:
            raise Refused(TOO_GREAT.format(GREATEST))
        if number < self._least:
            raise Refused(TOO_SMALL.format(self._least))
        return number


class SeedBoolean(Ruled[bool]):
    """True or false, also as the usual words and as 1 and 0."""

    described = {"type": "boolean"}

    def coerce(self, value: object) -> bool:
        word = str(value).lower() if isinstance(value, bool | int | float | str) else ""
        if word in _TRUE or word == "1.0":
            return True
        if word in _FALSE:
            return False
        raise Refused(NOT_A_BOOLEAN)


class SeedJson(Ruled[str]):
    """Any JSON value, loaded as its text in ASCII, of at most a mebibyte."""

    def from_form(self, text: str) -> object:
        """The value that a form's text spells."""
        try:
            value: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Refused(NOT_JSON) from error
        return value

    def coerce(self, value: object) -> str:
        try:
            text = json.dumps(value, allow_nan=False, separators=(",", ":"))
        except (ValueError, RecursionError) as error:
            raise Refused(NOT_JSON) from error
        if len(text) > MOST_JSON_BYTES:
            raise Refused(TOO_MANY_BYTES.format(MOST_JSON_BYTES))
        return text


class SeedInstant(Ruled[int]):
    """A date and time, loaded as microseconds since 1970; without an offset it is UTC."""

    described = INSTANT

    def coerce(self, value: object) -> int:
        match = _INSTANT.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            raise Refused(NOT_AN_INSTANT)
        *parts, fraction, zone = match.groups()
        year, month, day, hour, minute, second = (int(part or 0) for part in parts)
        fraction_us = int((fraction or "").ljust(6, "0"))
        try:
            local = datetime(year, month, day, hour, minute, second, fraction_us, UTC)
        except ValueError as error:
            raise Refused(NOT_AN_INSTANT) from error
        us = (local - _EPOCH) // timedelta(microseconds=1) - _offset_us(zone or "Z")
        if not -LATEST <= us < LATEST:
            raise Refused(NOT_AN_INSTANT)
        return us


class SeedChoice(Ruled[str]):
    """One of a few words."""

    is_text = True

    def __init__(self, choices: tuple[str, ...], *, required: bool = False):
        super().__init__(required=required)
        self._choices = choices
        self.described = {"type": "string", "enum": list(choices)}

    def coerce(self, value: object) -> str:
        if value not in self._choices:
            raise Refused(NOT_A_CHOICE.format(value))
        return str(value)


def _offset_us(zone: str) -> int:
    if zone in "Zz":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return (minutes if zone[0] == "+" else -minutes) * 60_000_000
