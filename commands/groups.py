"""``groups``: list, add, join, leave."""

import argparse
from typing import TYPE_CHECKING

from commands.answers import say, show
from commands.verbs import Words, add_actions, add_verb
from domain.coercion import trimmed_text
from models.groups import NewGroup
from services.import_files import group_name

if TYPE_CHECKING:
    from services.app import App


def add_parser(verbs: Words) -> None:
    """Say which words the command line takes."""
    actions = add_actions(verbs, "groups", "make and list groups, and who is in them")
    add_verb(actions, "list", _list, "list all groups")
    one = add_verb(actions, "add", _add, "make a group")
    one.add_argument("name", metavar="NAME")
    one.add_argument(
        "--right", action="append", default=[], metavar="R", help="a right of its members"
    )
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
