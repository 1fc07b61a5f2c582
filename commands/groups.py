"""``groups``: list, add, join, leave."""

import argparse
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from commands.answers import refuse, say, show
from commands.options import common_options
from domain.coercion import Refused, trimmed_text
from domain.errors import ProductError
from models.groups import NewGroup
from services.import_files import group_name

if TYPE_CHECKING:
    from services.app import App

Verb = Callable[[argparse.Namespace, "App"], Awaitable[int]]


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Say which words the command line takes."""
    parser = subparsers.add_parser("groups", help="make and list groups, and who is in them")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, text: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=text, description=text, parents=[common_options()])

    action("list", "list all groups")
    one = action("add", "make a group")
    one.add_argument("name", metavar="NAME")
    one.add_argument(
        "--right", action="append", default=[], metavar="R", help="a right of its members"
    )
    for name, text in (("join", "put a user into a group"), ("leave", "take a user out of one")):
        one = action(name, text)
        one.add_argument("name", metavar="GROUP")
        one.add_argument("user", metavar="USER")


async def run(arguments: argparse.Namespace, app: "App") -> int:
    """Do what was asked; 1 and a line on standard error when it is refused."""
    try:
        return await VERBS[arguments.action](arguments, app)
    except (ProductError, Refused) as error:
        return refuse(error)


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


VERBS: Final[dict[str, Verb]] = {"list": _list, "add": _add, "join": _join, "leave": _leave}
