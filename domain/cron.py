"""Crontab texts as callers write them: five fields, one definition, and the two as one another.

The texts of what is wrong are the contract's (stages and schedules, 1.3.2).
"""

from collections.abc import Mapping
from typing import Final

from domain.coercion import Refused
from domain.cron_rules import read, spelt_out

FIELDS: Final = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
NOT_A_CRONTAB: Final = "{} is not a valid crontab string: {}"
DISAGREE: Final = "The five fields and cron_definition do not say the same."


def checked(definition: str) -> str:
    """The definition, when it is one and something it names comes; Refused otherwise."""
    try:
        read(definition)
    except ValueError as error:
        raise Refused(NOT_A_CRONTAB.format(definition, error)) from error
    return definition


def fields_of(definition: str) -> dict[str, str]:
    """The five fields of a valid definition: macros written out, seconds and year not shown."""
    minute = 1 if len(_positions(definition)) == 7 else 0
    return dict(zip(FIELDS, _positions(definition)[minute : minute + 5], strict=True))


def composed(fields: Mapping[str, str], base: str | None = None) -> str:
    """The definition of some of the five fields; the others, seconds and year are `base`'s.

    Blanks within a field are dropped, an empty field is `*` (contract 2.1). Not checked.
    """
    positions = _positions(base) if base else ["*"] * 5
    first = 1 if len(positions) == 7 else 0
    for at, name in enumerate(FIELDS, first):
        if name in fields:
            positions[at] = "".join(fields[name].split()) or "*"
    return " ".join(positions)


def checked_field(name: str, text: str) -> str:
    """One field, when a definition may have it there; Refused otherwise."""
    checked(composed({name: text}))
    return text


def agree(definition: str, fields: Mapping[str, str]) -> bool:
    """Whether these of the five fields say what the valid definition says."""
    return composed(fields, definition).lower() == " ".join(_positions(definition)).lower()


def _positions(definition: str) -> list[str]:
    return spelt_out(definition).split()
