"""``send`` and ``broadcast``: a message to people, a notice to everyone or to groups."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from commands.answers import say
from commands.options import instant
from commands.verbs import Words, add_verb
from domain.accounts import User
from domain.audiences import EVERYONE
from domain.coercion import trimmed_text
from domain.items import MESSAGE, NOTICE
from services.inbox import Sending

if TYPE_CHECKING:
    from services.app import App
    from services.changes import Outcome

STANDARD_INPUT = "-"


def add_parser(verbs: Words) -> None:
    """Say which words the command line takes."""
    one = add_verb(verbs, "send", _send, "send a message from a user to others")
    _add_common(one, "who sends it")
    one.add_argument(
        "--to", action="append", required=True, metavar="USER", help="who gets it; may be repeated"
    )
    one = add_verb(verbs, "broadcast", _broadcast, "send a notice to everyone, or to groups")
    _add_common(one, "the administrator who sends it")
    one.add_argument(
        "--group", action="append", metavar="G", help="to its members alone; may be repeated"
    )
    one.add_argument(
        "--expires-at", metavar="T", type=instant, help="when it leaves all boxes (ISO 8601)"
    )


def _add_common(one: argparse.ArgumentParser, sender: str) -> None:
    one.add_argument("content", metavar="TEXT", help="what it says; - reads standard input")
    one.add_argument("--from", dest="sender", required=True, metavar="USER", help=sender)


async def _send(arguments: argparse.Namespace, app: "App") -> int:
    sender = await _sender(arguments, app, MESSAGE)
    people = [await app.accounts.named(name) for name in dict.fromkeys(arguments.to)]
    by_name = app.inbox.boxes[MESSAGE].participant_key == "username"
    wanted = [one["username"] if by_name else one["_id"] for one in people]
    outcome = await app.inbox.send(MESSAGE, Sending(sender, _content(arguments), wanted))
    kept: Any = outcome.answer["recipient_usernames" if by_name else "recipient_ids"]
    return say(arguments, f"Sent message {outcome.item} to {len(kept)}.", _shown(outcome))


async def _broadcast(arguments: argparse.Namespace, app: "App") -> int:
    sender = await _sender(arguments, app, NOTICE)
    audience: Any = EVERYONE
    if arguments.group:
        groups = [await app.accounts.groups.named(name) for name in arguments.group]
        audience = {"group_ids": [one["_id"] for one in groups]}
    sending = Sending(
        sender, _content(arguments), audience=audience, expires_at=arguments.expires_at
    )
    outcome = await app.inbox.broadcast(sending)
    to = ", ".join(arguments.group) if arguments.group else EVERYONE
    return say(arguments, f"Sent notice {outcome.item} to {to}.", _shown(outcome))


async def _sender(arguments: argparse.Namespace, app: "App", kind: str) -> User:
    """Whoever it is from, if he may send such a thing himself."""
    found = await app.accounts.named(arguments.sender)
    user = await app.identities.user(found["_id"])
    app.inbox.check_may_send(user, kind)
    return user


def _content(arguments: argparse.Namespace) -> str:
    given = arguments.content
    return trimmed_text(sys.stdin.read() if given == STANDARD_INPUT else given)


def _shown(outcome: "Outcome") -> dict[str, Any]:
    return {"id": outcome.item, "revision": outcome.revision, **outcome.answer}
