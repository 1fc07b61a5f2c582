"""Stretches of lists by ``limit`` and ``offset`` (stages contract, 1.1, "Pagination")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

USUAL_LIMIT: Final = 1_000
MOST: Final = 2**31 - 1
"""No list is longer: a greater number would not fit what a database driver takes."""

T = TypeVar("T")


@dataclass(frozen=True)
class Window:
    """At most ``limit`` items after the first ``offset``; ``limit`` is at least 1."""

    limit: int = USUAL_LIMIT
    offset: int = 0

    def next(self, count: int) -> "Window | None":
        """The window after this one in a list of ``count``, or None at the end."""
        end = self.offset + self.limit
        return Window(self.limit, end) if end < count else None

    def previous(self) -> "Window | None":
        """The window before this one, also beyond the end of the list, or None at the start."""
        if self.offset == 0:
            return None
        return Window(self.limit, max(0, self.offset - self.limit))

    def cut(self, items: Sequence[T]) -> Sequence[T]:
        """The items of the whole list that lie in the window."""
        return items[self.offset : self.offset + self.limit]


@dataclass(frozen=True)
class Listed(Generic[T]):
    """What lies in a window, and how many items the whole list has."""

    items: Sequence[T]
    count: int


def window(query: Mapping[str, Sequence[str]]) -> Window:
    """The window that a query asks for; what is no number, or too small, counts as not given."""
    limit = _number(query.get("limit", ()))
    return Window(limit or USUAL_LIMIT, _number(query.get("offset", ())))


def _number(values: Sequence[str]) -> int:
    try:
        number = int(values[-1]) if values else 0
    except ValueError:
        return 0
    return min(max(number, 0), MOST)
