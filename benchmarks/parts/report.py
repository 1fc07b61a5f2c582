"""What a run prints: where it ran, on what, and tables of medians with their ranges."""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from math import isnan
from statistics import median

from benchmarks.parts.programs import ROOT, Cpus

PACKAGES = {"tornado": "tornado", "motor": "motor", "redis-py": "redis"}
UNKNOWN = "-"


class Heading:
    """The machine and the versions of a run; made before it, printed after it."""

    def __init__(self, cpus: Cpus, stores: Mapping[str, str]):
        self._cpus, self._stores = cpus, stores
        self._before = load()

    def lines(self, configuration: str) -> list[str]:
        """The lines over the tables."""
        versions = [f"python {platform.python_version()}"]
        versions += [f"{name} {version(package)}" for name, package in PACKAGES.items()]
        return [
            f"date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {_commit()}",
            f"load (1, 5, 15 min): before {self._before}, after {load()}",
            f"cpus: {os.cpu_count()}, pinned: {self._cpus}",
            f"versions: {', '.join(versions)}",
            f"stores: {', '.join(self._stores.values())}",
            f"configuration: {configuration}",
        ]


def load() -> str:
    return " ".join(f"{one:.2f}" for one in os.getloadavg())


def _commit() -> str:
    """The checkout's commit, "+" when it was changed since; "unknown" without git."""
    words = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    try:
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def spread(values: Sequence[float]) -> str:
    """Median and range of some rounds."""
    if not values or any(map(isnan, values)):
        return UNKNOWN
    middle = number(median(values))
    return middle if len(values) == 1 else f"{middle} ({number(min(values))}–{number(max(values))})"


def number(value: float) -> str:
    """Three digits that count, thousands set apart."""
    if isnan(value):
        return UNKNOWN
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of ``values`` lies; they need not be sorted."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, aligned."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (head, rule, *rows)
    ]
    return "\n".join(lines)
