"""``tail``: what reaches a user, a line each as it comes, until Ctrl-C."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from commands.answers import DONE, TIMED_OUT
from commands.leaving import Stop, unless
from commands.options import seconds
from commands.verbs import Words, add_verb
from domain.instants import to_text
from services.following import Following, News

if TYPE_CHECKING:
    from services.app import App

RESET = "What was before is not known here: list afresh."


def add_parser(verbs: Words) -> None:
    """Say which words the command line takes."""
    text = "print what reaches a user, as it comes, until Ctrl-C"
    more = (
        "With --json each line is a frame of the live channel: a change, a ping with the cursor "
        "to go on from, or a reset. Without --json the cursor is said at the end."
    )
    one = add_verb(verbs, "tail", _tail, text, more=more)
    one.add_argument("user", metavar="USER")
    one.add_argument("--since", metavar="CURSOR", help="go on from there; else from now on")
    one.add_argument("--count", metavar="N", type=_count, help="end after so many changes")
    one.add_argument(
        "--timeout", metavar="S", type=seconds, help="end after so many seconds, with status 3"
    )


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) < 10**8):
        raise argparse.ArgumentTypeError(f"not a number of changes: {text!r}")
    return int(text)


async def _tail(arguments: argparse.Namespace, app: "App") -> int:
    """Print until there is a reason to end: 0 when told to or after the count, 3 for the time."""
    stop = Stop()
    try:
        user = (await app.accounts.named(arguments.user))["_id"]
        following = Following(app.live, app.changes, app.identities)
        news = following.news(user, app.live.cursor(arguments.since))
        await unless(stop.told, Tail(arguments).print(news))
    except TimeoutError:
        return TIMED_OUT
    except BrokenPipeError:  # whoever read has enough: nothing more may be written at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return DONE


class Tail:
    """Prints news for a person, or as frames for a program."""

    def __init__(self, arguments: argparse.Namespace):
        self._as_json: bool = getattr(arguments, "json", False)
        self._left: int | None = arguments.count
        self._limit_s: float | None = arguments.timeout
        self._cursor = ""

    async def print(self, news: AsyncGenerator[News, None]) -> None:
        """Print all of them, or as many changes as were asked for; say where to go on.

        Raises `TimeoutError` when the time that was given is over.
        """
        try:
            async with asyncio.timeout(self._limit_s), aclosing(news):
                async for one in news:
                    self._print(one)
                    if self._left == 0:
                        return
        finally:
            if self._cursor and not self._as_json:
                print(f"Go on with --since {self._cursor}", file=sys.stderr)

    def _print(self, news: News) -> None:
        if news.reset:
            print(json.dumps({"type": "reset"}) if self._as_json else RESET)
        changes = news.changes[: self._left]
        for change in changes:
            print(json.dumps(change, ensure_ascii=False) if self._as_json else line(change))
        if self._left is not None:
            self._left -= len(changes)
        if len(changes) == len(news.changes):
            self._cursor = news.cursor
            if self._as_json:
                print(json.dumps({"type": "ping", "cursor": news.cursor}))
        sys.stdout.flush()


def line(change: Mapping[str, Any]) -> str:
    """A change in one line, in which nothing can move a terminal's cursor."""
    item = change["item"]
    head = f"{to_text(change['revision'])}  {change['kind']} {item['id']}"
    if change.get("deleted"):
        return f"{head}  deleted"
    who = _who(item)
    state = " (read)" if item.get("is_read") else ""
    text = " ".join(str(item.get("content", item.get("title", ""))).split())
    return _printable(f"{head}{state}{who}: {text}")


def _who(item: Mapping[str, Any]) -> str:
    sender, recipients = item.get("sender"), item.get("recipients")
    if sender:
        return f"  from {sender['username']}"
    if recipients:
        names = ", ".join(one["username"] for one in recipients)
        more = item.get("recipients_total", 0) - len(recipients)
        return f"  to {names}" + (f" and {more} more" if more > 0 else "")
    return ""


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
