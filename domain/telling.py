"""How somebody who waits hears how far a long piece of work is."""

from collections.abc import Callable

Tell = Callable[[str, int, int | None], None]
"""Told of what, how much of it is done, and of how much (None: not known). It does not wait."""


def untold(what: str, done: int, total: int | None) -> None:
    """Nobody waits."""
