"""Announcements as answers: in the seed's names and places, or in those of today (surface)."""

from collections.abc import Mapping
from typing import Any

import orjson

from domain.announcement_input import OLD_NAMES
from domain.announcements import Announcement
from services.announcement_views import People

ORDER = (
    "webfrontend_type",
    "title",
    "message",
    "confirmation",
    "confirm_every_version",
    "start_time",
    "end_time",
    "webfrontend_props",
    "reference",
)


def in_seeds_names(one: Announcement, people: People, *, is_inside: bool) -> dict[str, Any]:
    """With the groups inside the message, as the seed reads, or beside it, as it writes."""
    message = {"_id": one.id, "_version": one.version, **_fields(one, OLD_NAMES)}
    groups = [{"group": short_group(group)} for group in _groups(one, people)]
    shown: dict[str, Any] = {"_basetype": "message", "message": message}
    if groups:
        (message if is_inside else shown)["_groups"] = groups
    return shown


def short_group(group: Mapping[str, Any]) -> dict[str, Any]:
    return {"_id": group["_id"], "displayname": group["displayname"]}


def in_todays_names(one: Announcement, people: People) -> dict[str, Any]:
    """With groups and owner beside the message, each as a short object."""
    kind, number = people.owner_of(one)
    owner = _user(number, people) if kind == "user" else whole_group(people.groups[number])
    return {
        "_basetype": "message",
        "_owner": owner,
        "_groups": [whole_group(group) for group in _groups(one, people)],
        "message": {"_id": one.id, "_version": one.version, **_fields(one, {})},
    }


def _user(user: int, people: People) -> dict[str, Any]:
    name = people.users[user]
    return {"_basetype": "user", "user": {"_id": user, "login": name, "displayname": name}}


def whole_group(group: Mapping[str, Any]) -> dict[str, Any]:
    kind = "system" if group["is_system"] else "easydb"
    short = {"_id": group["_id"], "name": group["name"], "type": kind}
    return {"_basetype": "group", "group": {**short, "displayname": group["displayname"]}}


def _groups(one: Announcement, people: People) -> list[Mapping[str, Any]]:
    return [people.groups[group] for group in one.groups if group in people.groups]


def _fields(one: Announcement, names: Mapping[str, str]) -> dict[str, Any]:
    """What is set; free-form properties as they were given."""
    shown = {names.get(key, key): one.fields[key] for key in ORDER if key in one.fields}
    if "webfrontend_props" in shown:
        shown["webfrontend_props"] = orjson.Fragment(shown["webfrontend_props"])
    return shown
