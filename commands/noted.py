"""What is done from the command line goes into the audit log as what is done over HTTP."""

import argparse
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Final

from commands.answers import DONE
from domain import audit
from services.hashes import hash_of

if TYPE_CHECKING:
    from services.app import App

# What changes nothing; a word that is not here is noted.
READING: Final = frozenset(
    {"list", "show", "next", "wait", "find-behind", "verify-token", "members"}
)
NAMES: Final = ("name", "user", "jobs", "schedule", "file", "sender", "kind")
NOTED: Final = frozenset({"send", "broadcast"})  # verbs that are an action by themselves
MOST_NAMED: Final = 10
TOKEN_LENGTH: Final = 40
ID_LENGTH: Final = 12


async def noted(arguments: argparse.Namespace, app: "App", running: Awaitable[int]) -> int:
    """The exit status of a verb, noted unless it only reads."""
    action = getattr(arguments, "action", None)
    if action in READING or (action is None and arguments.verb not in NOTED):
        return await running
    actor = audit.Actor(None, audit.COMMAND_LINE)
    name = arguments.verb if action is None else f"{arguments.verb}.{action}"
    async with app.safety.audit.noted(actor, name, _on(arguments)) as note:
        code = await running
        note.status = audit.DONE if code == DONE else audit.REFUSED
    return code


def _on(arguments: argparse.Namespace) -> str | None:
    """What it is about, in the words that were given; of a token no more than its id."""
    token = getattr(arguments, "token", None)
    if token is not None:
        is_whole = len(token) == TOKEN_LENGTH
        return hash_of(token)[:ID_LENGTH] if is_whole else str(token)
    given = [getattr(arguments, name, None) for name in NAMES]
    return " ".join(_in_words(one) for one in given if one is not None) or None


def _in_words(given: object) -> str:
    if not isinstance(given, list):
        return str(given)
    more = f" and {len(given) - MOST_NAMED} more" if len(given) > MOST_NAMED else ""
    return " ".join(map(str, given[:MOST_NAMED])) + more
