"""``schedules``: what is scheduled, when it is due next and why, and one firing now."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from commands.answers import say, show
from commands.options import whole_id
from commands.verbs import Words, add_actions, add_verb
from domain.errors import NotFound
from domain.instants import to_text
from domain.schedules import Schedule
from domain.simulation import MOST
from domain.windows import Window

if TYPE_CHECKING:
    from services.app import App

SHOWN = 10
AT_ONCE = 1_000


def add_parser(verbs: Words) -> None:
    """Say which words the command line takes."""
    actions = add_actions(verbs, "schedules", "list schedules, when they are due, fire one")
    add_verb(actions, "list", _list, "list all schedules, the newest first")
    one = add_verb(
        actions, "next", _next, "when a schedule is due next, and what clock changes do to it"
    )
    one.add_argument("schedule", metavar="ID", type=whole_id)
    one.add_argument(
        "--count", metavar="N", type=_count, default=SHOWN, help=f"how many, at most {MOST}"
    )
    one = add_verb(actions, "fire", _fire, "fire a schedule once, now, beside what is pending")
    one.add_argument("schedule", metavar="ID", type=whole_id)


def _count(text: str) -> int:
    count = whole_id(text)
    if not 1 <= count <= MOST:
        raise argparse.ArgumentTypeError(f"must be between 1 and {MOST}, not {text!r}")
    return count


async def _list(arguments: argparse.Namespace, app: "App") -> int:
    rows: list[dict[str, Any]] = []
    window: Window | None = Window(AT_ONCE)
    while window is not None:
        listed = await app.schedules.listed(window)
        rows += [_row(one) for one in listed.items]
        window = window.next(listed.count)
    return show(arguments, rows)


def _row(schedule: Schedule) -> dict[str, Any]:
    """What tells one schedule from another; no token, no payload."""
    due_at = schedule.next_send_at
    return {
        "id": schedule.id,
        "next_send_at": None if due_at is None else to_text(due_at),
        "enabled": schedule.enabled,
        "cron_definition": schedule.cron_definition,
        "interval_definition": schedule.interval_definition,
        "time_zone": schedule.time_zone,
        "endpoint": schedule.endpoint,
    }


async def _next(arguments: argparse.Namespace, app: "App") -> int:
    schedule = await _schedule(arguments, app)
    coming = await app.schedules.coming(schedule, arguments.count)
    return show(arguments, [asdict(one) for one in coming])


async def _fire(arguments: argparse.Namespace, app: "App") -> int:
    schedule = await _schedule(arguments, app)
    await app.schedules.firing.send(schedule, None)
    return say(arguments, f"Schedule {schedule.id} fires now.", {"id": schedule.id})


async def _schedule(arguments: argparse.Namespace, app: "App") -> Schedule:
    try:
        return await app.schedules.get(arguments.schedule)
    except NotFound as error:
        raise NotFound(f"There is no schedule {arguments.schedule}.") from error
