"""``groups``: list, members, add, rename, rights, join, leave, delete."""

import argparse
from typing import TYPE_CHECKING, Any

from commands.answers import say, show
from commands.progress import Progress
from commands.verbs import Words, add_actions, add_verb
from domain.coercion import trimmed_text
from domain.windows import Window
from models.groups import NewGroup
from services.import_files import group_name

if TYPE_CHECKING:
    from services.app import App

AT_ONCE = 1_000


def add_parser(verbs: Words) -> None:
    """Say which words the command line takes."""
    actions = add_actions(verbs, "groups", "make and list groups, and who is in them")
    add_verb(actions, "list", _list, "list all groups")
    one = add_verb(actions, "add", _add, "make a group")
    one.add_argument("name", metavar="NAME")
    one.add_argument(
        "--right", action="append", default=[], metavar="R", help="a right of its members"
    )
    one = add_verb(actions, "members", _members, "list who is in a group now")
    one.add_argument("name", metavar="GROUP")
    one = add_verb(actions, "rename", _rename, "give a group another name")
    one.add_argument("name", metavar="GROUP")
    one.add_argument("new_name", metavar="NAME")
    one = add_verb(actions, "rights", _rights, "give a group's members these rights and no others")
    one.add_argument("name", metavar="GROUP")
    one.add_argument("rights", nargs="*", metavar="R")
    more = (
        "Its rights go and its members leave; what was sent to it stays with those who were in it. "
        "A group that a scheduled send is for is kept."
    )
    one = add_verb(actions, "delete", _delete, "end a group", more=more)
    one.add_argument("name", metavar="GROUP")
    for name, do, text in (
        ("join", _join, "put a user into a group"),
        ("leave", _leave, "take a user out of one"),
    ):
        one = add_verb(actions, name, do, text)
        one.add_argument("name", metavar="GROUP")
        one.add_argument("user", metavar="USER")


async def _list(arguments: argparse.Namespace, app: "App") -> int:
    rows = [
        {"id": one["_id"], "name": one["name"], "rights": one["rights"]}
        for one in await app.accounts.groups.all()
    ]
    return show(arguments, rows)


async def _add(arguments: argparse.Namespace, app: "App") -> int:
    rights = tuple(trimmed_text(right) for right in arguments.right)
    name = group_name(arguments.name)
    group = await app.accounts.groups.add(NewGroup(name, rights=rights))
    return say(arguments, f"Made group {name}.", {"id": group, "name": name})


async def _members(arguments: argparse.Namespace, app: "App") -> int:
    group = (await app.accounts.groups.named(arguments.name))["_id"]
    rows: list[dict[str, Any]] = []
    window: Window | None = Window(AT_ONCE)
    while window is not None:
        listed = await app.accounts.groups.members(group, window)
        rows += [{"id": one["_id"], "username": one["username"]} for one in listed.items]
        window = window.next(listed.count)
    return show(arguments, rows)


async def _rename(arguments: argparse.Namespace, app: "App") -> int:
    group, name = await app.accounts.groups.named(arguments.name), group_name(arguments.new_name)
    await app.accounts.groups.change(group["_id"], {"name": name})
    done = f"The group {group['name']} is {name} now."
    return say(arguments, done, {"id": group["_id"], "name": name})


async def _rights(arguments: argparse.Namespace, app: "App") -> int:
    group = await app.accounts.groups.named(arguments.name)
    rights = list(dict.fromkeys(trimmed_text(right) for right in arguments.rights))
    await app.accounts.groups.change(group["_id"], {"rights": rights})
    done = f"The rights of {group['name']}: {', '.join(rights) or 'none'}."
    return say(arguments, done, {"id": group["_id"], "rights": rights})


async def _delete(arguments: argparse.Namespace, app: "App") -> int:
    group = await app.accounts.groups.named(arguments.name)
    await app.accounts.groups.delete(group["_id"])
    with Progress() as tell:
        await app.accounts.groups.empty(group["_id"], tell)
    done = f"Deleted the group {group['name']}."
    return say(arguments, done, {"id": group["_id"], "name": group["name"]})


async def _join(arguments: argparse.Namespace, app: "App") -> int:
    user, group = await _both(arguments, app)
    await app.accounts.groups.join(user, group)
    done = f"{arguments.user} is in {arguments.name}."
    return say(arguments, done, {"user": user, "group": group})


async def _leave(arguments: argparse.Namespace, app: "App") -> int:
    user, group = await _both(arguments, app)
    await app.accounts.groups.leave(user, group)
    done = f"{arguments.user} is not in {arguments.name}."
    return say(arguments, done, {"user": user, "group": group})


async def _both(arguments: argparse.Namespace, app: "App") -> tuple[int, int]:
    user = await app.accounts.named(arguments.user)
    group = await app.accounts.groups.named(arguments.name)
    return user["_id"], group["_id"]
