"""What lists of stages may be filtered by: a text of the query becomes a condition (1.2.3-1.2.6).

A reader gets text that is not empty; it returns None for text that is ignored, and raises
`Refused`.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from domain.coercion import Refused
from domain.stage_texts import same_json
from models.database import down_to, up_to
from models.seed_fields import SeedInstant
from models.stage_schemas import CONTENT_TYPES

NOT_A_NUMBER: Final = "Enter a number."
NOT_A_MOMENT: Final = "Enter a valid date/time."
NOT_A_UUID: Final = "Enter a valid UUID."
NO_CHOICE: Final = "Select a valid choice. That choice is not one of the available choices."
NOT_A_CHOICE: Final = "Select a valid choice. {} is not one of the available choices."
NOTHING: Final[dict[str, Any]] = {"_id": -1}  # ids begin at 1

_FLAGS: Final = {"True": True, "true": True, "1": True, "False": False, "false": False, "0": False}
_LARGEST: Final = 2**31
_PLAIN_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{0,40})?", re.ASCII)
_INSTANT: Final = SeedInstant()

Condition = Mapping[str, Any]
Reader = Callable[[str], Condition | None]


def exactly(field: str) -> Reader:
    """Text that is the same."""
    return lambda text: {field: text}


def whole(field: str) -> Reader:
    """A number; one that is not whole, or too large for the field, is nobody's."""

    def read(text: str) -> Condition:
        if not _PLAIN_NUMBER.fullmatch(text):
            raise Refused(NOT_A_NUMBER)
        number = Decimal(text)
        is_one = number == number.to_integral_value() and abs(number) <= _LARGEST
        return {field: int(number)} if is_one else NOTHING

    return read


def flag(field: str) -> Reader:
    """True or false in upstream's spellings; any other text says nothing."""
    return lambda text: {field: _FLAGS[text]} if text in _FLAGS else None


def moment(field: str, end: Callable[[int], Any] = int) -> Reader:
    """An instant that is the same, or an end of a range, itself included."""

    def read(text: str) -> Condition:
        try:
            return {field: end(_INSTANT.coerce(text))}
        except Refused as error:
            raise Refused(NOT_A_MOMENT) from error

    return read


def _uuid(text: str) -> Condition:
    try:
        return {"uuid": str(UUID(text))}
    except ValueError as error:
        raise Refused(NOT_A_UUID) from error


def _content_type(text: str) -> Condition:
    if text not in CONTENT_TYPES:
        raise Refused(NOT_A_CHOICE.format(text))
    return {"content_type": text}


def _metadata(text: str) -> Condition:
    """The same JSON, written in the same order; what is no JSON is nobody's."""
    same = same_json(text)
    return NOTHING if same is None else {"metadata": same}


OF_SETS: Final[Mapping[str, Reader]] = {
    "short_name": exactly("short_name"),
    "content_type": _content_type,
}
OF_MESSAGES: Final[Mapping[str, Reader]] = {
    "sequence_number": whole("sequence_number"),
    "lang": exactly("lang"),
}
OF_SUBSCRIPTIONS: Final[Mapping[str, Reader]] = {
    "id": _uuid,
    "identity": exactly("identity"),
    "lang": exactly("lang"),
    "metadata": _metadata,
    "metadata_has_key": exactly("metadata_keys"),
    "metadata_not_has_key": lambda text: {"metadata_keys": {"$ne": text}},
    "created_at": moment("created_at"),
    "updated_at": moment("updated_at"),
    "created_after": moment("created_at", down_to),
    "created_before": moment("created_at", up_to),
    **{name: flag(name) for name in ("active", "completed")},
    **{
        name: whole(name)
        for name in (
            "version",
            "process_status",
            "next_sequence_number",
            "initial_sequence_number",
        )
    },
}
