"""Reading a user's mailbox: lists, single items, pages, counts."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.accounts import User
from domain.audiences import Audience
from domain.clock import HOUR, Clock
from domain.filters import InboxFilters, SentFilters
from domain.items import MESSAGE, NOTICE, SENT, Item
from models.counters import Counters
from models.database import Database, Document
from models.deliveries import Deliveries
from models.groups import Groups
from models.jobs import Jobs
from models.messages import Messages
from models.notices import Notices, Receipts
from models.users import Users
from services.items import Names, of_copy, of_message, of_notice, people_in

LARGEST_ID = 2**63 - 1
FIRST_WINDOW_US = HOUR
WIDER = 16

Fetch = Callable[[int, int, int], Awaitable[list[Item]]]
Keep = Callable[[Item], bool]


@dataclass(frozen=True)
class Stores:
    """The collections that a mailbox is made of, and those that sending asks."""

    deliveries: Deliveries
    messages: Messages
    notices: Notices
    receipts: Receipts
    users: Users
    groups: Groups
    jobs: Jobs
    counters: Counters

    @classmethod
    def of(cls, database: Database, counters: Counters) -> "Stores":
        return cls(
            deliveries=Deliveries(database),
            messages=Messages(database),
            notices=Notices(database),
            receipts=Receipts(database),
            users=Users(database),
            groups=Groups(database),
            jobs=Jobs(database),
            counters=counters,
        )

    async def ensure_indexes(self) -> None:
        """Make what indexes are missing; may be called again."""
        for one in (self.deliveries, self.messages, self.notices, self.receipts, self.jobs):
            await one.ensure_indexes()


class Mailboxes:
    """What one user can see (live, "The feed"), as lists."""

    def __init__(self, stores: Stores, clock: Clock):
        self._stores, self._clock = stores, clock

    async def names(self, items: Iterable[Item]) -> Names:
        """The usernames needed to show these items; those of deleted accounts are missing."""
        people = people_in(items)
        return await self._stores.users.names(people) if people else {}

    # Whole lists

    async def received(
        self, user: User, kind: str, is_read: bool | None, filters: InboxFilters
    ) -> tuple[list[Item], Names]:
        """Items of one kind in the inbox's order, all that pass the filters, and who sent them."""
        if filters.nothing:
            return [], {}
        copies, standing = await asyncio.gather(
            self._stores.deliveries.listed(
                user.id, kind, is_read=is_read, since=filters.since, until=filters.until
            ),
            self._standing(user, filters.since, filters.until) if kind == NOTICE else _none(),
        )
        items = [of_copy(copy) for copy in copies] + standing
        names = await self.names(items)
        kept = [item for item in items if self._passes(item, is_read, filters, names)]
        return sorted(kept, key=lambda item: item.rank), names

    def _passes(
        self, item: Item, is_read: bool | None, filters: InboxFilters, names: Names
    ) -> bool:
        if is_read not in (None, item.is_read) or item.has_expired(self._clock.now()):
            return False
        sender = None if item.sender is None else (item.sender, names.get(item.sender, ""))
        known = sender if sender and sender[1] else None
        return filters.matches(content=item.content, sent_on=item.sent_on, sender=known)

    async def sent(self, user: User, filters: SentFilters) -> tuple[list[Item], Names]:
        """The sent box, newest first; what only deleted accounts received is gone (1.7)."""
        if filters.nothing:
            return [], {}
        found = await self._stores.messages.listed(user.id, filters.since, filters.until)
        items = [of_message(message) for message in found]
        names = await self.names(items)
        kept = [item for item in items if _sent_passes(item, user, filters, names)]
        return sorted(kept, key=lambda item: item.age), names

    async def _standing(
        self, user: User, since: int | None = None, until: int | None = None
    ) -> list[Item]:
        """Notices for an audience he was in, as he has them, without those he deleted."""
        found = await self._stores.notices.standing(since, until)
        return [item for item in await self._as_read(user, found) if not item.is_deleted]

    async def _as_read(self, user: User, notices: Sequence[Document]) -> list[Item]:
        mine = [notice for notice in notices if includes(notice, user)]
        receipts = await self._stores.receipts.of(user.id, [notice["_id"] for notice in mine])
        return [of_notice(notice, receipts.get(notice["_id"])) for notice in mine]

    async def filter(self, filters: InboxFilters) -> Keep:
        """A page's test for these filters; senders are named once, before it is read."""
        names = dict(await self._stores.users.ids_of(filters.sender_usernames or ()))
        known = {user: name for name, user in names.items()}
        known |= await self._stores.users.names(filters.sender_ids or ())
        return lambda item: self._passes(item, None, filters, known)

    # Single items

    async def own(self, user: User, kinds: Sequence[str], ids: Iterable[int]) -> list[Item]:
        """Those of ``ids`` that are this user's and not deleted, of these kinds, in any order."""
        wanted = {one for one in ids if 0 < one <= LARGEST_ID}
        if not wanted:
            return []
        copies = await self._stores.deliveries.own(user.id, kinds, wanted)
        items = [of_copy(copy) for copy in copies]
        rest = wanted - {item.id for item in items}
        if rest and NOTICE in kinds:
            notices = await self._stores.notices.get_all(rest)
            items += [item for item in await self._as_read(user, notices) if not item.is_deleted]
        now = self._clock.now()
        return [item for item in items if not item.has_expired(now)]

    async def own_sent(self, user: User, ids: Iterable[int]) -> list[Item]:
        """Those of ``ids`` that are in this user's sent box."""
        wanted = [one for one in ids if 0 < one <= LARGEST_ID]
        found = await self._stores.messages.own(user.id, wanted) if wanted else []
        return [of_message(message) for message in found]

    # Pages

    async def page(
        self, user: User, kinds: Sequence[str], is_read: bool | None, window: "Window"
    ) -> list[Item]:
        """One page, newest first, of the kinds together; see `Window`."""

        async def fetch(since: int, until: int, limit: int) -> list[Item]:
            found = await asyncio.gather(
                *(self._fetch(user, kind, is_read, (since, until, limit)) for kind in kinds)
            )
            rows = sorted((item for some in found for item in some), key=lambda item: item.age)
            return rows[:limit]

        floor = max(window.since, user.member.since - HOUR)
        now = self._clock.now()
        keep = window.keep
        shown = replace(window, keep=lambda item: not item.has_expired(now) and keep(item))
        return await _newest(fetch, shown, floor)

    async def _fetch(
        self, user: User, kind: str, is_read: bool | None, window: tuple[int, int, int]
    ) -> list[Item]:
        since, until, limit = window
        if kind == SENT:
            found = await self._stores.messages.newest(
                user.id, since=since, until=until, limit=limit
            )
            return [of_message(message) for message in found]
        items: list[Item] = []
        for state in (False, True) if is_read is None else (is_read,):
            copies = await self._stores.deliveries.newest(
                user.id, kind, state, since=since, until=until, limit=limit
            )
            items += [of_copy(copy) for copy in copies]
        if kind == NOTICE:
            standing = await self._standing(user, since, until)
            items += [item for item in standing if is_read in (None, item.is_read)]
        return items

    # Counts

    async def count_unread(self, user: User) -> dict[str, int]:
        """Unread items by box, counted now."""
        messages, notices, standing = await asyncio.gather(
            self._stores.deliveries.count_unread(user.id, MESSAGE),
            self._stores.deliveries.count_unread(user.id, NOTICE),
            self._standing(user),
        )
        now = self._clock.now()
        unread = sum(not item.is_read and not item.has_expired(now) for item in standing)
        return {"messages": messages, "notices": notices + unread, "announcements": 0}


@dataclass(frozen=True)
class Window:
    """Which part of a list: sent in ``since`` … ``until``, after an item, and passing ``keep``."""

    until: int
    limit: int
    since: int = 0
    after: tuple[int, int] | None = None
    keep: Keep = lambda item: True  # noqa: E731


async def _none() -> list[Item]:
    return []


def includes(notice: Document, user: User) -> bool:
    """Was the user in the notice's audience when it was sent?"""
    return Audience.from_document(notice["audience"]).includes(user.member, notice["sent_on"])


def _sent_passes(item: Item, user: User, filters: SentFilters, names: Names) -> bool:
    recipients = [(one, names[one]) for one in item.recipients if one in names]
    return bool(recipients) and filters.matches(
        content=item.content,
        sent_on=item.sent_on,
        sender=(user.id, user.username),
        recipients=recipients,
    )


async def _newest(fetch: Fetch, window: Window, floor: int) -> list[Item]:
    """Up to ``limit`` items, newest first, in two-sided windows that widen (stack, rule 3)."""
    found: list[Item] = []
    until, after, width, chunk = (
        window.until,
        window.after,
        FIRST_WINDOW_US,
        window.limit + 1,
    )
    while len(found) < window.limit and until >= floor:
        since = max(floor, until - width)
        rows = await fetch(since, until, chunk)
        found += [row for row in rows if (after is None or row.age > after) and window.keep(row)]
        if len(rows) >= chunk:
            chunk *= 2 if after == rows[-1].age else 1  # more share one moment than fit
            after, until = rows[-1].age, rows[-1].sent_on
        else:
            until, width = since - 1, width * WIDER
    return found[: window.limit]


def identifiers(items: Iterable[Item]) -> dict[str, Any]:
    """The ids of items by where they are kept: copies, or notices for an audience."""
    chosen = list(items)
    return {
        "copies": [item.id for item in chosen if item.key[0] == "c"],
        "notices": [item.id for item in chosen if item.key[0] == "n"],
    }
