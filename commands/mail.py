"""``mail``: what the embedded catcher keeps."""

import argparse
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from commands.answers import refuse, say, show
from commands.options import common_options
from domain.errors import ProductError
from domain.instants import to_text

if TYPE_CHECKING:
    from models.caught_mails import Caught
    from services.app import App

Verb = Callable[[argparse.Namespace, "App"], Awaitable[int]]


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Say which words the command line takes."""
    parser = subparsers.add_parser("mail", help="list and show the e-mails that were caught")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, text: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=text, description=text, parents=[common_options()])

    one = action("list", "list the newest e-mails, the newest first")
    one.add_argument("--to", metavar="A", help="to this address alone")
    action("show", "show one e-mail with its text").add_argument("mail", metavar="ID")


async def run(arguments: argparse.Namespace, app: "App") -> int:
    """Do what was asked; 1 and a line on standard error when it is refused."""
    try:
        return await VERBS[arguments.action](arguments, app)
    except ProductError as error:
        return refuse(error)


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


VERBS: Final[dict[str, Verb]] = {"list": _list, "show": _show}
