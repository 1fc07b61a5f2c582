"""``alerts``: what operators do with alerts by hand."""

import argparse
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from commands.answers import refuse, say
from commands.options import common_options
from domain.errors import NotFound, ProductError

if TYPE_CHECKING:
    from services.app import App

NOT_GOOD: Final = "The token is not signed with this server's secret, or its time is over."

Verb = Callable[[argparse.Namespace, "App"], Awaitable[int]]


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Say which words the command line takes."""
    parser = subparsers.add_parser("alerts", help="verify the tokens in e-mails")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, text: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=text, description=text, parents=[common_options()])

    one = action("verify-token", "print the claims of a token in a link, if it is good")
    one.add_argument("token", metavar="TOKEN")


async def run(arguments: argparse.Namespace, app: "App") -> int:
    """Do what was asked; 1 and a line on standard error when it is refused."""
    try:
        return await VERBS[arguments.action](arguments, app)
    except ProductError as error:
        return refuse(error)


async def _verify_token(arguments: argparse.Namespace, app: "App") -> int:
    """Whoever it was issued by: only the secret is this server's."""
    claims = app.alerts.people.tokens.claims(arguments.token)
    if claims is None:
        return refuse(NotFound(NOT_GOOD))
    return say(arguments, json.dumps(claims, indent=2, ensure_ascii=False), claims)


VERBS: Final[dict[str, Verb]] = {"verify-token": _verify_token}
