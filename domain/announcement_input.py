"""One announcement as a caller wrote it: both generations of names, checked (contract 2.3, 2.4)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from domain import announcement_errors as errors
from domain import partial_dates
from domain.localization import is_culture, is_empty

# The names of today, and those of the seed.
OLD_NAMES: Final = {"webfrontend_type": "type", "message": "message_html"}
_NEW_NAMES: Final = {old: new for new, old in OLD_NAMES.items()}
_TEXTS: Final = frozenset({"title", "message", "confirmation"})
_WORDS: Final = frozenset({"webfrontend_type", "reference"})
_DATES: Final = frozenset({"start_time", "end_time"})
_FIELDS: Final = _TEXTS | _WORDS | _DATES | {"confirm_every_version", "webfrontend_props"}
_HEAD: Final = frozenset(
    {"_basetype", "_owner", "_groups", "message", "_created_at", "_updated_at"}
)
_INSIDE: Final = frozenset({"_id", "_version", "_groups", "lookup:_id"})


@dataclass(frozen=True)
class Given:
    """What was given: ``fields`` under today's names, None clears one; None elsewhere: not given.

    ``owner`` is ("user" or "group", id). ``lookup`` is the reference that stands for the id.
    """

    id: int | None = None
    lookup: str | None = None
    version: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    groups: tuple[int, ...] | None = None
    owner: tuple[str, int] | None = None


def read(element: object, at: int) -> Given:
    """One element of the array at position ``at``; raises an `AnnouncementError`."""
    where = f"[{at}]"
    whole = _object(element, where)
    _check_names(whole, _HEAD, where)
    if whole.get("_basetype", "message") != "message":
        raise errors.bad_value(f"{where}._basetype", "must be message")
    if "message" not in whole:
        raise errors.expected(f"{where}.message")
    inner = _object(whole["message"], f"{where}.message")
    _check_names(inner, _INSIDE | _FIELDS | _NEW_NAMES.keys(), f"{where}.message")
    return Given(
        id=_whole(inner, "_id", where),
        lookup=_lookup(inner.get("lookup:_id"), where),
        version=_whole(inner, "_version", where),
        fields=_fields(inner, f"{where}.message"),
        groups=_groups(whole, inner, where),
        owner=None if "_owner" not in whole else _owner(whole["_owner"], f"{where}._owner"),
    )


def check_window(fields: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """The window of a whole announcement in µs; raises when it ends before it starts."""
    start, end = _period(fields, "start_time"), _period(fields, "end_time")
    starts = None if start is None else start.first
    ends = None if end is None else end.last
    if starts is not None and ends is not None and starts > ends:
        value = fields["start_time"]["value"]
        raise errors.invalid_date("start_time", value, "not after end_time")
    return starts, ends


def _period(fields: Mapping[str, Any], name: str) -> partial_dates.Period | None:
    given = fields.get(name)
    return None if given is None else partial_dates.parse(given["value"])


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise errors.type_mismatch(where, "an object")
    return value


def _check_names(given: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    for name in given:
        if name not in known:
            raise errors.not_accepted(f"{where}.{name}")


def _whole(inner: Mapping[str, Any], name: str, where: str) -> int | None:
    if name not in inner:
        return None
    return _number(inner[name], f"{where}.message.{name}")


def _number(value: object, where: str) -> int:
    if type(value) is not int:
        raise errors.type_mismatch(where, "a whole number")
    return value


def _lookup(value: object, where: str) -> str | None:
    if value is None:
        return None
    named = _object(value, f"{where}.message.lookup:_id")
    _check_names(named, frozenset({"reference"}), f"{where}.message.lookup:_id")
    return _word(named.get("reference"), f"{where}.message.lookup:_id.reference")


def _fields(inner: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The fields by today's names; one that is given under both must say the same."""
    found: dict[str, Any] = {}
    for name, value in inner.items():
        today = _NEW_NAMES.get(name, name)
        if today not in _FIELDS:
            continue
        if today in found and inner[OLD_NAMES[today]] != inner[today]:
            raise errors.given_twice(f"{where}.{today}", OLD_NAMES[today])
        found[today] = None if value is None else _value(today, value, f"{where}.{name}")
    return found


def _value(name: str, value: object, where: str) -> object:
    if name in _TEXTS:
        return _texts(value, where)
    if name in _WORDS:
        return _word(value, where)
    if name in _DATES:
        return _date(value, where)
    if name == "confirm_every_version":
        if not isinstance(value, bool):
            raise errors.type_mismatch(where, "true or false")
        return value
    return _props(value, where)


def _texts(value: object, where: str) -> dict[str, str | None]:
    texts = _object(value, where)
    for culture, text in texts.items():
        if not is_culture(culture):
            raise errors.bad_value(f"{where}.{culture}", "not a culture such as de-DE")
        if text is not None:
            _word(text, f"{where}.{culture}")
    if is_empty(texts):
        raise errors.not_null(where.rpartition(".")[2])
    return dict(texts)


def _word(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise errors.type_mismatch(where, "a text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise errors.bad_value(where, "a lone surrogate is no character") from None
    return value


def _date(value: object, where: str) -> dict[str, str]:
    given = _object(value, where)
    _check_names(given, frozenset({"value"}), where)
    text = _word(given.get("value"), f"{where}.value")
    if partial_dates.parse(text) is None:
        raise errors.invalid_date(where.rpartition(".")[2], text, partial_dates.EXPECTED)
    return {"value": text}


def _props(value: object, where: str) -> str:
    """Free-form: kept as text, so that any key and any number comes back as it was given."""
    return _word(json.dumps(_object(value, where), ensure_ascii=False), where)


def _groups(
    whole: Mapping[str, Any], inner: Mapping[str, Any], where: str
) -> tuple[int, ...] | None:
    """The groups beside the message or inside it; when both are there they must be the same."""
    found = [_group_ids(one["_groups"], where) for one in (whole, inner) if "_groups" in one]
    if len(found) == 2 and set(found[0]) != set(found[1]):
        raise errors.given_twice(f"{where}._groups", "message._groups")
    return found[0] if found else None


def _group_ids(value: object, where: str) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise errors.type_mismatch(f"{where}._groups", "an array")
    ids = [_id_in(one, "group", f"{where}._groups[{n}]") for n, one in enumerate(value)]
    return tuple(dict.fromkeys(ids))


def _id_in(value: object, kind: str, where: str) -> int:
    """The id of a short user or group; whatever else is said of it is not read."""
    short = _object(_object(value, where).get(kind), f"{where}.{kind}")
    if "_id" not in short:
        raise errors.expected(f"{where}.{kind}._id")
    return _number(short["_id"], f"{where}.{kind}._id")


def _owner(value: object, where: str) -> tuple[str, int]:
    if value is None:
        raise errors.not_null("_owner")
    named = [kind for kind in ("user", "group") if kind in _object(value, where)]
    if len(named) != 1:
        raise errors.bad_value(where, "names one user or one group")
    return named[0], _id_in(value, named[0], where)
