"""Reading single values out of a query string, with the texts of field errors."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from domain.coercion import KEPT, NOT_AN_INTEGER, Refused, whole_number
from domain.devices import LONGEST_NAME
from domain.errors import Invalid
from domain.instants import parse_iso
from domain.paging import Asked, ListCursor

Query = Mapping[str, Sequence[str]]

A_NUMBER: Final = re.compile(r"[0-9]{1,16}", re.ASCII)  # an id, or an instant in µs

NOT_AN_INSTANT = "Enter a valid instant (ISO 8601)."
NOT_A_FLAG = "Must be true or false."
NOT_A_CURSOR = "Not a cursor."
TOO_LONG = f"Ensure this value has at most {LONGEST_NAME} characters."
TOO_SMALL = "Ensure this value is greater than or equal to 1."


def last(query: Query, key: str) -> str | None:
    """The last value of a key, or None."""
    values = query.get(key)
    return values[-1] if values else None


def device(query: Query) -> str | None:
    """What a client calls its device; raises `Invalid` for a name that is too long."""
    name = last(query, "device") or None
    if name is not None and len(name) > LONGEST_NAME:
        raise Invalid({"device": [TOO_LONG]})
    return name


def whole(query: Query, key: str) -> int | None:
    """A whole number that the database can hold; raises `Invalid` for anything else."""
    text = last(query, key)
    if text is None or text == "":
        return None
    try:
        number = whole_number(text)
    except Refused as error:
        raise Invalid({key: [NOT_AN_INTEGER]}) from error
    if number not in KEPT:
        raise Invalid({key: [NOT_AN_INTEGER]})
    return number


def numbers(query: Query, key: str) -> list[int]:
    """Whole numbers, ids say, that a key gives, each by itself; raises `Invalid`."""
    texts = [text for text in query.get(key, ()) if text]
    if not all(A_NUMBER.fullmatch(text) for text in texts):
        raise Invalid({key: [NOT_AN_INTEGER]})
    return [int(text) for text in texts]


def limit(query: Query, *, usual: int, most: int) -> int:
    """The size of a page: ``usual`` when not given, and never more than ``most``."""
    given = whole(query, "limit")
    if given is not None and given < 1:
        raise Invalid({"limit": [TOO_SMALL]})
    return usual if given is None else min(given, most)


def page(query: Query, *, usual: int, most: int) -> Asked:
    """Which page of a list: ``cursor`` and ``limit``; a blank cursor is the first page."""
    text = last(query, "cursor")
    try:
        cursor = ListCursor.decode(text) if text else None
    except ValueError as error:
        raise Invalid({"cursor": [NOT_A_CURSOR]}) from error
    return Asked(limit(query, usual=usual, most=most), cursor)


def flag(query: Query, key: str) -> bool | None:
    text = last(query, key)
    if not text:
        return None
    if text not in ("true", "false"):
        raise Invalid({key: [NOT_A_FLAG]})
    return text == "true"


def instant(query: Query, key: str) -> int | None:
    """An ISO 8601 instant in µs."""
    text = last(query, key)
    if not text:
        return None
    moment = parse_iso(text)
    if moment is None:
        raise Invalid({key: [NOT_AN_INSTANT]})
    return moment
