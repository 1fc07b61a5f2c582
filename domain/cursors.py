"""Where a reader of the feed stands: an opaque text that any process can read (live, "The feed").

A cursor promises: every change whose place is at or before ``base`` has been handed out, or was
overtaken. ``page`` is where a reading that has not come to its end goes on inside the youngest
stretch. ``high``, the latest revision handed out, and ``seen``, the sum of the marks of all that
was handed out of what lies behind ``base``, are what a long poll compares with: the youngest
stretch may come again, and only something else in it is news.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

_ITEM = re.compile("([a-z][0-9]{19})?")
_LATEST = 2**62  # what a database can hold, with room to reckon
_SUM = 2**64  # so wide that two sums are equal only if their rows are
SLACK_US = 60_000_000  # a cursor this far ahead of the clock is another clock's: reset


class Place(NamedTuple):
    """A position in a feed: the revision, then the item's key for those that share it."""

    revision: int
    item: str = ""


@dataclass(frozen=True)
class Cursor:
    """See the module; ``epoch`` names the database that the revisions belong to."""

    epoch: str
    base: Place
    page: Place | None = None
    high: int = 0
    seen: int | None = None

    @property
    def place(self) -> Place:
        """Where reading goes on."""
        return max(self.base, self.page) if self.page else self.base

    def encode(self) -> str:
        page = self.page or Place(0)
        seen = "" if self.seen is None else self.seen
        fields = (self.epoch, *self.base, *page, self.high, seen)
        return base64.urlsafe_b64encode("~".join(map(str, fields)).encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """The cursor that ``encode`` wrote; raises ValueError for any other text."""
        try:
            raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            epoch, at, item, page_at, page_item, high, seen = raw.decode().split("~")
            base, page = _place(at, item), _place(page_at, page_item)
            sum_seen = int(seen) % _SUM if seen else None
            return cls(epoch, base, page if page.revision else None, int(high), sum_seen)
        except (ValueError, binascii.Error) as error:
            raise ValueError("not a cursor") from error

    def knows(self, rows: Sequence["Row"]) -> bool:
        """Was all of this, which is all that lies behind ``base`` now, handed out before?

        A cursor that does not know what was handed out goes by the latest revision.
        """
        if self.seen is None:
            return all(row.place.revision <= self.high for row in rows)
        return sum_of(rows, self.base) == self.seen

    def is_stale(self, *, epoch: str, now: int, tombstones_us: int) -> bool:
        """Too old, in the future or of another database: the reader must list afresh."""
        revision = self.base.revision
        return epoch != self.epoch or revision < now - tombstones_us or revision > now + SLACK_US


def _place(revision: str, item: str) -> Place:
    place = Place(int(revision), item)
    if not 0 <= place.revision <= _LATEST or not _ITEM.fullmatch(item):
        raise ValueError("not a place")
    return place


@dataclass(frozen=True)
class Row:
    """What a cursor needs to know of an item that is handed out."""

    place: Place
    version: int

    @property
    def mark(self) -> int:
        """A number for this state of the item, whatever place it is given."""
        name = f"{self.place.item}:{self.version}".encode()
        return int.from_bytes(blake2b(name, digest_size=8).digest())


def sum_of(rows: Iterable[Row], base: Place) -> int:
    """The marks of those behind ``base``, added up: the same for the same rows in any order."""
    return sum(row.mark for row in rows if row.place > base) % _SUM


def start(epoch: str, now: int, overlap_us: int) -> Cursor:
    """The cursor of somebody who has just seen everything: now less the overlap."""
    return Cursor(epoch, Place(now - overlap_us), high=now)


def advance(
    cursor: Cursor, rows: Sequence[Row], *, at_end: bool, started: int, overlap_us: int
) -> Cursor:
    """The cursor after a page of these rows, oldest first, that was read at ``started``.

    ``base`` passes over nothing younger than the overlap, for such a change may still appear
    behind it. While a reading goes on in that young stretch ``base`` stays and ``page`` moves,
    so each page is new; at the end ``page`` is dropped and the stretch may come once more.
    """
    last = rows[-1].place if rows else None
    high = max(cursor.high, last.revision if last else 0)
    base = _base(cursor, last, at_end=at_end, young=Place(started - overlap_us))
    before = (cursor.seen or 0) if cursor.page else 0
    seen = (before + sum_of(rows, base)) % _SUM
    page = None if at_end or last == base else last
    return Cursor(cursor.epoch, base, page, high, seen)


def _base(cursor: Cursor, last: Place | None, *, at_end: bool, young: Place) -> Place:
    """Up to where all was handed out and nothing can appear any more."""
    if cursor.page:
        return cursor.base
    if not at_end and last is not None and last <= young:
        return last
    return max(cursor.base, young)
