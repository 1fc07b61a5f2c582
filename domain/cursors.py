"""Where a reader of the feed stands: an opaque text that any process can read (live, "The feed").

A cursor promises: every change whose place is at or before ``base`` has been handed out, or was
overtaken. ``page`` is where a reading that has not come to its end goes on inside the youngest
stretch, and ``high`` the latest revision handed out, which a long poll compares with.
"""

import base64
import binascii
import re
from dataclasses import dataclass, replace
from typing import NamedTuple

_ITEM = re.compile("([a-z][0-9]{19})?")
_LATEST = 2**62  # what a database can hold, with room to reckon
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

    @property
    def place(self) -> Place:
        """Where reading goes on."""
        return max(self.base, self.page) if self.page else self.base

    def encode(self) -> str:
        page = self.page or Place(0)
        fields = (self.epoch, *self.base, *page, self.high)
        return base64.urlsafe_b64encode("~".join(map(str, fields)).encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """The cursor that ``encode`` wrote; raises ValueError for any other text."""
        try:
            raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            epoch, at, item, page_at, page_item, high = raw.decode().split("~")
            base, page = _place(at, item), _place(page_at, page_item)
            return cls(epoch, base, page if page.revision else None, int(high))
        except (ValueError, binascii.Error) as error:
            raise ValueError("not a cursor") from error

    def is_stale(self, *, epoch: str, now: int, tombstones_us: int) -> bool:
        """Too old, in the future or of another database: the reader must list afresh."""
        revision = self.base.revision
        return epoch != self.epoch or revision < now - tombstones_us or revision > now + SLACK_US


def _place(revision: str, item: str) -> Place:
    place = Place(int(revision), item)
    if not 0 <= place.revision <= _LATEST or not _ITEM.fullmatch(item):
        raise ValueError("not a place")
    return place


def start(epoch: str, now: int, overlap_us: int) -> Cursor:
    """The cursor of somebody who has just seen everything: now less the overlap."""
    return Cursor(epoch, Place(now - overlap_us), high=now)


def advance(
    cursor: Cursor, *, last: Place | None, at_end: bool, started: int, overlap_us: int
) -> Cursor:
    """The cursor after a page that was read at ``started``, whose last row is at ``last``.

    ``base`` passes over nothing younger than the overlap, for such a change may still appear
    behind it. While a reading goes on in that young stretch ``base`` stays and ``page`` moves,
    so each page is new; at the end ``page`` is dropped and the stretch may come once more.
    """
    young = Place(started - overlap_us)
    high = max(cursor.high, last.revision if last else 0)
    if at_end:
        settled = cursor.base if cursor.page else max(cursor.base, young)
        return Cursor(cursor.epoch, settled, high=high)
    assert last is not None
    if cursor.page is None and last <= young:
        return replace(cursor, base=last, high=high)
    base = cursor.base if cursor.page else max(cursor.base, young)
    return Cursor(cursor.epoch, base, last, high)
