"""/live/connections/: who is connected, over all processes, for administrators."""

from http import HTTPStatus
from typing import Any

from domain.errors import Invalid
from domain.instants import to_text
from domain.roster import Row
from handlers.base import ApiHandler
from handlers.queries import last, whole

USUAL_PAGE, LARGEST_PAGE = 100, 1_000


class ConnectionsHandler(ApiHandler):
    """Open connections, process by process."""

    admin_only = True

    async def get(self) -> None:
        page = await self.app.connections.page(
            user=whole(self.query(), "user"),
            after=last(self.query(), "cursor"),
            limit=self._limit(),
        )
        rows = [_shown(row) for row in page.rows]
        self.reply({"connections": rows, "next": page.next, "total": page.total})

    def _limit(self) -> int:
        given = whole(self.query(), "limit")
        if given is not None and not 1 <= given <= LARGEST_PAGE:
            raise Invalid({"limit": [f"Ensure this value is between 1 and {LARGEST_PAGE}."]})
        return USUAL_PAGE if given is None else given


class ConnectionHandler(ApiHandler):
    """One connection, which can be ended."""

    admin_only = True
    audits = {"DELETE": "connections.end"}

    async def delete(self, connection_id: str) -> None:
        await self.app.connections.end(connection_id, actor=self.user.id)
        self.reply_empty(HTTPStatus.NO_CONTENT)


def _shown(row: Row) -> dict[str, Any]:
    return {
        "id": row.seat.id,
        "user": {"id": row.seat.user, "username": row.username},
        "process": row.seat.process,
        "transport": row.caller.transport,
        "address": row.caller.address,
        "device": row.device,
        "since": to_text(row.seat.since),
        "state": row.state,
        "unsent_bytes": row.unsent_bytes,
    }


ROUTES = [
    (r"/live/connections/", ConnectionsHandler),
    (r"/live/connections/([\w-]+)/", ConnectionHandler),
]
