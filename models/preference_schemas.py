"""The body of `PATCH /account/preferences/`, as a marshmallow schema."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, ValidationError, validates_schema

from domain import profiles
from domain.coercion import EMPTY_LIST, NOT_A_LIST, Refused
from domain.local_times import parsed_time_of_day
from domain.preferences import CHANNELS, DAYS
from models.account_schemas import RuledText
from models.fields import Ruled
from models.schemas import Body

NOT_AN_OBJECT: Final = 'Expected a dictionary of items but got type "{}".'
NOT_A_TIME: Final = "Time has wrong format. Use one of these formats instead: hh:mm."
NOT_A_CHOICE: Final = '"{}" is not a valid choice.'
NOT_A_BOOLEAN: Final = "Must be a valid boolean."
SAME_TIME: Final = "Ensure this time differs from the one in from."


class _Time(Ruled[str]):
    """A time of day by the minute."""

    described = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}

    def coerce(self, value: object) -> str:
        """As `HH:MM`; raises Refused."""
        text = value.strip() if isinstance(value, str) else ""
        if len(text) != len("hh:mm") or parsed_time_of_day(text) is None:
            raise Refused(NOT_A_TIME)
        return text


class _Days(Ruled[list[str]]):
    """Days of the week on which quiet hours begin, once each, in their order."""

    described = {"type": "array", "items": {"enum": list(DAYS)}, "minItems": 1}

    def coerce(self, value: object) -> list[str]:
        if not isinstance(value, list):
            raise Refused(NOT_A_LIST.format(type(value).__name__))
        if not value:
            raise Refused(EMPTY_LIST)
        wrong = {
            at: [NOT_A_CHOICE.format(one)]
            for at, one in enumerate(value)
            if not isinstance(one, str) or one not in DAYS
        }
        if wrong:
            raise Refused(items=wrong)
        return [one for one in DAYS if one in value]


class _QuietHours(Body):
    until = _Time(required=True)
    days = _Days(load_default=lambda: list(DAYS))

    @validates_schema
    def _refuse_none(self, data: Mapping[str, Any], **_: object) -> None:
        if data["from"] == data["until"]:
            raise ValidationError([SAME_TIME], "until")


_QUIET: Final = _QuietHours.from_dict({"from": _Time(required=True)}, name="QuietSchema")()


class _Quiet(Ruled[dict[str, Any]]):
    """Quiet hours."""

    described = {
        "type": "object",
        "properties": {"from": _Time.described, "until": _Time.described, "days": _Days.described},
        "required": ["from", "until"],
    }

    def coerce(self, value: object) -> dict[str, Any]:
        """`{from, until, days}`; raises Refused, ValidationError for what is in them."""
        loaded: dict[str, Any] = _QUIET.load(_object(value))
        return {key: loaded[key] for key in ("from", "until", "days")}


class _Channels(Ruled[dict[str, dict[str, bool]]]):
    """Ways by kind; those that are left out stay as they are."""

    described = {
        "type": "object",
        "properties": {
            kind: {"type": "object", "properties": {one: {"type": "boolean"} for one in channels}}
            for kind, channels in CHANNELS.items()
        },
        "additionalProperties": False,
    }

    def coerce(self, value: object) -> dict[str, dict[str, bool]]:
        """The same; raises Refused, ValidationError for what is in them."""
        given, wrong = _object(value), {}
        for kind, channels in given.items():
            problem = _problem(kind, channels)
            if problem:
                wrong[kind] = problem
        if wrong:
            raise ValidationError(wrong)
        return {kind: dict(channels) for kind, channels in given.items()}


def _problem(kind: str, channels: object) -> Any:
    """What is wrong with one kind's; None when nothing is."""
    if kind not in CHANNELS:
        return [NOT_A_CHOICE.format(kind)]
    if not isinstance(channels, dict):
        return [NOT_AN_OBJECT.format(type(channels).__name__)]
    wrong = {one: [NOT_A_CHOICE.format(one)] for one in channels if one not in CHANNELS[kind]}
    odd = {one: [NOT_A_BOOLEAN] for one, is_on in channels.items() if not isinstance(is_on, bool)}
    return {**odd, **wrong}


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused(NOT_AN_OBJECT.format(type(value).__name__))
    return value


class _Preferences(Body):
    language = RuledText(profiles.language, allow_none=True)
    time_zone = RuledText(profiles.time_zone, allow_none=True)
    quiet_hours = _Quiet(allow_none=True)
    channels = _Channels()


PREFERENCES: Final[Schema] = _Preferences()
