"""Where the output of a program goes, and what it said last."""

import os
from pathlib import Path
from typing import BinaryIO

MAX_LOG_BYTES = 4 * 2**20
MAX_TAIL_BYTES = 4096
MAX_LINE = 300


class Output:
    """A log file that is turned over at a start once it is over 4 MiB; one older file is kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start_bytes = 0

    def open(self) -> BinaryIO:
        """The file to write to, closed to other users; what comes now is what `last_line` sees."""
        if self.path.exists() and self.path.stat().st_size > MAX_LOG_BYTES:
            os.replace(self.path, self.path.with_suffix(".log.1"))
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._start_bytes = os.fstat(file).st_size
        return os.fdopen(file, "ab")

    def last_line(self) -> str:
        """The last line with anything on it since `open`, at most 300 characters; "" if none."""
        with self.path.open("rb") as file:
            end_bytes = file.seek(0, os.SEEK_END)
            file.seek(max(self._start_bytes, end_bytes - MAX_TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
        return next((line.strip()[:MAX_LINE] for line in reversed(lines) if line.strip()), "")
