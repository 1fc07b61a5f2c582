"""How far long work is, on standard error: a line that is written anew on a terminal, else a few.

Nothing is said of what is over soon. Standard output is for the result alone.
"""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, TextIO

SAID_EACH_S: Final = 2.0
SHOWN_EACH_S: Final = 0.2
ERASE: Final = "\r\x1b[K"


class Progress:
    """A `domain.telling.Tell`, and a block: at its end the terminal's line is free again."""

    def __init__(self, measure: Callable[[], float] = time.monotonic, stream: TextIO | None = None):
        self._stream = sys.stderr if stream is None else stream
        self._is_shown = self._stream.isatty()
        self._pause_s = SHOWN_EACH_S if self._is_shown else SAID_EACH_S
        self._measure, self._said_at = measure, measure()

    def __enter__(self) -> Self:
        return self

    def __call__(self, what: str, done: int, total: int | None) -> None:
        now = self._measure()
        if now - self._said_at >= self._pause_s:
            self._said_at = now
            self._write(_text(what, done, total))

    def _write(self, text: str) -> None:
        self._stream.write(f"{ERASE}{text}" if self._is_shown else f"{text}\n")
        self._stream.flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_shown:
            self._write("")


def _text(what: str, done: int, total: int | None) -> str:
    of = "" if total is None or total <= done else f" of {total} ({100 * done // total} %)"
    return f"{what}: {done}{of}"
