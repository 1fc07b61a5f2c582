"""/inbox/blocked/: whose messages one does not want, for oneself alone."""

from http import HTTPStatus
from typing import Any

from domain.errors import Invalid
from domain.instants import to_text
from handlers.base import ApiHandler
from handlers.bodies import shape
from handlers.ids import number
from models.database import Document
from services.blocking import BLOCK, MODES

NOT_A_MODE = 'Must be "block" or "mute".'


class BlockedHandler(ApiHandler):
    """All of them, the latest first."""

    async def get(self) -> None:
        found = await self.app.inbox.blocking.listed(self.user.id)
        names = await self.app.accounts.store.users.names(one["sender"] for one in found)
        self.reply({"blocked": [_shown(one, names.get(one["sender"])) for one in found]})


class OneBlockedHandler(ApiHandler):
    """One sender: blocked or muted, and taken again."""

    async def put(self, digits: str) -> None:
        body = shape(self.body(), ())
        mode = body.get("mode", BLOCK) if isinstance(body, dict) else None
        if mode not in MODES:
            raise Invalid({"mode": [NOT_A_MODE]})
        found = await self.app.inbox.blocking.put(self.user.id, number(digits), mode)
        names = await self.app.accounts.store.users.names([found["sender"]])
        self.reply(_shown(found, names.get(found["sender"])))

    async def delete(self, digits: str) -> None:
        await self.app.inbox.blocking.remove(self.user.id, number(digits))
        self.reply_empty(HTTPStatus.NO_CONTENT)


def _shown(one: Document, username: str | None) -> dict[str, Any]:
    user = {"id": one["sender"], "username": username}
    return {"user": user, "mode": one["mode"], "since": to_text(one["since"])}


ROUTES = [
    (r"/inbox/blocked/", BlockedHandler),
    (r"/inbox/blocked/([0-9]+)/", OneBlockedHandler),
]
