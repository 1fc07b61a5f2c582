"""A list that loads page by page and stays true: every change is placed where it belongs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from carillon_client.events import Change, Item, Key
from carillon_client.rest import Page

Fetch: TypeAlias = Callable[[str | None], Awaitable[Page]]
PLACES = {"message": 0, "notice": 1, "sent": 2}


def key_of(item: Item) -> Key:
    return item["kind"], item["id"]


def age(item: Item) -> tuple[str, int, int]:
    """Greater is newer: by instant, then the lower id, then by kind, as in the server's lists."""
    seconds, _, fraction = str(item.get("sent_on", "")).rstrip("Z").partition(".")
    return f"{seconds}.{fraction:0<6}", -item["id"], -PLACES.get(item["kind"], len(PLACES))


class LiveList:
    """Items newest first, kept true by every change that its client hands out.

    ``is_complete`` says that there is no further page.
    """

    def __init__(self, fetch: Fetch, kinds: Sequence[str], *, unread: bool):
        self.items: list[Item] = []
        self.is_complete = False
        self._fetch, self._kinds, self._unread = fetch, frozenset(kinds), unread
        self._next: str | None = None
        self._horizon: Item | None = None  # what is older belongs to a later page
        self._meanwhile: list[Change] | None = None
        self._turn = asyncio.Lock()

    async def load(self) -> None:
        """The first page, afresh; what is there stays until it is read."""
        async with self._turn:
            page, meanwhile = await self._read(None)
            self.items, self._horizon = [], None
            self._add(page, meanwhile)

    async def more(self) -> None:
        """The next page; nothing when there is none."""
        async with self._turn:
            if not self.is_complete:
                self._add(*await self._read(self._next))

    def apply(self, change: Change) -> None:
        """Place a change; to be called with each as it is handed out."""
        if self._meanwhile is not None:
            self._meanwhile.append(change)
        self._place(change)

    async def _read(self, cursor: str | None) -> tuple[Page, list[Change]]:
        """A page, and what was changed while it was read."""
        meanwhile: list[Change] = []
        self._meanwhile = meanwhile
        try:
            return await self._fetch(cursor), meanwhile
        finally:
            self._meanwhile = None

    def _add(self, page: Page, meanwhile: list[Change]) -> None:
        self._next, self.is_complete = page.next, page.next is None
        self._horizon = page.items[-1] if page.items else self._horizon
        have = {key_of(item) for item in self.items}
        self.items += [one for one in page.items if key_of(one) not in have and self._matches(one)]
        self.items.sort(key=age, reverse=True)
        for change in meanwhile:
            self._place(change)

    def _place(self, change: Change) -> None:
        held = next((one for one in self.items if key_of(one) == change.key), None)
        if held is not None and held["version"] > change.version:
            return
        items = [item for item in self.items if item is not held]
        is_shown = not change.is_deleted and self._matches(change.item)
        if is_shown and (held is not None or self._reaches(change.item)):
            items = sorted([*items, change.item], key=age, reverse=True)
        self.items = items

    def _matches(self, item: Item) -> bool:
        return item["kind"] in self._kinds and (not self._unread or item.get("is_read") is False)

    def _reaches(self, item: Item) -> bool:
        """Whether its place is among the pages that are here."""
        return self.is_complete or self._horizon is None or age(item) >= age(self._horizon)
