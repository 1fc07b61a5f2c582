"""``stages``: who is behind, putting people where they should stand, and tidying subscriptions."""

import argparse
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from commands.answers import say
from commands.options import instant, whole_id
from commands.progress import Progress
from commands.verbs import Words, add_actions, add_verb
from domain.errors import NotFound
from services.stage_batches import Choice

if TYPE_CHECKING:
    from services.app import App

Walk = Callable[["App", Choice], Awaitable[tuple[str, dict[str, Any]]]]
"""Goes over the chosen subscriptions; what it did in words, and in counts."""


def add_parser(verbs: Words) -> None:
    """Say which words the command line takes."""
    actions = add_actions(verbs, "stages", "subscriptions: behind, doubled, out of reach")
    for name, walk, text in (
        ("fast-forward", _fast_forward, "put them where they should stand, and begin what follows"),
        ("find-behind", _find_behind, "keep a row of each that is behind"),
        ("remove-duplicates", _remove_duplicates, "remove what says the same within a minute"),
        ("mark-invalid", _mark_invalid, "give the status 5 to who could not be reached"),
    ):
        one = add_verb(actions, name, partial(_go_over, walk), text)
        one.add_argument("--set", metavar="N", type=whole_id, help="of this message set alone")
        one.add_argument("--at", metavar="T", type=instant, help="as of this ISO 8601 instant")
        one.add_argument("--dry-run", action="store_true", help="only count")
    text = "say what a message sender is to use for a set; without --to what it likes"
    one = add_verb(actions, "channel", _channel, text)
    one.add_argument("--set", metavar="N", type=whole_id, required=True, help="the message set")
    one.add_argument("--to", metavar="NAME", help="such as JUNEBUG_WHATSAPP")


async def _check_set(messageset: int, app: "App") -> None:
    try:
        await app.stages.sets.get(messageset)
    except NotFound as error:
        raise NotFound(f"There is no message set {messageset}.") from error


async def _channel(arguments: argparse.Namespace, app: "App") -> int:
    await _check_set(arguments.set, app)
    given = {"channel": arguments.to}
    changed = await app.stages.sets.change(None, arguments.set, given, partial=True)
    chosen = "what its sender likes" if arguments.to is None else arguments.to
    counts = {"set": changed["_id"], "channel": changed["channel"]}
    return say(arguments, f"Message set {changed['_id']} goes by {chosen}.", counts)


async def _go_over(walk: Walk, arguments: argparse.Namespace, app: "App") -> int:
    if arguments.set is not None:
        await _check_set(arguments.set, app)
    at = app.clock.wall() if arguments.at is None else arguments.at
    with Progress() as tell:
        choice = Choice(at, arguments.set, arguments.dry_run, tell)
        text, counts = await walk(app, choice)
    head = "Only counted. " if choice.dry_run else ""
    return say(arguments, f"{head}{text}", {**counts, "dry_run": choice.dry_run})


async def _fast_forward(app: "App", choice: Choice) -> tuple[str, dict[str, Any]]:
    done = await app.upkeep.catching_up.fast_forward(choice)
    text = (
        f"{_looked_at(done.subscriptions)} {done.moved} moved on, {done.ended} ended,"
        f" {done.made} begun in sets that follow."
    )
    if done.changed:
        text += f" {done.changed} were changed by others meanwhile and left alone."
    return text, asdict(done)


async def _find_behind(app: "App", choice: Choice) -> tuple[str, dict[str, Any]]:
    found = await app.upkeep.behind.find(choice)
    text = f"{found.behind} behind, by {found.messages} messages together."
    return f"{_looked_at(found.subscriptions)} {text}", asdict(found)


async def _remove_duplicates(app: "App", choice: Choice) -> tuple[str, dict[str, Any]]:
    done = await app.upkeep.cleaning.remove_duplicates(choice)
    counts = {"subscriptions": done.subscriptions, "removed": done.changed}
    return f"{_looked_at(done.subscriptions)} {done.changed} duplicates removed.", counts


async def _mark_invalid(app: "App", choice: Choice) -> tuple[str, dict[str, Any]]:
    done = await app.upkeep.cleaning.mark_invalid(choice)
    counts = {"subscriptions": done.subscriptions, "marked": done.changed}
    return f"{_looked_at(done.subscriptions)} {done.changed} marked as invalid.", counts


def _looked_at(count: int) -> str:
    return f"Looked at {count} subscriptions:"
