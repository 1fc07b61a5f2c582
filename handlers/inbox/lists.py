"""The lists of received and sent items (contract 1.8), whole or by pages."""

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from domain.errors import NotFound
from domain.filters import parse_inbox, parse_sent
from domain.items import MESSAGE, NOTICE, Item
from domain.paging import NumberedPage, numbered_page
from handlers.inbox.base import InboxHandler
from handlers.queries import last, page
from services.items import Names
from services.pages import Page

USUAL_PAGE, LARGEST_PAGE = 50, 1_000


class ListHandler(InboxHandler):
    """Received items, unread first, then the newest first."""

    action = "list"
    is_read: ClassVar[bool | None] = None

    async def get(self) -> None:
        self.say_cursor()
        query, inbox = self.query(), self.app.inbox
        filters = parse_inbox(query)
        if "cursor" in query:
            asked = page(query, usual=USUAL_PAGE, most=LARGEST_PAGE)
            found = await inbox.pages.received(self.user, self.kind, self.is_read, filters, asked)
            self.reply_page(found)
        else:
            items, names = await inbox.mailboxes.received(
                self.user, self.kind, self.is_read, filters
            )
            self.reply_list(items, names)

    # By cursor: additive, and only when asked for

    def reply_page(self, found: Page) -> None:
        """A bare array; a ``Link`` says where the next page is."""
        if found.next is not None:
            size = str(len(found.items))
            more = [("cursor", found.next.encode()), ("limit", size)]
            url = self.own_url([*self._query_without("cursor", "limit"), *more])
            self.set_header("Link", f'<{url}>; rel="next"')
        self.reply(self.resources(found.items, found.names))

    # Whole, or by number where the configuration says so

    def reply_list(self, items: Sequence[Item], names: Names) -> None:
        """A bare array; with `page_size`, upstream's pages."""
        size = self.box.page_size
        if not size:
            self.reply(self.resources(items, names))
            return
        try:
            numbered = numbered_page(last(self.query(), "page"), size, len(items))
        except ValueError as error:
            raise NotFound("Invalid page.") from error
        self.reply(self._envelope(numbered, self.resources(numbered.cut(items), names)))

    def _envelope(self, numbered: NumberedPage, results: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "count": numbered.count,
            "next": self._page_url(numbered.next),
            "previous": self._page_url(numbered.previous),
            "results": results,
        }

    def _page_url(self, number: int | None) -> str | None:
        if number is None:
            return None
        rest = self._query_without("page")
        return self.own_url(rest if number == 1 else [*rest, ("page", str(number))])

    # Where this list is

    def _query_without(self, *names: str) -> list[tuple[str, str]]:
        query = self.query()
        return [(key, value) for key in query if key not in names for value in query[key]]

    def own_url(self, query: Sequence[tuple[str, str]]) -> str:
        """The URL of this list with another query, as the client reaches it."""
        request = self.request
        base = self.app.settings.server.public_url or f"{request.protocol}://{request.host}"
        text = urlencode(query)
        return f"{base.rstrip('/')}{request.path}{'?' if text else ''}{text}"


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
        query, inbox = self.query(), self.app.inbox
        filters = parse_sent(query)
        if "cursor" in query:
            asked = page(query, usual=USUAL_PAGE, most=LARGEST_PAGE)
            self.reply_page(await inbox.pages.sent(self.user, filters, asked))
        else:
            self.reply_list(*await inbox.mailboxes.sent(self.user, filters))


class SentNoticesHandler(InboxHandler):
    """The route exists, but notices have no sender (contract 1.3)."""

    action = "list_sent"

    def get(self, *_: str) -> None:
        raise NotFound


class SentNoticeHandler(SentNoticesHandler):
    """The same for a single one."""

    action = "detail_sent"


ROUTES = [
    (r"/messages/", ListHandler, {"kind": MESSAGE}),
    (r"/messages/read/", ReadListHandler, {"kind": MESSAGE}),
    (r"/messages/unread/", UnreadListHandler, {"kind": MESSAGE}),
    (r"/messages/sent/", SentListHandler, {"kind": MESSAGE}),
    (r"/notices/", ListHandler, {"kind": NOTICE}),
    (r"/notices/read/", ReadListHandler, {"kind": NOTICE}),
    (r"/notices/unread/", UnreadListHandler, {"kind": NOTICE}),
    (r"/notices/sent/", SentNoticesHandler, {"kind": NOTICE}),
    (r"/notices/sent/([0-9]+)/", SentNoticeHandler, {"kind": NOTICE}),
]
