"""The bodies of scheduled sends: when, beside what a send takes."""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from marshmallow import Schema

from domain.coercion import Refused, whole_number
from domain.errors import Invalid
from domain.instants import parse_iso
from domain.local_times import parsed_local
from domain.profiles import time_zone
from domain.send_times import RECIPIENT
from models.fields import INSTANT, NOT_AN_INSTANT, TEXT, Ruled
from models.schemas import Body, load

NO_OFFSET: Final = "Give an offset, for example +02:00 or Z, or send_at_local and time_zone."
NOT_LOCAL: Final = "Enter a local time without an offset, for example 2027-03-28T09:00."
TIMES: Final = ("send_at", "send_at_local", "time_zone", "schedule")

_OFFSET: Final = re.compile(r"[T ].*(?:Z|[+-][\d:]+)$", re.IGNORECASE)


class AwareInstant(Ruled[int]):
    """An ISO 8601 instant with an offset, loaded as microseconds since 1970."""

    described = INSTANT

    def coerce(self, value: object) -> int:
        """As `domain.instants.parse_iso`; a time without an offset is nobody's."""
        us = parse_iso(value) if isinstance(value, str) else None
        if us is None:
            raise Refused(NOT_AN_INSTANT)
        if not isinstance(value, str) or not _OFFSET.search(value):
            raise Refused(NO_OFFSET)
        return us


class LocalTime(Ruled[int]):
    """A date and time as clocks show it somewhere, loaded as `domain.local_times` reads it."""

    described = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d"}

    def coerce(self, value: object) -> int:
        """As `domain.local_times.parsed_local`."""
        local = parsed_local(value) if isinstance(value, str) else None
        if local is None:
            raise Refused(NOT_LOCAL)
        return local


class SendZone(Ruled[str]):
    """The name of a time zone, or `recipient`: each reader's own."""

    described = TEXT

    def coerce(self, value: object) -> str:
        """As `domain.profiles.time_zone`, and one word more."""
        return RECIPIENT if value == RECIPIENT else time_zone(value)


class Number(Ruled[int]):
    """A whole number."""

    described = {"type": "integer"}

    def coerce(self, value: object) -> int:
        """As `domain.coercion.whole_number`."""
        return whole_number(value)


class _Times(Body):
    send_at = AwareInstant(load_default=None, allow_none=True)
    send_at_local = LocalTime(load_default=None, allow_none=True)
    time_zone = SendZone(load_default=None, allow_none=True)
    schedule = Number(load_default=None, allow_none=True)


_TIMES: Final = _Times()


def names_a_time(body: object) -> bool:
    """Does a body of a send say when?"""
    return isinstance(body, dict) and any(body.get(key) is not None for key in TIMES)


def load_both(schema: Schema, body: object, *, partial: bool = False) -> dict[str, Any]:
    """A body as this schema reads it, and its times; raises `Invalid` with all that is wrong."""
    loaded: dict[str, Any] = {}
    problems: dict[str, Any] = {}
    for one in (schema, _TIMES):
        try:
            loaded |= load(one, body, partial=partial)
        except Invalid as error:
            problems |= dict(cast(Mapping[str, Any], error.problems))
    if problems:
        raise Invalid(problems)
    return loaded
