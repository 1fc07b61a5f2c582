"""Long work says how far it is: anew in one line on a terminal, else in a few lines."""

import io

from commands.progress import Progress


class Stream(io.StringIO):
    def __init__(self, is_terminal: bool):
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def _told(is_terminal: bool) -> str:
    """What is said of work that takes 2.5 s and does a hundredth of it at each step."""
    now = [100.0]
    stream = Stream(is_terminal)
    with Progress(lambda: now[0], stream) as tell:
        for done in range(1, 101):
            now[0] += 0.025
            tell("users", done, 100)
        tell("users", 100, None)
    return stream.getvalue()


def test_a_line_every_two_seconds() -> None:
    assert _told(False) == "users: 80 of 100 (80 %)\n"


def test_one_line_that_is_written_anew_and_goes() -> None:
    lines = _told(True).split("\r\x1b[K")
    assert lines[:2] == ["", "users: 8 of 100 (8 %)"]
    assert len(lines) == 14
    assert lines[-1] == ""


def test_what_is_over_soon_says_nothing() -> None:
    stream = Stream(False)
    with Progress(lambda: 0.0, stream) as tell:
        tell("users", 5, 5)
    assert stream.getvalue() == ""
