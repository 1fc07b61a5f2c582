"""The lists of received and sent items (contract 1.8), whole or by pages."""

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from domain.errors import Invalid, NotFound
from domain.filters import InboxFilters, parse_inbox, parse_sent
from domain.items import MESSAGE, NOTICE, Item
from domain.paging import ListCursor, NumberedPage, numbered_page
from handlers.inbox.base import InboxHandler
from handlers.queries import last, limit
from services.items import Names
from services.mailboxes import Window

USUAL_PAGE, LARGEST_PAGE = 50, 1_000


class ListHandler(InboxHandler):
    """Received items, unread first, then the newest first."""

    action = "list"
    is_read: ClassVar[bool | None] = None

    async def get(self) -> None:
        self.say_cursor()
        query = self.query()
        filters = parse_inbox(query)
        if "cursor" in query:
            await self._reply_page(filters, last(query, "cursor") or "")
            return
        items, names = await self.app.inbox.mailboxes.received(
            self.user, self.kind, self.is_read, filters
        )
        self.reply_list(items, names)

    # By cursor: additive, and only when asked for

    async def _reply_page(self, filters: InboxFilters, text: str) -> None:
        cursor = self.list_cursor(text)
        size = limit(self.query(), usual=USUAL_PAGE, most=LARGEST_PAGE)
        items = await self._page(filters, cursor, size + 1)
        if len(items) > size:
            self._link_next(items[size - 1], size)
        names = await self.app.inbox.mailboxes.names(items)
        self.reply(self.resources(items[:size], names))

    async def _page(
        self, filters: InboxFilters, cursor: ListCursor | None, size: int
    ) -> list[Item]:
        """The next ``size`` items: of the unread part first, then of the read one."""
        found: list[Item] = []
        for part, state in enumerate((False, True)):
            is_skipped = cursor is not None and part < cursor.part
            if is_skipped or self.is_read not in (None, state) or len(found) >= size:
                continue
            after = cursor if cursor is not None and part == cursor.part else None
            found += await self._part(filters, state, after, size - len(found))
        return found

    async def _part(
        self, filters: InboxFilters, state: bool, after: ListCursor | None, size: int
    ) -> list[Item]:
        mailboxes = self.app.inbox.mailboxes
        window = Window(
            until=after.sent_on if after else self.app.clock.now(),
            since=max(0, filters.since or 0),
            after=(-after.sent_on, after.id) if after else None,
            limit=size,
            keep=await mailboxes.filter(filters),
        )
        return await mailboxes.page(self.user, [self.kind], state, window)

    def list_cursor(self, text: str) -> ListCursor | None:
        try:
            return ListCursor.decode(text) if text else None
        except ValueError as error:
            raise Invalid({"cursor": ["Not a cursor."]}) from error

    def _link_next(self, item: Item, size: int) -> None:
        cursor = ListCursor(int(item.is_read), item.sent_on, item.id).encode()
        rest = [
            (k, v) for k, vs in self.query().items() for v in vs if k not in ("cursor", "limit")
        ]
        url = self.own_url([*rest, ("cursor", cursor), ("limit", str(size))])
        self.set_header("Link", f'<{url}>; rel="next"')

    def own_url(self, query: Sequence[tuple[str, str]]) -> str:
        """The URL of this list with another query, as the client reaches it."""
        base = (
            self.app.settings.server.public_url or f"{self.request.protocol}://{self.request.host}"
        )
        text = urlencode(query)
        return f"{base.rstrip('/')}{self.request.path}{'?' if text else ''}{text}"

    # Whole, or by number where the configuration says so

    def reply_list(self, items: Sequence[Item], names: Names) -> None:
        """A bare array; with `page_size`, upstream's pages."""
        size = self.box.page_size
        if not size:
            self.reply(self.resources(items, names))
            return
        try:
            page = numbered_page(last(self.query(), "page"), size, len(items))
        except ValueError as error:
            raise NotFound("Invalid page.") from error
        self.reply(self._envelope(page, self.resources(page.cut(items), names)))

    def _envelope(self, page: NumberedPage, results: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "count": page.count,
            "next": self._page_url(page.next),
            "previous": self._page_url(page.previous),
            "results": results,
        }

    def _page_url(self, number: int | None) -> str | None:
        if number is None:
            return None
        rest = [(k, v) for k, vs in self.query().items() for v in vs if k != "page"]
        return self.own_url(rest if number == 1 else [*rest, ("page", str(number))])


class ReadListHandler(ListHandler):
    """Received items that were read, newest first."""

    action = "list_read"
    is_read = True


class UnreadListHandler(ListHandler):
    """Received items that were not read, newest first."""

    action = "list_unread"
    is_read = False


class SentListHandler(ListHandler):
    """Sent messages, newest first."""

    action = "list_sent"

    async def get(self) -> None:
        self.say_cursor()
        query = self.query()
        filters = parse_sent(query)
        items, names = await self.app.inbox.mailboxes.sent(self.user, filters)
        if "cursor" not in query:
            self.reply_list(items, names)
            return
        cursor = self.list_cursor(last(query, "cursor") or "")
        size = limit(query, usual=USUAL_PAGE, most=LARGEST_PAGE)
        rest = [one for one in items if cursor is None or one.age > (-cursor.sent_on, cursor.id)]
        if len(rest) > size:
            self._link_next(rest[size - 1], size)
        self.reply(self.resources(rest[:size], names))


class SentNoticesHandler(InboxHandler):
    """The route exists, but notices have no sender (contract 1.3)."""

    action = "list_sent"

    def get(self, *_: str) -> None:
        raise NotFound


ROUTES = [
    (r"/messages/", ListHandler, {"kind": MESSAGE}),
    (r"/messages/read/", ReadListHandler, {"kind": MESSAGE}),
    (r"/messages/unread/", UnreadListHandler, {"kind": MESSAGE}),
    (r"/messages/sent/", SentListHandler, {"kind": MESSAGE}),
    (r"/notices/", ListHandler, {"kind": NOTICE}),
    (r"/notices/read/", ReadListHandler, {"kind": NOTICE}),
    (r"/notices/unread/", UnreadListHandler, {"kind": NOTICE}),
    (r"/notices/sent/", SentNoticesHandler, {"kind": NOTICE}),
    (r"/notices/sent/([0-9]+)/", SentNoticesHandler, {"kind": NOTICE}),
]
