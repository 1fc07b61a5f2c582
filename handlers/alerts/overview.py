"""/alerts/lists/ and /alerts/contents/: all lists, and what was published, for administrators."""

import re
from typing import Any, Final

from domain.clock import DAY
from domain.mails import FAILED, PENDING, SENT
from handlers.alerts.shapes import instant, subscriber_list
from handlers.base import ApiHandler
from handlers.listing import Pages
from handlers.queries import last
from services.alert_overview import Published

A_SLUG: Final = re.compile(r"[a-z0-9_-]{0,255}")


class ListsHandler(Pages):
    """Lists by slug, or those whose slug begins with the words ``q``."""

    async def get(self) -> None:
        after, size = self.cursor(A_SLUG), self.size()
        words = last(self.query(), "q") or ""
        found = await self.app.alerts.overview.lists(words, after, size)
        shown = [
            {**subscriber_list(one), "active_subscriptions_count": active} for one, active in found
        ]
        following = shown[-1]["slug"] if len(shown) == size else None
        self.reply({"lists": shown, "next": following})


class ContentsHandler(Pages):
    """What was published, the newest first, with how far it is."""

    async def get(self) -> None:
        place, size = self.place(self.app.clock.wall() + DAY), self.size()
        found = await self.app.alerts.overview.published(place, size)
        following = str(found[-1].head["created_at"]) if len(found) == size else None
        self.reply({"contents": [_shown(one) for one in found], "next": following})


class ContentHandler(ApiHandler):
    """One that was published, with how many of its e-mails are in each state."""

    admin_only = True

    async def get(self, content: str) -> None:
        one, states = await self.app.alerts.overview.one_published(content)
        by_state = {name: states.get(name, 0) for name in (PENDING, SENT, FAILED)}
        self.reply({**_shown(one), "by_state": by_state})


def _shown(one: Published) -> dict[str, Any]:
    head, progress = one.head, one.progress
    return {
        "id": head["_id"],
        "kind": one.kind,
        "title": head["title"],
        **{name: instant(head[name]) for name in ("created_at", "matched_at", "processed_at")},
        "lists": one.lists,
        "emails": None if progress is None else progress.done,
    }


ROUTES = [
    (r"/alerts/lists/", ListsHandler),
    (r"/alerts/contents/", ContentsHandler),
    (r"/alerts/contents/([0-9a-f-]{1,36})/", ContentHandler),
]
