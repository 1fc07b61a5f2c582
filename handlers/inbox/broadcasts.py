"""/broadcasts/: what was told to everyone or to groups, and who read it, for administrators."""

from typing import Any

from domain.audiences import Audience
from domain.errors import NotFound
from domain.instants import to_text
from domain.items import NOTICE
from handlers.base import ApiHandler
from handlers.ids import number
from handlers.inbox.receipts import instant_text
from handlers.listing import EVER, Pages
from handlers.queries import numbers
from models.database import Document
from services.receipts import Reader


class BroadcastsHandler(Pages):
    """Notices to audiences that stand, the newest first."""

    async def get(self) -> None:
        size, place = self.size(), self.place(EVER)
        found = await self.app.receipts.broadcasts(place, size)
        names = await self.app.accounts.store.users.names({one["by"] for one in found if one["by"]})
        following = str(found[-1]["sent_on"]) if len(found) == size else None
        self.reply({"broadcasts": [_shown(one, names) for one in found], "next": following})


class AudienceHandler(ApiHandler):
    """How many accounts a notice would be for: everyone, or the groups named by ``group``."""

    admin_only = True

    async def get(self) -> None:
        groups = numbers(self.query(), "group")
        audience = Audience(frozenset(groups) if groups else None)
        users = await self.app.receipts.members(audience, self.app.clock.now())
        self.reply({"users": users})


class ReadersHandler(Pages):
    """Who has read a notice to an audience, by their ids."""

    async def get(self, digits: str) -> None:
        place, size = self.place(0), self.size()
        sent = await self.app.receipts.find(self.user, NOTICE, number(digits))
        if sent.notice is None:
            raise NotFound
        found = await self.app.receipts.readers(sent, place, size)
        following = str(found[-1].user) if len(found) == size else None
        self.reply({"readers": [_reader(one) for one in found], "next": following})


def _shown(notice: Document, names: dict[int, str]) -> dict[str, Any]:
    by = notice["by"]
    return {
        "id": notice["_id"],
        "content": notice["content"],
        "audience": notice["audience"],
        "sent_on": to_text(notice["sent_on"]),
        "by": {"id": by, "username": names[by]} if by in names else None,
    }


def _reader(reader: Reader) -> dict[str, Any]:
    who = None if reader.username is None else {"id": reader.user, "username": reader.username}
    return {"user": who, "read_on": instant_text(reader.read_at)}


ROUTES = [
    (r"/broadcasts/", BroadcastsHandler),
    (r"/broadcasts/audience", AudienceHandler),
    (r"/broadcasts/([0-9]+)/readers/", ReadersHandler),
]
