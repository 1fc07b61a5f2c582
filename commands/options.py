"""The options that every verb of the command line takes, and how arguments are read."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from domain.coercion import Refused
from domain.instants import parse_iso

T = TypeVar("T")


def common_options() -> argparse.ArgumentParser:
    """A parent parser with ``--data``, ``--config`` and ``--json``.

    What is not given is not set, so the top parser's defaults hold and either place is good.
    """
    options = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    options.add_argument("--data", type=Path, metavar="DIR", help="the data folder")
    options.add_argument("--config", type=Path, metavar="FILE", help="settings over the defaults")
    options.add_argument("--json", action="store_true", help="print JSON")
    return options


# What arguments say; each raises `ArgumentTypeError`, which is a line and exit status 2.


def instant(text: str) -> int:
    """An ISO 8601 instant, in µs."""
    us = parse_iso(text)
    if us is None:
        raise argparse.ArgumentTypeError(f"not an ISO 8601 instant: {text!r}")
    return us


def seconds(text: str) -> float:
    """How long something may take."""
    try:
        found = float(text)
    except ValueError:
        found = -1
    if not 0 <= found <= 10**9:
        raise argparse.ArgumentTypeError(f"not a number of seconds: {text!r}")
    return found


def whole_id(text: str) -> int:
    """A whole number that names something."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise argparse.ArgumentTypeError(f"not an id: {text!r}")
    return int(text)


def as_field(coerce: Callable[[object], T]) -> Callable[[str], T]:
    """Reads an argument as a field of a request is read."""

    def read(text: str) -> T:
        try:
            return coerce(text)
        except Refused as error:
            raise argparse.ArgumentTypeError(f"{' '.join(error.texts)} ({text!r})") from None

    return read
