"""/broadcasts/: what was told to everyone or to groups, and who read it, for administrators."""

from typing import Any

from domain.audiences import Audience
from domain.errors import Invalid, NotFound
from domain.instants import to_text
from domain.items import NOTICE
from handlers.base import ApiHandler
from handlers.ids import number
from handlers.inbox.receipts import instant_text
from handlers.queries import NOT_A_CURSOR, Query, last, limit
from models.database import Document
from services.receipts import Reader

USUAL_PAGE, LARGEST_PAGE = 20, 100
LONGEST = 16  # digits
EVER = 2**53
NOT_GROUPS = "A valid integer is required."


class BroadcastsHandler(ApiHandler):
    """Notices to audiences that stand, the newest first."""

    admin_only = True

    async def get(self) -> None:
        size = limit(self.query(), usual=USUAL_PAGE, most=LARGEST_PAGE)
        found = await self.app.receipts.broadcasts(_place(self.query(), EVER), size)
        names = await self.app.accounts.store.users.names({one["by"] for one in found if one["by"]})
        following = str(found[-1]["sent_on"]) if len(found) == size else None
        self.reply({"broadcasts": [_shown(one, names) for one in found], "next": following})


class AudienceHandler(ApiHandler):
    """How many accounts a notice would be for: everyone, or the groups named by ``group``."""

    admin_only = True

    async def get(self) -> None:
        groups = [text for text in self.query().get("group", ()) if text]
        if not all(_is_number(text) for text in groups):
            raise Invalid({"group": [NOT_GROUPS]})
        audience = Audience(frozenset(map(int, groups)) if groups else None)
        users = await self.app.receipts.members(audience, self.app.clock.now())
        self.reply({"users": users})


class ReadersHandler(ApiHandler):
    """Who has read a notice to an audience, by their ids."""

    admin_only = True

    async def get(self, digits: str) -> None:
        after, size = (
            _place(self.query(), 0),
            limit(self.query(), usual=USUAL_PAGE, most=LARGEST_PAGE),
        )
        sent = await self.app.receipts.find(self.user, NOTICE, number(digits))
        if sent.notice is None:
            raise NotFound
        found = await self.app.receipts.readers(sent, after, size)
        following = str(found[-1].user) if len(found) == size else None
        self.reply({"readers": [_reader(one) for one in found], "next": following})


def _place(query: Query, otherwise: int) -> int:
    """The place in ``cursor``; raises `Invalid`."""
    text = last(query, "cursor")
    if text and not _is_number(text):
        raise Invalid({"cursor": [NOT_A_CURSOR]})
    return int(text) if text else otherwise


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST


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
