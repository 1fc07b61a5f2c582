"""Reading an import file: users, or groups and users, with every problem named by its entry."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain import profiles
from domain.accounts import ROOT
from domain.audiences import FIRST_SYSTEM_GROUP
from domain.coercion import Refused, trimmed_text
from domain.errors import Invalid

GREATEST_ID: Final = 2**53 - 1  # the greatest that every reader of JSON keeps exact

Rule = Callable[[object], Any]


@dataclass(frozen=True)
class Entry:
    """One user or group of the file: where it stands, and what was read of it, by key."""

    where: str
    values: Mapping[str, Any]

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or the default when it was not given or null."""
        value = self.values.get(key)
        return default if value is None else value

    def problem(self, text: str) -> str:
        """One line about this entry."""
        return f"{self.where}: {text}"


@dataclass(frozen=True)
class ImportFile:
    """What a file asks for; nothing in it contradicts itself."""

    groups: tuple[Entry, ...]
    users: tuple[Entry, ...]


def read(text: str) -> ImportFile:
    """The file's groups and users; raises `Invalid` with one line for each problem."""
    groups, users = _lists(_parsed(text))
    problems: list[str] = []
    file = ImportFile(
        tuple(_entry(f"groups[{n}]", one, GROUP, problems) for n, one in enumerate(groups)),
        tuple(_entry(f"users[{n}]", one, USER, problems) for n, one in enumerate(users)),
    )
    problems += _repeats(file.groups, ("id", "name"))
    problems += _repeats(file.users, ("id", "username"))
    problems += _repeated_identities(file.users)
    if problems:
        raise Invalid(problems)
    return file


def _parsed(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_object)
    except RecursionError as error:
        raise Invalid(["The file is not JSON: it is nested too deeply."]) from error
    except ValueError as error:
        raise Invalid([f"The file is not JSON: {error}."]) from error


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found


def _lists(data: object) -> tuple[list[object], list[object]]:
    if isinstance(data, list):
        return [], data
    if not isinstance(data, dict):
        raise Invalid(['The file must hold a list of users, or {"groups": […], "users": […]}.'])
    unknown = [f"There is no key {key!r}." for key in data if key not in ("groups", "users")]
    lists = [data.get("groups", []), data.get("users", [])]
    wrong = [
        f"{name!r} must be a list."
        for name, one in zip(("groups", "users"), lists, strict=True)
        if not isinstance(one, list)
    ]
    if unknown or wrong:
        raise Invalid([*unknown, *wrong])
    return lists[0], lists[1]


def _entry(where: str, data: object, rules: Mapping[str, Rule], problems: list[str]) -> Entry:
    if not isinstance(data, dict):
        problems.append(f"{where}: must be an object")
        return Entry(where, {})
    name = data.get("username", data.get("name"))
    is_shown = isinstance(name, str) and name.isprintable()
    entry = Entry(f"{where} ({name})" if is_shown else where, {})
    values = {}
    for key, value in data.items():
        try:
            values[key] = _value(rules, key, value)
        except Refused as error:
            problems += [entry.problem(f"{key}: {text}") for text in error.texts]
    required = "username" if rules is USER else "name"
    if data.get(required) is None:
        problems.append(entry.problem(f"{required} is missing"))
    if values.get("email_verified") and not values.get("email"):
        problems.append(entry.problem("email_verified needs an email"))
    return Entry(entry.where, values)


def _value(rules: Mapping[str, Rule], key: str, value: object) -> Any:
    if key not in rules:
        raise Refused("there is no such key")
    return None if value is None else rules[key](value)


def _repeats(entries: Iterable[Entry], keys: Iterable[str]) -> list[str]:
    problems = []
    for key in keys:
        seen: set[object] = set()
        for entry in entries:
            value = entry.get(key)
            if value in seen:
                problems.append(entry.problem(f"{key} {value!r} stands twice in the file"))
            if value is not None:
                seen.add(value)
    return problems


def _repeated_identities(users: Iterable[Entry]) -> list[str]:
    problems = []
    seen: set[str] = set()
    for user in users:
        for identity in user.get("identities", ()):
            if identity in seen:
                problems.append(user.problem(f"identity {identity!r} stands twice in the file"))
            seen.add(identity)
    return problems


# What each key takes


def _text(rule: Callable[[object], str]) -> Rule:
    def read_text(value: object) -> str:
        if not isinstance(value, str):
            raise Refused("must be a text")
        return rule(value)

    return read_text


def _or_blank(rule: Rule) -> Rule:
    """As the rule, or null for a blank text."""
    return lambda value: None if value == "" else rule(value)


def _list(rule: Rule) -> Rule:
    def read_list(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise Refused("must be a list")
        return tuple(dict.fromkeys(rule(one) for one in value))

    return read_list


def _bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise Refused("must be true or false")
    return value


def _id(highest: int) -> Rule:
    def read_id(value: object) -> int:
        if type(value) is not int or not 1 <= value <= highest:
            raise Refused(f"must be a whole number from 1 to {highest}")
        return value

    return read_id


def _group(value: object) -> str | int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Refused("must be names or ids of groups")
    return value


def _displayname(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise Refused("must be texts by culture")
    try:
        return {profiles.language(key): trimmed_text(one) for key, one in value.items()}
    except Refused as error:
        raise Refused(*(f"must be texts by culture: {text}" for text in error.texts)) from error


def group_name(value: object) -> str:
    """As a username, and not in the manner of a system group."""
    name = profiles.username(value)
    if name.startswith(":"):
        raise Refused("names that begin with a colon are the system's")
    return name


GROUP: Final[Mapping[str, Rule]] = {
    "id": _id(FIRST_SYSTEM_GROUP - 1),
    "name": _text(group_name),
    "displayname": _displayname,
    "rights": _list(_text(trimmed_text)),
}
USER: Final[Mapping[str, Rule]] = {
    "id": _id(GREATEST_ID),
    "username": _text(profiles.username),
    "email": _or_blank(_text(profiles.email)),
    "email_verified": _bool,
    "password": _or_blank(_text(profiles.password)),
    "is_active": _bool,
    "is_admin": _bool,
    "is_superuser": _bool,
    "rights": _list(_text(trimmed_text)),
    "language": _or_blank(_text(profiles.language)),
    "time_zone": _or_blank(_text(profiles.time_zone)),
    "identities": _list(_text(profiles.identity)),
    "groups": _list(_group),
    "note": lambda value: None,
}


def rights_of(user: Entry) -> tuple[str, ...]:
    """The rights stated, and all of them for what other systems call a superuser."""
    stated: tuple[str, ...] = user.get("rights", ())
    more = (ROOT,) if user.get("is_superuser") and ROOT not in stated else ()
    return (*stated, *more)
