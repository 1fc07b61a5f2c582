"""Mailboxes by pages: newest first from a cursor on, read in windows that widen (stack, rule 3)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from domain.accounts import User
from domain.clock import DAY, HOUR, MINUTE, Clock
from domain.errors import NotFound
from domain.filters import InboxFilters, SentFilters
from domain.items import ANNOUNCEMENT, NOTICE, PLACES, SENT, Item
from domain.paging import Asked, ListCursor
from services.items import Names, of_copy, of_message, people_in
from services.mailboxes import Mailboxes, Stores
from services.widths import Widths

FIRST_WINDOW_US = HOUR
WIDEST_WINDOW_US = 30 * DAY  # after one as wide the rest is read as one
MOST_AT_ONCE = 5_000
WIDER = 8

Fetch = Callable[[int, int, int], Awaitable[list[Item]]]
Sift = Callable[[list[Item]], Awaitable[list[Item]]]
Keep = Callable[[Item, Names], bool]


@dataclass(frozen=True)
class Page:
    """Items in the list's order, who must be named to show them, and where the next page begins."""

    items: list[Item]
    names: Names
    next: ListCursor | None


@dataclass(frozen=True)
class Wanted:
    """What `Pages.items` shows: kinds together, sent in ``since`` … ``until`` (µs).

    ``is_read`` concerns what was received, so it leaves sent items out. ``person`` sent the item
    or received it; ``origin`` is the area that it came from, which only notices have; ``text`` is
    in its content, whatever the case.
    """

    kinds: Sequence[str]
    is_read: bool | None = None
    person: int | None = None
    origin: str = ""
    text: str = ""
    since: int | None = None
    until: int | None = None

    def keeps(self, item: Item) -> bool:
        if self.is_read is not None and item.kind == SENT:
            return False
        if self.person is not None and self.person not in (item.sender, *item.recipients):
            return False
        if self.origin and (item.origin or {}).get("area") != self.origin:
            return False
        return self.text.casefold() in item.content.casefold()


class Pages:
    """Lists of one user's items, a page at a time."""

    def __init__(self, stores: Stores, mailboxes: Mailboxes, clock: Clock):
        self._stores, self._mailboxes, self._clock = stores, mailboxes, clock
        self._widths = Widths()

    async def received(
        self, user: User, kind: str, is_read: bool | None, filters: InboxFilters, asked: Asked
    ) -> Page:
        """A page of the inbox: the unread part first, then the read one (contract 1.8)."""
        sieve = _Sieve(
            self._mailboxes, lambda item, names: self._mailboxes.passes(item, None, filters, names)
        )
        found: dict[int, Item] = {}  # by id: one that was read meanwhile is in both parts
        for state in (False, True):
            part, cursor = int(state), asked.cursor
            is_over = filters.nothing or (cursor is not None and cursor.part > part)
            if is_over or is_read not in (None, state) or len(found) > asked.size:
                continue
            after = cursor if cursor is not None and cursor.part == part else None
            window = self._window(after, PLACES[kind], asked.size + 1 - len(found), filters)
            fetch = self._fetching(user, [kind], state)
            for item in await self._newest(user, fetch, window, sieve.sift):
                found.setdefault(item.id, item)
        items = list(found.values())
        return _page(items, asked, sieve.names, lambda item: int(item.is_read))

    async def sent(self, user: User, filters: SentFilters, asked: Asked) -> Page:
        """A page of the sent box."""
        sieve = _Sieve(
            self._mailboxes,
            lambda item, names: self._mailboxes.passes_sent(item, user, filters, names),
        )
        window = self._window(asked.cursor, PLACES[SENT], asked.size + 1, filters)
        fetch = self._fetching(user, [] if filters.nothing else [SENT], None)
        items = await self._newest(user, fetch, window, sieve.sift)
        return _page(items, asked, sieve.names, lambda item: PLACES[SENT])

    async def items(self, user: User, wanted: Wanted, asked: Asked) -> Page:
        """A page of several kinds together."""
        now = self._clock.now()

        def keep(item: Item, names: Names) -> bool:
            is_there = not item.has_expired(now) if item.kind != SENT else _has_reader(item, names)
            return is_there and wanted.keeps(item)

        sieve = _Sieve(self._mailboxes, keep)
        place = asked.cursor.part if asked.cursor else 0
        window = self._window(asked.cursor, place, asked.size + 1, wanted)
        fetch = self._fetching(user, wanted.kinds, wanted.is_read)
        items = await self._newest(user, fetch, window, sieve.sift)
        return _page(items, asked, sieve.names, lambda item: PLACES[item.kind])

    async def one(self, user: User, kind: str, item_id: int) -> tuple[Item, Names]:
        """One item, and who must be named to show it; raises `NotFound`."""
        boxes = self._mailboxes
        is_sent = kind == SENT
        asked = boxes.own_sent(user, [item_id]) if is_sent else boxes.own(user, [kind], [item_id])
        items = await asked
        names = await boxes.names(items)
        if not items or (is_sent and not _has_reader(items[0], names)):
            raise NotFound
        return items[0], names

    async def _newest(self, user: User, fetch: Fetch, window: "_Window", sift: Sift) -> list[Item]:
        """Up to ``limit`` items that pass, newest first."""
        found: list[Item] = []
        until, after, chunk = window.until, window.after, window.limit + 1
        width = self._widths.of(user.id, FIRST_WINDOW_US)
        while len(found) < window.limit and until >= window.since:
            since = max(window.since, until - width)
            rows = await fetch(since, until, chunk)
            found += await sift([row for row in rows if after is None or row.age > after])
            if len(rows) < chunk:
                until, width = since - 1, _wider(width, until)
                continue
            self._widths.was_full(user.id, until - rows[-1].sent_on)
            is_stuck = after is not None and rows[-1].age <= after  # more share one moment than fit
            after, until = rows[-1].age if not is_stuck else after, rows[-1].sent_on
            chunk = 2 * chunk if is_stuck else max(chunk, min(2 * chunk, MOST_AT_ONCE))
        return found[: window.limit]

    def _window(
        self,
        cursor: ListCursor | None,
        place: int,
        limit: int,
        bounds: InboxFilters | SentFilters | Wanted,
    ) -> "_Window":
        """From the cursor on, or from the newest, which another process's clock may have made."""
        newest = cursor.sent_on if cursor else self._clock.now() + MINUTE
        until = newest if bounds.until is None else min(newest, bounds.until)
        after = (-cursor.sent_on, cursor.id, place) if cursor else None
        return _Window(until, max(0, bounds.since or 0), limit, after)

    def _fetching(self, user: User, kinds: Sequence[str], is_read: bool | None) -> Fetch:
        """Rows of these kinds together; notices for an audience are few, and asked for once."""
        received = [kind for kind in kinds if kind not in (SENT, ANNOUNCEMENT)]
        standing: list[Item] | None = None if {NOTICE, ANNOUNCEMENT} & set(kinds) else []

        async def fetch(since: int, until: int, limit: int) -> list[Item]:
            nonlocal standing
            if standing is None:
                found = await self._standing(user, kinds, until)
                standing = [item for item in found if is_read in (None, item.is_read)]
            rows = [item for item in standing if since <= item.sent_on <= until]
            bounds = {"since": since, "until": until, "limit": limit}
            if received:
                copies = await self._stores.deliveries.newest(user.id, received, is_read, **bounds)
                rows += [of_copy(copy) for copy in copies]
            if SENT in kinds:
                messages = await self._stores.messages.newest(user.id, **bounds)
                rows += [of_message(message) for message in messages]
            return sorted(rows, key=lambda item: item.age)[:limit]

        return fetch

    async def _standing(self, user: User, kinds: Sequence[str], until: int) -> list[Item]:
        """What is one document for all its readers, and few."""
        found = await self._mailboxes.standing(user, until=until) if NOTICE in kinds else []
        if ANNOUNCEMENT in kinds:
            found = [*found, *await self._mailboxes.announced.visible(user)]
        return found


@dataclass(frozen=True)
class _Window:
    """Sent in ``since`` … ``until``, both included, and after a place: at most ``limit``."""

    until: int
    since: int
    limit: int
    after: tuple[int, int, int] | None


class _Sieve:
    """Keeps what passes; everybody in the items is asked for by name once."""

    def __init__(self, mailboxes: Mailboxes, keep: Keep):
        self._mailboxes, self._keep = mailboxes, keep
        self.names: dict[int, str] = {}
        self._asked: set[int] = set()

    async def sift(self, items: list[Item]) -> list[Item]:
        """Those of the items that pass."""
        people = people_in(items) - self._asked
        self._asked |= people
        self.names |= await self._mailboxes.named(people)
        return [item for item in items if self._keep(item, self.names)]


def _wider(width: int, rest: int) -> int:
    """The window after one that was not full: a round trip each, eight times too wide at most."""
    return WIDER * width if width < WIDEST_WINDOW_US else rest


def _page(items: list[Item], asked: Asked, names: Names, part_of: Callable[[Item], int]) -> Page:
    """The items asked for; one more than that says that there is a next page."""
    shown = items[: asked.size]
    following = None
    if len(items) > asked.size:
        following = ListCursor(part_of(shown[-1]), shown[-1].sent_on, shown[-1].id)
    return Page(shown, names, following)


def _has_reader(item: Item, names: Names) -> bool:
    return any(one in names for one in item.recipients)
