"""Reading a user's mailbox: lists, single items, pages, counts."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.accounts import User
from domain.audiences import Audience
from domain.clock import Clock
from domain.events import Event
from domain.filters import InboxFilters, SentFilters
from domain.items import MESSAGE, NOTICE, Item
from models.announcements import Announcements
from models.blocked import Blocked
from models.confirmations import Confirmations
from models.counters import Counters
from models.database import Database, Document
from models.deliveries import Deliveries
from models.devices import Devices
from models.groups import Groups
from models.jobs import Jobs
from models.messages import Messages
from models.notices import Notices, Receipts
from models.scheduled import Scheduled
from models.user_preferences import UserPreferences
from models.users import Users
from services.announced import Announced
from services.items import Names, of_copy, of_message, of_notice, people_in
from services.names import KnownNames
from services.remembered import Remembered

Heads = Callable[[], Awaitable[list[Document]]]

LARGEST_ID = 2**63 - 1
MANY_IDS = 2_000  # more are not looked up one by one: the whole mailbox is read instead


@dataclass(frozen=True)
class Stores:
    """The collections that a mailbox is made of, and those that sending asks."""

    deliveries: Deliveries
    messages: Messages
    notices: Notices
    receipts: Receipts
    scheduled: Scheduled
    announcements: Announcements
    confirmations: Confirmations
    users: Users
    preferences: UserPreferences
    groups: Groups
    jobs: Jobs
    devices: Devices
    blocked: Blocked
    counters: Counters

    @classmethod
    def of(cls, database: Database, counters: Counters) -> "Stores":
        return cls(
            deliveries=Deliveries(database),
            messages=Messages(database),
            notices=Notices(database),
            receipts=Receipts(database),
            scheduled=Scheduled(database),
            announcements=Announcements(database),
            confirmations=Confirmations(database),
            users=Users(database),
            preferences=UserPreferences(database),
            groups=Groups(database),
            jobs=Jobs(database),
            devices=Devices(database),
            blocked=Blocked(database),
            counters=counters,
        )

    async def ensure_indexes(self) -> None:
        """Make what indexes are missing; may be called again."""
        boxes = (self.deliveries, self.messages, self.notices, self.receipts, self.scheduled)
        announced = (self.announcements, self.confirmations)
        for one in (*boxes, *announced, self.jobs, self.devices, self.blocked):
            await one.ensure_indexes()


class Mailboxes:
    """What one user can see (live, "The feed"), as lists."""

    def __init__(
        self,
        stores: Stores,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        most_age_s: float = 2.0,
        languages: Sequence[str] = (),
    ):
        self._stores, self._clock = stores, clock
        self.devices = stores.devices
        self._names = KnownNames(stores.users, monotonic, most_age_s)
        self.announced = Announced(stores.announcements, stores.confirmations, clock, languages)
        self._announcements = Remembered(stores.announcements.standing, monotonic, most_age_s)
        self._heads = Remembered(stores.notices.standing_heads, monotonic, most_age_s)

    async def names(self, items: Iterable[Item]) -> Names:
        """The usernames needed to show these items; those of deleted accounts are missing."""
        return await self.named(people_in(items))

    async def named(self, people: Iterable[int]) -> Names:
        """The usernames of those of these people whose accounts exist."""
        return await self._names.of(people)

    def forget(self, event: Event) -> None:
        """Obey an event: what it changed is read afresh."""
        self._names.forget(event)
        if event.has_audience:
            self._heads.forget()
            self._announcements.forget()

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
            self.standing(user, filters.since, filters.until) if kind == NOTICE else _none(),
        )
        items = [of_copy(copy) for copy in copies] + standing
        names = await self.names(items)
        kept = [item for item in items if self.passes(item, is_read, filters, names)]
        return sorted(kept, key=lambda item: item.rank), names

    def passes(self, item: Item, is_read: bool | None, filters: InboxFilters, names: Names) -> bool:
        """Does the inbox's list show this item?"""
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
        items = [
            one for one in items if filters.may_match(content=one.content, sent_on=one.sent_on)
        ]
        names = await self.names(items)
        kept = [item for item in items if self.passes_sent(item, user, filters, names)]
        return sorted(kept, key=lambda item: item.age), names

    def passes_sent(self, item: Item, user: User, filters: SentFilters, names: Names) -> bool:
        """Does the list of sent messages show this one?"""
        recipients = [(one, names[one]) for one in item.recipients if one in names]
        return bool(recipients) and filters.matches(
            content=item.content,
            sent_on=item.sent_on,
            sender=(user.id, user.username),
            recipients=recipients,
        )

    async def standing(
        self, user: User, since: int | None = None, until: int | None = None
    ) -> list[Item]:
        """Notices for an audience he was in, as he has them, without those he deleted."""
        found = await self._stores.notices.standing(since, until)
        return [item for item in await self._as_read(user, found) if not item.is_deleted]

    async def _as_read(self, user: User, notices: Sequence[Document]) -> list[Item]:
        mine = [notice for notice in notices if includes(notice, user)]
        receipts = await self._stores.receipts.of(user.id, [notice["_id"] for notice in mine])
        return [of_notice(notice, receipts.get(notice["_id"])) for notice in mine]

    # Single items

    async def own(self, user: User, kinds: Sequence[str], ids: Iterable[int]) -> list[Item]:
        """Those of ``ids`` that are this user's and not deleted, of these kinds, in any order."""
        wanted = {one for one in ids if 0 < one <= LARGEST_ID}
        if len(wanted) > MANY_IDS:
            whole = [await self.received(user, kind, None, InboxFilters()) for kind in kinds]
            return [item for items, _ in whole for item in items if item.id in wanted]
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
        wanted = {one for one in ids if 0 < one <= LARGEST_ID}
        if len(wanted) > MANY_IDS:
            whole = await self._stores.messages.listed(user.id, None, None)
            return [of_message(message) for message in whole if message["_id"] in wanted]
        return [of_message(one) for one in await self._stores.messages.own(user.id, wanted)]

    # Counts

    async def count_unread(self, user: User) -> dict[str, int]:
        """Unread items by box, counted now; of notices for audiences as far as they were heard of.

        Of those it may miss what came within a look and was not heard: hearing it counts again.
        """
        return await self._count_unread(user, self._heads.get, self._announcements.get)

    async def count_unread_now(self, user: User) -> dict[str, int]:
        """The same with what no process here has heard of yet."""
        stores = self._stores
        read = stores.notices.standing_heads, stores.announcements.standing
        return await self._count_unread(user, *read)

    async def _count_unread(
        self, user: User, read_heads: Heads, read_announcements: Heads
    ) -> dict[str, int]:
        now = self._clock.now()
        copies, heads, announced = await asyncio.gather(
            self._stores.deliveries.count_unread(user.id, now),
            read_heads(),
            self._unread_announcements(user, read_announcements),
        )
        standing = await self._as_read(user, heads)
        unread = sum(
            not (item.is_read or item.is_deleted or item.has_expired(now)) for item in standing
        )
        return {
            "messages": copies[MESSAGE],
            "notices": copies[NOTICE] + unread,
            "announcements": announced,
        }

    async def _unread_announcements(self, user: User, read: Heads) -> int:
        seen = await self.announced.visible(user, await read())
        return sum(not item.is_read for item in seen)


async def _none() -> list[Item]:
    return []


def includes(notice: Document, user: User) -> bool:
    """Was the user in the notice's audience when it was sent?"""
    return Audience.from_document(notice["audience"]).includes(user.member, notice["sent_on"])


def identifiers(items: Iterable[Item]) -> dict[str, Any]:
    """The ids of items by where they are kept: copies, or notices for an audience."""
    chosen = list(items)
    return {
        "copies": [item.id for item in chosen if item.key[0] == "c"],
        "notices": [item.id for item in chosen if item.key[0] == "n"],
    }
