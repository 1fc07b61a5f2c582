"""/audit/: what administrators did, the newest first."""

from typing import Any

from domain.audit import Entry
from domain.errors import Invalid
from domain.instants import to_text
from handlers.base import ApiHandler
from handlers.queries import NOT_A_CURSOR, last, limit

USUAL_PAGE, LARGEST_PAGE = 100, 1_000
LONGEST_CURSOR = 16  # digits


class AuditHandler(ApiHandler):
    """Entries of the audit log."""

    admin_only = True

    async def get(self) -> None:
        size = limit(self.query(), usual=USUAL_PAGE, most=LARGEST_PAGE)
        page = await self.app.safety.audit.page(self._before(), size)
        following = None if page.next is None else str(page.next)
        self.reply({"entries": [shown(one) for one in page.entries], "next": following})

    def _before(self) -> int | None:
        """The place in ``cursor``; raises `Invalid`."""
        text = last(self.query(), "cursor") or ""
        if text and not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_CURSOR):
            raise Invalid({"cursor": [NOT_A_CURSOR]})
        return int(text) if text else None


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
