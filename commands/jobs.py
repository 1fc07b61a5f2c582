"""``jobs``: what happens later, listed, waited for, requeued, cancelled."""

import argparse
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from commands.answers import DONE, TIMED_OUT, refuse, say, show
from commands.options import instant, seconds
from commands.progress import Progress
from commands.verbs import Words, add_actions, add_verb
from domain.errors import Conflict, NotFound, ProductError
from domain.instants import to_text
from domain.jobs import DEAD, STATES, WAITING, Row

if TYPE_CHECKING:
    from services.app import App


def add_parser(verbs: Words) -> None:
    """Say which words the command line takes."""
    actions = add_actions(verbs, "jobs", "list, wait for, requeue and cancel jobs")
    one = add_verb(actions, "list", _list, "list jobs, soonest first")
    one.add_argument("--kind", metavar="K", help="of this kind alone")
    one.add_argument("--state", metavar="S", choices=STATES, help=f"one of {', '.join(STATES)}")
    one.add_argument("--due-before", metavar="T", type=instant, help="an ISO 8601 instant")
    one = add_verb(
        actions, "wait", _wait, "return when nothing is due or running; 3 when the time is over"
    )
    one.add_argument("--kind", metavar="K", help="wait for this kind alone")
    one.add_argument("--timeout", metavar="S", type=seconds, required=True, help="in seconds")
    for name, do, text in (
        ("requeue", _requeue, "try failed jobs again, now"),
        ("cancel", _cancel, "never do jobs that have not begun"),
    ):
        which = add_verb(actions, name, do, text).add_mutually_exclusive_group(required=True)
        which.add_argument("jobs", nargs="*", default=[], metavar="ID")
        which.add_argument("--kind", metavar="K", help="all of this kind")


async def _list(arguments: argparse.Namespace, app: "App") -> int:
    found = await app.later.listed(
        kind=arguments.kind, state=arguments.state, due_before=arguments.due_before
    )
    return show(arguments, [_shown(row) for row in found])


def _shown(row: Row) -> dict[str, Any]:
    head = {"id": row.key, "kind": row.kind, "key": row.key, "state": row.state}
    return {**head, "due_at": to_text(row.due_at), "attempts": row.attempts, "error": row.error}


async def _wait(arguments: argparse.Namespace, app: "App") -> int:
    with Progress() as tell:
        is_idle = await app.later.wait(arguments.kind, arguments.timeout, tell)
    if is_idle:
        return say(arguments, "Nothing is due or running.", {"idle": True})
    print(f"Something was due or running for {arguments.timeout:g} s.", file=sys.stderr)
    return TIMED_OUT


async def _requeue(arguments: argparse.Namespace, app: "App") -> int:
    jobs = await _chosen(arguments, app, DEAD)
    return await _each(arguments, jobs, app.later.requeue, "Requeued")


async def _cancel(arguments: argparse.Namespace, app: "App") -> int:
    jobs = await _chosen(arguments, app, WAITING)
    return await _each(arguments, jobs, app.later.cancel, "Cancelled")


async def _chosen(arguments: argparse.Namespace, app: "App", state: str) -> list[str]:
    """The jobs that were named, or all of the kind that are in this state."""
    if arguments.kind is None:
        return list(dict.fromkeys(arguments.jobs))
    return [row.key for row in await app.later.listed(kind=arguments.kind, state=state)]


async def _each(
    arguments: argparse.Namespace,
    jobs: Sequence[str],
    do: Callable[[str], Awaitable[None]],
    word: str,
) -> int:
    """Do it to each; why some were refused is said at the end, and is the exit status."""
    done: list[str] = []
    refused: list[ProductError] = []
    with Progress() as tell:
        for number, job in enumerate(jobs, start=1):
            try:
                await do(job)
                done.append(job)
            except (NotFound, Conflict) as error:
                refused.append(error)
            tell("jobs", number, len(jobs))
    which = f"{len(done)} jobs" if len(done) != 1 else done[0]
    say(arguments, f"{word} {which}.", {"ids": done})
    return max(map(refuse, refused), default=DONE)
