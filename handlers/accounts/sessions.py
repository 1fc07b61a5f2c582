"""/accounts/sessions/: who is signed in, with the connections that are open, for administrators."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from domain.instants import to_text
from domain.roster import Row
from domain.windows import Window
from handlers.accounts.administration import AdministrationHandler, shown_id
from models.database import Document

LONGEST_PAGE = 100  # each account's connections are read for it
MOST_SOCKETS = 100  # of one account

Sockets = Mapping[str, list[dict[str, Any]]]


class _SessionsHandler(AdministrationHandler):
    async def sockets(self, users: Iterable[int]) -> Sockets:
        """The open connections of these accounts, by the hash of what opened them."""
        found: dict[str, list[dict[str, Any]]] = {}
        for user in sorted(set(users)):
            if not self.app.roster.open_of(user):
                continue
            page = await self.app.connections.page(user=user, after=None, limit=MOST_SOCKETS)
            for row in page.rows:
                found.setdefault(row.credential, []).append(_socket(row))
        return found


class SessionsHandler(_SessionsHandler):
    """Sessions that are not over, the newest first."""

    def window(self) -> Window:
        asked = super().window()
        return Window(min(asked.limit, LONGEST_PAGE), asked.offset)

    async def get(self) -> None:
        store = self.app.accounts.store.sessions
        listed = await store.listed(self.window(), await self.owners(), self.app.clock.now())
        owners = [one["user"] for one in listed.items]
        people, sockets = await self.named(owners), await self.sockets(owners)
        self.reply_list(listed, lambda one: _shown(one, people.get(one["user"]), sockets))


class SessionHandler(_SessionsHandler):
    """One session, which can be ended: its connections are cut."""

    audits = {"DELETE": "sessions.end"}

    async def get(self, prefix: str) -> None:
        found = await self.app.accounts.credentials.found("session", prefix)
        people = await self.named([found["user"]])
        sockets = await self.sockets([found["user"]])
        self.reply(_shown(found, people.get(found["user"]), sockets))

    async def delete(self, prefix: str) -> None:
        await self.app.accounts.credentials.end("session", prefix, actor=self.user.id)
        self.reply_empty(HTTPStatus.NO_CONTENT)


def _shown(session: Document, user: dict[str, Any] | None, sockets: Sockets) -> dict[str, Any]:
    return {
        "id": shown_id(session),
        "user": user,
        "created_at": to_text(session["created"]),
        "until": to_text(session["until"]),
        "sockets": sockets.get(session["_id"], []),
    }


def _socket(row: Row) -> dict[str, Any]:
    return {
        "id": row.seat.id,
        "transport": row.caller.transport,
        "address": row.caller.address,
        "device": row.device,
        "since": to_text(row.seat.since),
        "state": row.state,
    }


ROUTES = [
    (r"/accounts/sessions/", SessionsHandler),
    (r"/accounts/sessions/([0-9a-f]{8,64})/", SessionHandler),
]
