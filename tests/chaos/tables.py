"""The table that the long storm prints; in a file it is added to, by one run after the other."""

from datetime import datetime
from pathlib import Path

from tests.chaos.storms import COLUMNS, Outcome, head_of

HEAD = head_of(f"{COLUMNS} | begun (UTC) | load")


class Table:
    """A row for each seed, on the standard output and, if there is a ``file``, at its end."""

    def __init__(self, file: Path | None):
        self._file = file
        self._said = file.read_text() if file is not None and file.exists() else ""

    def has(self, seed: int) -> bool:
        """Was this seed run by an earlier run with the same file?"""
        return f"\n| {seed} |" in self._said

    def begin(self, heading: str) -> None:
        """What stands above the rows, unless it does already."""
        if not self._said:
            self._say(f"{heading}\n\n{HEAD}")

    def add(self, outcome: Outcome, begun: datetime, load: float) -> None:
        self._say(f"{outcome.line()} {begun:%m-%d %H:%M} | {load:.1f} |")

    def _say(self, text: str) -> None:
        print(text, flush=True)
        if self._file is not None:
            with self._file.open("a") as file:
                file.write(f"{text}\n")
