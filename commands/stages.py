"""``stages``: who is behind, putting people where they should stand, and tidying subscriptions."""

import argparse
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from commands.answers import refuse, say
from commands.options import common_options, instant, whole_id
from domain.errors import NotFound, ProductError
from services.stage_batches import Choice

if TYPE_CHECKING:
    from services.app import App

Verb = Callable[["App", Choice], Awaitable[tuple[str, dict[str, Any]]]]

HELP: Final = {
    "fast-forward": "put subscriptions where they should stand, and begin the sets that follow",
    "find-behind": "keep a row of each subscription that is behind",
    "remove-duplicates": "remove what says the same as one made up to a minute before it",
    "mark-invalid": "give the status 5 to those whose identity could not be reached",
}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Say which words the command line takes."""
    parser = subparsers.add_parser("stages", help="subscriptions: behind, doubled, out of reach")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, text in HELP.items():
        one = actions.add_parser(name, help=text, description=text, parents=[common_options()])
        one.add_argument("--set", metavar="N", type=whole_id, help="of this message set alone")
        one.add_argument("--at", metavar="T", type=instant, help="as of this ISO 8601 instant")
        one.add_argument("--dry-run", action="store_true", help="only count")
    text = "say what a message sender is to use for a set; without --to what it likes"
    one = actions.add_parser("channel", help=text, description=text, parents=[common_options()])
    one.add_argument("--set", metavar="N", type=whole_id, required=True, help="the message set")
    one.add_argument("--to", metavar="NAME", help="such as JUNEBUG_WHATSAPP")


async def run(arguments: argparse.Namespace, app: "App") -> int:
    """Do what was asked; 1 and a line on standard error when it is refused."""
    try:
        if arguments.set is not None:
            await app.stages.sets.get(arguments.set)
        if arguments.action == "channel":
            return await _channel(arguments, app)
        return await _go_over(arguments, app)
    except NotFound:
        return refuse(NotFound(f"There is no message set {arguments.set}."))
    except ProductError as error:
        return refuse(error)


async def _channel(arguments: argparse.Namespace, app: "App") -> int:
    given = {"channel": arguments.to}
    changed = await app.stages.sets.change(None, arguments.set, given, partial=True)
    chosen = "what its sender likes" if arguments.to is None else arguments.to
    counts = {"set": changed["_id"], "channel": changed["channel"]}
    return say(arguments, f"Message set {changed['_id']} goes by {chosen}.", counts)


async def _go_over(arguments: argparse.Namespace, app: "App") -> int:
    at = app.clock.wall() if arguments.at is None else arguments.at
    choice = Choice(at, arguments.set, arguments.dry_run)
    text, counts = await VERBS[arguments.action](app, choice)
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


VERBS: Final[dict[str, Verb]] = {
    "fast-forward": _fast_forward,
    "find-behind": _find_behind,
    "remove-duplicates": _remove_duplicates,
    "mark-invalid": _mark_invalid,
}
