"""The one shape of a verb: the words that it takes, and what does it."""

import argparse
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from commands.answers import refuse
from commands.options import common_options
from domain.coercion import Refused
from domain.errors import ProductError

if TYPE_CHECKING:
    from services.app import App

Do = Callable[[argparse.Namespace, "App"], Awaitable[int]]
"""Does what was asked and returns the exit status; what it raises is a refusal."""

Words: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""The verbs of the program, or the actions of a verb."""


def add_actions(verbs: Words, name: str, text: str) -> Words:
    """A verb that is said with one of several actions, which are still to be added."""
    verb = verbs.add_parser(name, help=text, description=text)
    return verb.add_subparsers(dest="action", required=True, metavar="ACTION")


def add_verb(
    words: Words, name: str, do: Do | None, text: str, *, more: str = ""
) -> argparse.ArgumentParser:
    """A verb, or an action, with the options that all take; ``more`` is said by ``--help`` alone.

    ``do`` is None for what is done without an `App`.
    """
    said = f"{text}. {more}" if more else text
    one = words.add_parser(name, help=text, description=said, parents=[common_options()])
    one.set_defaults(do=do)
    return one


async def carry_out(arguments: argparse.Namespace, app: "App") -> int:
    """Do what was asked; 1 and a line on standard error when it is refused."""
    do: Do = arguments.do
    try:
        return await do(arguments, app)
    except (ProductError, Refused, OSError, UnicodeDecodeError) as error:
        return refuse(error)
