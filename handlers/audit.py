"""/audit/: what administrators did, the newest first."""

from typing import Any

from domain.audit import Entry
from domain.instants import to_text
from handlers.listing import Pages
from handlers.queries import A_NUMBER, limit

USUAL_PAGE, LARGEST_PAGE = 100, 1_000


class AuditHandler(Pages):
    """Entries of the audit log."""

    async def get(self) -> None:
        size = limit(self.query(), usual=USUAL_PAGE, most=LARGEST_PAGE)
        cursor = self.cursor(A_NUMBER)
        page = await self.app.safety.audit.page(int(cursor) if cursor else None, size)
        following = None if page.next is None else str(page.next)
        self.reply({"entries": [shown(one) for one in page.entries], "next": following})


def shown(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": to_text(entry.at),
        "actor": {"id": entry.actor.id, "username": entry.actor.username},
        "action": entry.action,
        "on": entry.on,
        "address": entry.address or None,
        "request_id": entry.request_id,
        "status": entry.status,
    }


ROUTES = [(r"/audit", AuditHandler), (r"/audit/", AuditHandler)]
