"""``send`` and ``broadcast``: a message to people, a notice to everyone or to groups."""

import argparse
import json
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from commands.answers import say
from commands.options import as_field, instant
from commands.verbs import Words, add_verb
from domain.accounts import User
from domain.audiences import EVERYONE
from domain.coercion import trimmed_text
from domain.items import MESSAGE, NOTICE
from domain.records import LONGEST_KEY, Key
from domain.send_times import named_time
from models.scheduled_schemas import TIMES, AwareInstant, LocalTime, SendZone, names_a_time
from services.hashes import hash_of
from services.inbox import Sending

if TYPE_CHECKING:
    from services.app import App
    from services.changes import Outcome

STANDARD_INPUT = "-"
COMMAND = "COMMAND"  # beside the methods of HTTP, in a key's scope


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
    one.add_argument(
        "--key", metavar="K", type=_key, help="send once, however often this is said within a day"
    )
    one.add_argument(
        "--send-at", metavar="T", type=as_field(AwareInstant().coerce), help="later, at an instant"
    )
    one.add_argument(
        "--send-at-local",
        metavar="T",
        type=as_field(LocalTime().coerce),
        help="later, at a time on the clocks of --time-zone",
    )
    one.add_argument(
        "--time-zone",
        metavar="Z",
        type=as_field(SendZone().coerce),
        help="such as Europe/Berlin; recipient is each reader's own",
    )


def _key(text: str) -> str:
    if not 0 < len(text) <= LONGEST_KEY:
        raise argparse.ArgumentTypeError(f"must have 1 to {LONGEST_KEY} characters")
    return text


async def _send(arguments: argparse.Namespace, app: "App") -> int:
    sender = await _sender(arguments, app, MESSAGE)
    people = [await app.accounts.named(name) for name in dict.fromkeys(arguments.to)]
    by_name = app.inbox.boxes[MESSAGE].participant_key == "username"
    wanted = [one["username"] if by_name else one["_id"] for one in people]
    sending = _once(arguments, Sending(sender, _content(arguments), wanted))
    if names_a_time(vars(arguments)):
        return await _later(arguments, app, MESSAGE, sending)
    outcome = await app.inbox.send(MESSAGE, sending)
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
    sending = _once(arguments, sending)
    if names_a_time(vars(arguments)):
        return await _later(arguments, app, NOTICE, sending)
    outcome = await app.inbox.broadcast(sending)
    to = ", ".join(arguments.group) if arguments.group else EVERYONE
    return say(arguments, f"Sent notice {outcome.item} to {to}.", _shown(outcome))


async def _later(arguments: argparse.Namespace, app: "App", kind: str, sending: Sending) -> int:
    time_of = partial(named_time, vars(arguments), app.clock.wall())
    outcome = await app.scheduled.add(kind, replace(sending, is_later=True), time_of)
    number = outcome.answer["id"]
    done = f"Kept as scheduled send {number}; until it leaves it can be changed at /scheduled/."
    return say(arguments, done, {"id": number, "revision": outcome.revision})


def _once(arguments: argparse.Namespace, sending: Sending) -> Sending:
    """The same under the key that was given: of this verb and sender, for the same words."""
    if arguments.key is None:
        return sending
    said = [sending.content, sending.wanted, sending.audience, sending.expires_at]
    times = [vars(arguments).get(name) for name in TIMES]
    key = Key(sending.sender.id, COMMAND, arguments.verb, arguments.key)
    return replace(sending, key=key, fingerprint=hash_of(json.dumps([*said, *times])))


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
