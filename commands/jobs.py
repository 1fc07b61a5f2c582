"""``jobs``: what happens later, listed, waited for, requeued, cancelled."""

import argparse
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from commands.answers import TIMED_OUT, refuse, say, show
from commands.options import common_options, instant, seconds
from domain.errors import ProductError
from domain.instants import to_text
from domain.jobs import STATES, Row

if TYPE_CHECKING:
    from services.app import App

Verb = Callable[[argparse.Namespace, "App"], Awaitable[int]]


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Say which words the command line takes."""
    parser = subparsers.add_parser("jobs", help="list, wait for, requeue and cancel jobs")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, text: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=text, description=text, parents=[common_options()])

    one = action("list", "list jobs, soonest first")
    one.add_argument("--kind", metavar="K", help="of this kind alone")
    one.add_argument("--state", metavar="S", choices=STATES, help=f"one of {', '.join(STATES)}")
    one.add_argument("--due-before", metavar="T", type=instant, help="an ISO 8601 instant")
    one = action("wait", "return when nothing is due or running; 3 when the time is over")
    one.add_argument("--kind", metavar="K", help="wait for this kind alone")
    one.add_argument("--timeout", metavar="S", type=seconds, required=True, help="in seconds")
    action("requeue", "try a failed job again, now").add_argument("job", metavar="ID")
    action("cancel", "never do a job that has not begun").add_argument("job", metavar="ID")


async def run(arguments: argparse.Namespace, app: "App") -> int:
    """Do what was asked; 1 and a line on standard error when it is refused."""
    try:
        return await VERBS[arguments.action](arguments, app)
    except ProductError as error:
        return refuse(error)


async def _list(arguments: argparse.Namespace, app: "App") -> int:
    found = await app.later.listed(
        kind=arguments.kind, state=arguments.state, due_before=arguments.due_before
    )
    return show(arguments, [_shown(row) for row in found])


def _shown(row: Row) -> dict[str, Any]:
    head = {"id": row.key, "kind": row.kind, "key": row.key, "state": row.state}
    return {**head, "due_at": to_text(row.due_at), "attempts": row.attempts, "error": row.error}


async def _wait(arguments: argparse.Namespace, app: "App") -> int:
    if await app.later.wait(arguments.kind, arguments.timeout):
        return say(arguments, "Nothing is due or running.", {"idle": True})
    print(f"Something was due or running for {arguments.timeout:g} s.", file=sys.stderr)
    return TIMED_OUT


async def _requeue(arguments: argparse.Namespace, app: "App") -> int:
    await app.later.requeue(arguments.job)
    return say(arguments, f"Requeued {arguments.job}.", {"id": arguments.job})


async def _cancel(arguments: argparse.Namespace, app: "App") -> int:
    await app.later.cancel(arguments.job)
    return say(arguments, f"Cancelled {arguments.job}.", {"id": arguments.job})


VERBS: Final[dict[str, Verb]] = {
    "list": _list,
    "wait": _wait,
    "requeue": _requeue,
    "cancel": _cancel,
}
