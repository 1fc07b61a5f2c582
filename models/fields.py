"""Marshmallow fields over the field rules of `domain`, with the contracts' texts."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from marshmallow import ValidationError, fields

from domain.coercion import (
    NULL,
    REQUIRED,
    Refused,
    trimmed_text,
    trimmed_texts,
    whole_numbers,
)
from domain.instants import parse_iso

NOT_AN_AUDIENCE: Final = 'Must be "everyone" or {"group_ids": [...]}.'
NOT_AN_INSTANT: Final = (
    "Datetime has wrong format. Use one of these formats instead: "
    "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
)

Audience = str | dict[str, list[int]]

TEXT: Final = {"type": "string", "minLength": 1}
INSTANT: Final = {"type": "string", "format": "date-time"}

_T = TypeVar("_T")


class Ruled(fields.Field[_T]):
    """A field that says what is missing, null or refused as `domain.coercion` words it.

    ``described`` is what JSON Schema says of a value, for the description of the API: the spelling
    that is meant, not all that is taken.
    """

    default_error_messages = {"required": REQUIRED, "null": NULL}
    described: Mapping[str, Any] = {}

    def coerce(self, value: object) -> _T:
        """What the field makes of a value that is not null; raises Refused."""
        raise NotImplementedError

    def _deserialize(
        self,
        value: object,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: object,
    ) -> _T:
        try:
            return self.coerce(value)
        except Refused as error:
            raise ValidationError(error.problem) from error


class TrimmedText(Ruled[str]):
    """Text, trimmed and not blank."""

    described = TEXT

    def coerce(self, value: object) -> str:
        """As `domain.coercion.trimmed_text`."""
        return trimmed_text(value)


class ItemsField(Ruled[list[_T]]):
    """A list that is not empty; in a form it is written by repeating its key."""


class WholeNumbers(ItemsField[int]):
    """Whole numbers of any size: not all of them fit the database."""

    described = {"type": "array", "items": {"type": "integer"}, "minItems": 1}

    def coerce(self, value: object) -> list[int]:
        """As `domain.coercion.whole_numbers`."""
        return whole_numbers(value)


class TrimmedTexts(ItemsField[str]):
    """Texts, each trimmed and not blank."""

    described = {"type": "array", "items": TEXT, "minItems": 1}

    def coerce(self, value: object) -> list[str]:
        """As `domain.coercion.trimmed_texts`."""
        return trimmed_texts(value)


class InstantField(Ruled[int]):
    """An ISO 8601 instant, loaded as microseconds since 1970; without an offset it is UTC."""

    described = INSTANT

    def coerce(self, value: object) -> int:
        """As `domain.instants.parse_iso`."""
        us = parse_iso(value) if isinstance(value, str) else None
        if us is None:
            raise Refused(NOT_AN_INSTANT)
        return us


class AudienceField(Ruled[Audience]):
    """Who a notice is for: `"everyone"`, or `{"group_ids": [whole numbers]}`."""

    described = {
        "oneOf": [
            {"const": "everyone"},
            {
                "type": "object",
                "properties": {"group_ids": WholeNumbers.described},
                "required": ["group_ids"],
            },
        ]
    }

    def coerce(self, value: object) -> Audience:
        """The same shape with whole numbers, other keys left out.

        Raises Refused for another shape, ValidationError under `group_ids` for a wrong list.
        """
        if value == "everyone":
            return "everyone"
        if not isinstance(value, dict) or "group_ids" not in value:
            raise Refused(NOT_AN_AUDIENCE)
        try:
            return {"group_ids": whole_numbers(value["group_ids"])}
        except Refused as error:
            raise ValidationError({"group_ids": error.problem}) from error
