"""``mail``: what the embedded catcher keeps."""

import argparse
from typing import TYPE_CHECKING, Any

from commands.answers import say, show
from commands.verbs import Words, add_actions, add_verb
from domain.instants import to_text

if TYPE_CHECKING:
    from models.caught_mails import Caught
    from services.app import App


def add_parser(verbs: Words) -> None:
    """Say which words the command line takes."""
    actions = add_actions(verbs, "mail", "list and show the e-mails that were caught")
    one = add_verb(actions, "list", _list, "list the newest e-mails, the newest first")
    one.add_argument("--to", metavar="A", help="to this address alone")
    add_verb(actions, "show", _show, "show one e-mail with its text").add_argument(
        "mail", metavar="ID"
    )


async def _list(arguments: argparse.Namespace, app: "App") -> int:
    found = await app.mail.caught.listed(arguments.to)
    return show(arguments, [_head(one) for one in found])


def _head(one: "Caught") -> dict[str, Any]:
    head = {"id": one.id, "email": one.email, "to": one.address}
    return {**head, "subject": one.subject, "at": to_text(one.at)}


async def _show(arguments: argparse.Namespace, app: "App") -> int:
    letter = await app.mail.caught.get(arguments.mail)
    heads = "\n".join(f"{name}: {value}" for name, value in letter.headers.items())
    more = {"headers": letter.headers, "text": letter.text, "html": letter.html}
    return say(arguments, f"{heads}\n\n{letter.text}", {**_head(letter.caught), **more})
