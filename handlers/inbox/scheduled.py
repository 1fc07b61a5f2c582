"""/scheduled/: what is to leave later; seen, edited and cancelled until it leaves."""

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from marshmallow import Schema

from domain.items import MESSAGE, NOTICE, Item
from domain.send_times import send_time
from handlers.bodies import shape
from handlers.ids import number
from handlers.inbox.base import InboxHandler
from handlers.queries import instant, limit
from models.scheduled_schemas import load_both
from models.schemas import list_keys, notice_schema, send_schema
from services.scheduled import LISTED, Edit


@cache
def send_schema_of(kind: str, participant_key: str) -> Schema:
    """The body of a send of this kind, people named by this key."""
    make = send_schema if kind == MESSAGE else notice_schema
    return make(f"recipient_{participant_key}s", text_recipients=participant_key == "username")


class ScheduledHandler(InboxHandler):
    """One's own scheduled sends; an administrator's are everybody's."""

    def check_permission(self) -> None:
        """Whoever is signed in has his own."""

    async def get(self) -> None:
        self.say_cursor()
        query = self.query()
        items = await self.app.scheduled.listed(
            self.user,
            instant(query, "since"),
            instant(query, "until"),
            limit=limit(query, usual=LISTED, most=LISTED),
        )
        names = await self.app.inbox.mailboxes.names(items)
        self.reply(self.resources(items, names))


class OneScheduledHandler(InboxHandler):
    """One of them, until it leaves."""

    audits = {"PATCH": "scheduled.change", "DELETE": "scheduled.cancel"}

    def check_permission(self) -> None:
        """Whoever is signed in has his own."""

    async def get(self, digits: str) -> None:
        await self._reply(await self.app.scheduled.get(self.user, number(digits)))

    async def patch(self, digits: str) -> None:
        found = await self.app.scheduled.get(self.user, number(digits))
        assert found.plan is not None
        edit = self._edit(str(found.plan["sends"]))
        await self._reply(await self.app.scheduled.edit(self.user, found.id, edit))

    async def delete(self, digits: str) -> None:
        self.say_revision(await self.app.scheduled.cancel(self.user, number(digits)))
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()

    async def _reply(self, item: Item) -> None:
        names = await self.app.inbox.mailboxes.names([item])
        self.reply(self.shape.resource(item, names))

    def _edit(self, kind: str) -> Edit:
        self.app.inbox.check_may_send(self.user, kind)
        key = self.app.inbox.boxes[kind].participant_key
        schema = send_schema_of(kind, key)
        body = self.body()
        given: Mapping[str, Any] = load_both(schema, shape(body, list_keys(schema)), partial=True)
        expires = {"expires_at": given["expires_at"]} if "expires_at" in given else None
        return Edit(
            content=given.get("content"),
            wanted=tuple(given.get(f"recipient_{key}s") or ()),
            audience=given.get("audience"),
            time=send_time(given, self.app.clock.wall()),
            expires=expires if kind == NOTICE else None,
        )


ROUTES = [
    (r"/scheduled/", ScheduledHandler),
    (r"/scheduled/([0-9]+)/", OneScheduledHandler),
]
