"""What the command line prints: a line or a table for people, JSON with ``--json``."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from domain.coercion import Refused
from domain.errors import Invalid, ProductError

DONE, REFUSED, WRONG_USE, TIMED_OUT = 0, 1, 2, 3
MOST_PROBLEMS = 20

Row = Mapping[str, Any]


def say(arguments: argparse.Namespace, text: str, payload: object) -> int:
    """Print the text, or the payload as JSON; returns the exit status of success."""
    print(json.dumps(payload, ensure_ascii=False) if getattr(arguments, "json", False) else text)
    return DONE


def show(arguments: argparse.Namespace, rows: Sequence[Row]) -> int:
    """Print rows with the same keys as a table, or as a JSON list."""
    return say(arguments, _table(rows), rows)


def describe(arguments: argparse.Namespace, thing: Row) -> int:
    """Print one thing, a line for each key, or as JSON."""
    width = max(map(len, thing))
    lines = [f"{name.ljust(width)}  {_cell(value)}" for name, value in thing.items()]
    return say(arguments, "\n".join(lines), thing)


def refuse(error: Exception) -> int:
    """Print why it was not done, a line for each problem; returns the exit status of refusal."""
    lines = _lines(error)
    for line in lines[:MOST_PROBLEMS]:
        print(line, file=sys.stderr)
    if len(lines) > MOST_PROBLEMS:
        print(f"and {len(lines) - MOST_PROBLEMS} more problems", file=sys.stderr)
    return REFUSED


def misused(text: str) -> int:
    """Say what is wrong with the words themselves; returns the exit status of wrong use."""
    print(text, file=sys.stderr)
    return WRONG_USE


def _lines(error: Exception) -> list[str]:
    if isinstance(error, Invalid):
        return _problems(error.problems)
    if isinstance(error, ProductError):
        return [error.detail]
    if isinstance(error, Refused):
        return error.texts
    return [" ".join(str(error).split())]


def _problems(problems: object) -> list[str]:
    """A line for each; those of a field begin with its name, for the command line has none."""
    if isinstance(problems, Mapping):
        found = [(name, text) for name, one in problems.items() for text in _problems(one)]
        return [f"{name}: {text}" for name, text in found]
    if isinstance(problems, list | tuple):
        return [str(one) for one in problems]
    return [str(problems)]


def _table(rows: Sequence[Row]) -> str:
    if not rows:
        return "none"
    cells = [list(rows[0])] + [[_cell(value) for value in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)
