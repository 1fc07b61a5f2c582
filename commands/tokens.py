"""``tokens``: add, list, revoke. Only hashes are kept, so a token is shown once, when made."""

import argparse
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from commands.answers import refuse, say, show
from commands.options import common_options
from domain.errors import ProductError
from domain.instants import to_text

if TYPE_CHECKING:
    from services.app import App

ID_LENGTH = 12  # of a token's hash: enough to tell one from another

Verb = Callable[[argparse.Namespace, "App"], Awaitable[int]]


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Say which words the command line takes."""
    parser = subparsers.add_parser("tokens", help="make, list and revoke tokens")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, text: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=text, description=text, parents=[common_options()])

    one = action("add", "make a token for a user's programs")
    one.add_argument("user", metavar="USER")
    one.add_argument("--name", metavar="N", help="what the token is for")
    action("list", "list tokens").add_argument("user", nargs="?", metavar="USER")
    action("revoke", "end a token").add_argument(
        "token", metavar="TOKEN", help="the token, or its id as list shows it"
    )


async def run(arguments: argparse.Namespace, app: "App") -> int:
    """Do what was asked; 1 and a line on standard error when it is refused."""
    try:
        return await VERBS[arguments.action](arguments, app)
    except ProductError as error:
        return refuse(error)


async def _add(arguments: argparse.Namespace, app: "App") -> int:
    user = await app.accounts.named(arguments.user)
    token = await app.accounts.credentials.make_token(user["_id"], arguments.name)
    return say(arguments, token, {"username": user["username"], "token": token})


async def _list(arguments: argparse.Namespace, app: "App") -> int:
    user = None
    if arguments.user is not None:
        user = (await app.accounts.named(arguments.user))["_id"]
    found = await app.accounts.credentials.tokens(user)
    names = await app.accounts.store.users.names(one["user"] for one in found)
    rows = [
        {
            "id": one["_id"][:ID_LENGTH],
            "user": names.get(one["user"]),
            "name": one["name"],
            "created_at": to_text(one["created"]),
        }
        for one in found
    ]
    return show(arguments, rows)


async def _revoke(arguments: argparse.Namespace, app: "App") -> int:
    token = await app.accounts.credentials.revoke_token(arguments.token)
    shown = token["_id"][:ID_LENGTH]
    return say(arguments, f"Revoked {shown}.", {"id": shown, "user_id": token["user"]})


VERBS: Final[dict[str, Verb]] = {"add": _add, "list": _list, "revoke": _revoke}
