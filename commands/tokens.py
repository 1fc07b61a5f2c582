"""``tokens``: add, list, revoke. Only hashes are kept, so a token is shown once, when made."""

import argparse
from typing import TYPE_CHECKING

from commands.answers import say, show
from commands.verbs import Words, add_actions, add_verb
from domain.instants import to_text

if TYPE_CHECKING:
    from services.app import App

ID_LENGTH = 12  # of a token's hash: enough to tell one from another


def add_parser(verbs: Words) -> None:
    """Say which words the command line takes."""
    actions = add_actions(verbs, "tokens", "make, list and revoke tokens")
    one = add_verb(actions, "add", _add, "make a token for a user's programs")
    one.add_argument("user", metavar="USER")
    one.add_argument("--name", metavar="N", help="what the token is for")
    add_verb(actions, "list", _list, "list tokens").add_argument("user", nargs="?", metavar="USER")
    add_verb(actions, "revoke", _revoke, "end a token").add_argument(
        "token", metavar="TOKEN", help="the token, or its id as list shows it"
    )


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
