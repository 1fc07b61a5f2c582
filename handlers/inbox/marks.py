"""Marking read and unread, and deleting: the recipient's side, and the sender's (contract 1.7)."""

from http import HTTPStatus

from domain.items import MESSAGE, NOTICE
from handlers.inbox.base import InboxHandler
from services.inbox import DELETED, READ, UNREAD


class MarkReadHandler(InboxHandler):
    """Mark selected received items as read."""

    action = "mark_read"

    async def patch(self) -> None:
        await self.app.inbox.mark(self.user, [self.kind], self.item_ids(), READ)
        self.reply_empty()


class MarkUnreadHandler(InboxHandler):
    """Mark selected received items as unread."""

    action = "mark_unread"

    async def patch(self) -> None:
        await self.app.inbox.mark(self.user, [self.kind], self.item_ids(), UNREAD)
        self.reply_empty()


class DeleteHandler(InboxHandler):
    """Delete selected received items."""

    action = "delete"

    async def delete(self) -> None:
        await self.app.inbox.mark(self.user, [self.kind], self.item_ids(), DELETED)
        self.reply_empty(HTTPStatus.NO_CONTENT)


class DeleteSentHandler(InboxHandler):
    """Delete selected sent messages; recipients keep theirs."""

    action = "delete_sent"

    async def delete(self) -> None:
        await self.app.inbox.delete_sent(self.user, self.item_ids())
        self.reply_empty(HTTPStatus.NO_CONTENT)


class DeleteSentNoticesHandler(InboxHandler):
    """Notices have no sender, so none of them is valid here (contract 1.10, bug 3)."""

    action = "delete_sent"

    def delete(self) -> None:
        self.app.inbox.check_no_sent_notices(self.item_ids())


ROUTES = [
    (rf"/{plural}/{path}/", handler, {"kind": kind})
    for plural, kind in (("messages", MESSAGE), ("notices", NOTICE))
    for path, handler in (
        ("mark-read", MarkReadHandler),
        ("mark-unread", MarkUnreadHandler),
        ("delete", DeleteHandler),
        ("delete-sent", DeleteSentHandler if kind == MESSAGE else DeleteSentNoticesHandler),
    )
]
