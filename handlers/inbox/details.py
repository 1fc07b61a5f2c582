"""One received or sent item (contract 1.3); reading it never marks it."""

from domain.items import MESSAGE, NOTICE, SENT
from handlers.ids import number
from handlers.inbox.base import InboxHandler


class DetailHandler(InboxHandler):
    """An item in one's inbox."""

    action = "detail"

    async def get(self, digits: str) -> None:
        item, names = await self.app.inbox.pages.one(self.user, self.kind, number(digits))
        self.reply(self.shape.resource(item, names))


class SentDetailHandler(InboxHandler):
    """A message in one's sent box."""

    action = "detail_sent"

    async def get(self, digits: str) -> None:
        item, names = await self.app.inbox.pages.one(self.user, SENT, number(digits))
        self.reply(self.shape.resource(item, names))


ROUTES = [
    (r"/messages/([0-9]+)/", DetailHandler, {"kind": MESSAGE}),
    (r"/messages/sent/([0-9]+)/", SentDetailHandler, {"kind": MESSAGE}),
    (r"/notices/([0-9]+)/", DetailHandler, {"kind": NOTICE}),
]
