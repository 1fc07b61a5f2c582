"""Pages of lists: by a cursor that names the last item, or by number as upstream does."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class ListCursor:
    """Where the next page begins: after this item.

    ``part`` is 0 in an inbox's unread part and 1 in its read one; where kinds come together it is
    the kind's place.
    """

    part: int
    sent_on: int
    id: int

    def encode(self) -> str:
        text = f"{self.part}.{self.sent_on}.{self.id}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "ListCursor":
        """The cursor that `encode` wrote; raises ValueError for any other text."""
        try:
            raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            part, sent_on, item_id = map(int, raw.decode("ascii").split("."))
        except (ValueError, binascii.Error) as error:
            raise ValueError("not a cursor") from error
        if part not in (0, 1, 2, 3) or not (0 <= sent_on < 2**62 and 0 <= item_id < 2**63):
            raise ValueError("not a cursor")
        return cls(part, sent_on, item_id)


@dataclass(frozen=True)
class Asked:
    """Which page is asked for: at most ``size`` items after ``cursor``, or from the beginning."""

    size: int
    cursor: ListCursor | None = None


@dataclass(frozen=True)
class NumberedPage:
    """One page of a list, from 1; ``number`` of the last page is the number of pages."""

    number: int
    size: int
    count: int

    @property
    def last(self) -> int:
        return max(1, -(-self.count // self.size))

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.last else None

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    def cut(self, items: Sequence[T]) -> Sequence[T]:
        start = (self.number - 1) * self.size
        return items[start : start + self.size]


def numbered_page(text: str | None, size: int, count: int) -> NumberedPage:
    """The page that ``page=text`` asks for, the first without a text.

    Raises ValueError for one that is not there.
    """
    page = NumberedPage(1, size, count)
    if text == "last":
        return NumberedPage(page.last, size, count)
    if not text:
        return page
    number = int(text)
    if not 1 <= number <= page.last:
        raise ValueError("no such page")
    return NumberedPage(number, size, count)
