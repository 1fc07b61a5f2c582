"""One received or sent item (contract 1.3); reading it never marks it."""

from domain.errors import NotFound
from domain.items import MESSAGE, NOTICE
from handlers.ids import number
from handlers.inbox.base import InboxHandler


class DetailHandler(InboxHandler):
    """An item in one's inbox."""

    action = "detail"

    async def get(self, digits: str) -> None:
        mailboxes = self.app.inbox.mailboxes
        items = await mailboxes.own(self.user, [self.kind], [number(digits)])
        if not items:
            raise NotFound
        names = await mailboxes.names(items)
        self.reply(self.shape.resource(items[0], names))


class SentDetailHandler(InboxHandler):
    """A message in one's sent box."""

    action = "detail_sent"

    async def get(self, digits: str) -> None:
        mailboxes = self.app.inbox.mailboxes
        items = await mailboxes.own_sent(self.user, [number(digits)])
        names = await mailboxes.names(items)
        if not items or not any(user in names for user in items[0].recipients):
            raise NotFound
        self.reply(self.shape.resource(items[0], names))


ROUTES = [
    (r"/messages/([0-9]+)/", DetailHandler, {"kind": MESSAGE}),
    (r"/messages/sent/([0-9]+)/", SentDetailHandler, {"kind": MESSAGE}),
    (r"/notices/([0-9]+)/", DetailHandler, {"kind": NOTICE}),
]
