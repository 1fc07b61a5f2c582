"""Reading single values out of a query string, with the texts of field errors."""

from collections.abc import Mapping, Sequence

from domain.coercion import NOT_AN_INTEGER, Refused, whole_number
from domain.errors import Invalid
from domain.instants import parse_iso

Query = Mapping[str, Sequence[str]]

NOT_AN_INSTANT = "Enter a valid instant (ISO 8601)."
NOT_A_FLAG = "Must be true or false."


def last(query: Query, key: str) -> str | None:
    """The last value of a key, or None."""
    values = query.get(key)
    return values[-1] if values else None


def whole(query: Query, key: str) -> int | None:
    """A whole number; raises `Invalid` for anything else."""
    text = last(query, key)
    if text is None or text == "":
        return None
    try:
        return whole_number(text)
    except Refused as error:
        raise Invalid({key: [NOT_AN_INTEGER]}) from error


def limit(query: Query, *, usual: int, most: int) -> int:
    """The size of a page: ``usual`` when not given, at least 1, at most ``most``."""
    given = whole(query, "limit")
    return usual if given is None else max(1, min(given, most))


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
