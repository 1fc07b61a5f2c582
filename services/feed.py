"""The feed: a user's items after a cursor, oldest change first, each in its newest state."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

from domain import cursors
from domain.accounts import User
from domain.clock import DAY, MINUTE, SECOND, Clock
from domain.cursors import Cursor, Place, Row
from domain.items import Item
from services.announced import Announced
from services.items import of_copy, of_message, of_notice, of_scheduled
from services.mailboxes import Stores, includes
from services.widths import Widths

FIRST_WINDOW_US = MINUTE
WIDER = 8
MOST_COMPARED = 500  # rows of the youngest stretch that a long poll looks at
AHEAD_US = MINUTE  # another process's clock may be ahead, and what it stamped is there already


@dataclass(frozen=True)
class Page:
    """Items in the order of their places, and where to go on; ``more``: there is more now.

    ``reset`` says that the cursor is of no use: list afresh, and go on from ``cursor``.
    """

    items: tuple[Item, ...]
    cursor: Cursor
    more: bool = False
    reset: bool = False


class Feed:
    """Reads the feed exactly: no item is skipped, whatever shares a revision (live, hole H3)."""

    def __init__(
        self,
        stores: Stores,
        clock: Clock,
        announced: Announced,
        *,
        epoch: str,
        overlap_s: float,
        tombstone_days: int,
    ):
        self._announced = announced
        self._stores, self._clock, self.epoch = stores, clock, epoch
        self.overlap_us = int(overlap_s * SECOND)
        self._tombstones_us = tombstone_days * DAY
        self._widths = Widths()

    def now(self, seen_until: int | None = None) -> Cursor:
        """The cursor of somebody who has seen all up to now, or to ``seen_until``."""
        seen = self._clock.now() if seen_until is None else seen_until
        return cursors.start(self.epoch, seen, self.overlap_us)

    def is_stale(self, cursor: Cursor) -> bool:
        return cursor.is_stale(
            epoch=self.epoch, now=self._clock.now(), tombstones_us=self._tombstones_us
        )

    async def read(self, user: User, cursor: Cursor, limit: int) -> Page:
        """The next page of at most ``limit`` items; an empty one when there is nothing."""
        if self.is_stale(cursor):
            return Page((), self.now(), reset=True)
        started = self._clock.now()
        items = await self._after(user, cursor.place, started + AHEAD_US, limit + 1)
        more = len(items) > limit
        items = items[:limit]
        moved = cursors.advance(
            cursor, rows_of(items), at_end=not more, started=started, overlap_us=self.overlap_us
        )
        return Page(tuple(items), moved, more)

    async def here(self, user: User) -> Cursor:
        """The cursor of somebody who begins now, and to whom what is there already is no news."""
        cursor, until = self.now(), self._clock.now() + AHEAD_US
        items = await self._after(user, cursor.base, until, MOST_COMPARED + 1)
        if len(items) > MOST_COMPARED:
            return cursor
        return replace(cursor, seen=cursors.sum_of(rows_of(items), cursor.base))

    async def has_news(self, user: User, cursor: Cursor) -> bool:
        """Is something there that was not there when the cursor was handed out (hole H3)?

        Where the youngest stretch is too long to be compared, only what is later than all before.
        """
        until = self._clock.now() + AHEAD_US
        items = await self._after(user, cursor.base, until, MOST_COMPARED + 1)
        if len(items) <= MOST_COMPARED:
            return not cursor.knows(rows_of(items))
        return bool(await self._after(user, Place(cursor.high), until, 1))

    async def _after(self, user: User, place: Place, until: int, limit: int) -> list[Item]:
        """The first ``limit`` items after a place, in two-sided windows that widen."""
        found: list[Item] = []
        width = self._widths.of(user.id, FIRST_WINDOW_US)
        while len(found) < limit and place.revision < until:
            end = place.revision + width
            if end > until - AHEAD_US:  # what was stamped ahead is too little for another window
                end = until
            rows = await self._window(user, place, end, limit)
            found += rows
            if len(rows) >= limit:
                self._widths.was_full(user.id, rows[-1].revision - place.revision)
                return found[:limit]
            place, width = Place(end), width * WIDER
        self._widths.is_at_end(user.id)
        return found[:limit]

    async def _window(self, user: User, after: Place, until: int, limit: int) -> list[Item]:
        copies, sent, scheduled, notices, announced = await asyncio.gather(
            self._stores.deliveries.feed(user.id, after, until, limit),
            self._stores.messages.feed(user.id, after, until, limit),
            self._stores.scheduled.feed(user.id, after, until, limit),
            self._notices(user, after, until),
            self._announced.changed(user, after.revision, until),
        )
        items = [of_copy(copy) for copy in copies] + [of_message(one) for one in sent] + notices
        items += [of_scheduled(one) for one in scheduled]
        items += [item for item in announced if _is_between(item, after, until)]
        return sorted(items, key=_place)[:limit]

    async def _notices(self, user: User, after: Place, until: int) -> list[Item]:
        """Notices for an audience that changed, or whose receipt did, in this stretch."""
        changed, receipts = await asyncio.gather(
            self._stores.notices.changed_between(after.revision, until),
            self._stores.receipts.changed_between(user.id, after.revision, until),
        )
        notices = {notice["_id"]: notice for notice in changed}
        mine = {receipt["notice"]: receipt for receipt in receipts}
        for notice in await self._stores.notices.get_all(mine.keys() - notices.keys()):
            notices[notice["_id"]] = notice
        mine |= await self._stores.receipts.of(user.id, notices.keys() - mine.keys())
        items = [
            of_notice(notice, mine.get(key))
            for key, notice in notices.items()
            if includes(notice, user)
        ]
        return [item for item in items if _is_between(item, after, until)]


def _is_between(item: Item, after: Place, until: int) -> bool:
    return after < _place(item) and item.revision <= until


def _place(item: Item) -> Place:
    return Place(item.revision, item.key)


def rows_of(items: Iterable[Item]) -> list[Row]:
    """What a cursor needs to know of them."""
    return [Row(_place(item), item.version) for item in items]
