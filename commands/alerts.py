"""``alerts``: digests by hand, recovery, retention, and what a token says."""

import argparse
import json
from datetime import date
from typing import TYPE_CHECKING, Final

from commands.answers import say
from commands.options import instant
from commands.progress import Progress
from commands.verbs import Words, add_actions, add_verb
from domain.digest_windows import DAILY, WEEKLY, Window, chosen, window_of
from domain.errors import Invalid, NotFound
from services.alert_digest_overview import NO_WINDOW, NOT_OVER

if TYPE_CHECKING:
    from services.app import App

NOT_GOOD: Final = "The token is not signed with this server's secret, or its time is over."


def add_parser(verbs: Words) -> None:
    """Say which words the command line takes."""
    actions = add_actions(verbs, "alerts", "digests, recovery, retention, tokens")
    one = add_verb(
        actions, "digest", _digest, "make one digest, or go on with it; nothing is mailed twice"
    )
    one.add_argument("range", choices=(DAILY, WEEKLY))
    one.add_argument("--date", metavar="D", type=_date, help="the day on which its window ends")
    one.add_argument("--from", dest="start", metavar="T", type=instant, help="or its start")
    one.add_argument("--to", dest="end", metavar="T", type=instant, help="and its end")
    add_verb(actions, "recover", _recover, "begin anew with what was left behind")
    one = add_verb(actions, "tidy", _tidy, "remove what is old, and forget who left")
    one.add_argument("--at", metavar="T", type=instant, help="as of this instant")
    add_verb(actions, "verify-token", _verify_token, "print what a token says").add_argument(
        "token", metavar="TOKEN"
    )


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a date like 2026-11-28: {text!r}") from None


async def _digest(arguments: argparse.Namespace, app: "App") -> int:
    window, is_chosen = _window(arguments, app)
    if window.end > app.clock.wall():
        raise Invalid([NOT_OVER])
    digests = app.alerts.posting.digests
    run = await digests.find_or_make(arguments.range, window, is_chosen=is_chosen)
    with Progress() as tell:
        subscribers, emails = await digests.carry_out(run, tell)
    text = f"Run {run.id}: {subscribers} subscribers, {emails} e-mails."
    return say(arguments, text, {"run": run.id, "subscribers": subscribers, "emails": emails})


def _window(arguments: argparse.Namespace, app: "App") -> tuple[Window, bool]:
    """The window that was asked for, and whether it is one of somebody's own."""
    if arguments.date is not None and arguments.start is None and arguments.end is None:
        try:
            boundary = app.alerts.posting.hours.boundary
            return window_of(arguments.range, arguments.date, boundary), False
        except ValueError as error:
            raise Invalid([f"{error}."]) from error
    if arguments.date is not None or arguments.start is None or arguments.end is None:
        raise Invalid(["Say either --date, or --from and --to."])
    if arguments.start >= arguments.end:
        raise Invalid([NO_WINDOW])
    return chosen(arguments.start, arguments.end), True


async def _recover(arguments: argparse.Namespace, app: "App") -> int:
    has_digests = app.settings.alerts.digests
    with Progress() as tell:
        counts = await app.alerts.recovery.recover(has_digests=has_digests, tell=tell)
    return say(arguments, _counted(counts), counts)


async def _tidy(arguments: argparse.Namespace, app: "App") -> int:
    at = app.clock.wall() if arguments.at is None else arguments.at
    with Progress() as tell:
        counts = await app.alerts.posting.tidying.tidy(at, tell)
    return say(arguments, _counted(counts), counts)


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


async def _verify_token(arguments: argparse.Namespace, app: "App") -> int:
    """Whoever it was issued by: only the secret is this server's."""
    claims = app.alerts.people.tokens.claims(arguments.token)
    if claims is None:
        raise NotFound(NOT_GOOD)
    return say(arguments, json.dumps(claims, indent=2, ensure_ascii=False), claims)
