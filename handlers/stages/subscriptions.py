"""/api/v1/subscriptions/: every path takes the UUID or the number (contract 1.2.6; surface)."""

from http import HTTPStatus
from typing import Any

import orjson

from domain.coercion import REQUIRED
from domain.errors import Invalid
from domain.instants import to_text
from handlers import auditing
from handlers.bodies import shape
from handlers.ids import number
from handlers.seed.base import both
from handlers.seed.resources import ChangeVerbs, CreateVerb, DeleteVerb, ShowVerb
from handlers.stages.base import FilteredListVerb, RowsHandler
from models.schemas import NOT_AN_OBJECT
from models.stage_schemas import SUBSCRIPTION
from services.stages import Subscriptions

ID = r"([0-9a-fA-F-]+)"
DIGITS_OF_UUID = 32


class SubscriptionPath(RowsHandler):
    """A path that names a subscription."""

    @property
    def resource(self) -> Subscriptions:
        return self.app.stages.subscriptions

    async def item(self, text: str) -> int:
        if text.isdecimal() and len(text) < DIGITS_OF_UUID:
            return number(text)
        return await self.resource.number_of(text)


class _Subscription(SubscriptionPath):
    schema = new_schema = SUBSCRIPTION

    def shown(self, item: Any) -> dict[str, Any]:
        metadata = item["metadata"]
        return {
            "url": self.links.to("subscriptions", item["uuid"]),
            "id": item["uuid"],
            "number": item["_id"],
            "version": item["version"],
            "identity": item["identity"],
            "messageset": item["messageset"],
            "next_sequence_number": item["next_sequence_number"],
            "lang": item["lang"],
            "active": item["active"],
            "completed": item["completed"],
            "schedule": item["schedule"],
            "process_status": item["process_status"],
            "metadata": None if metadata is None else orjson.Fragment(metadata),
            "created_at": to_text(item["created_at"]),
            "updated_at": to_text(item["updated_at"]),
            "initial_sequence_number": item["initial_sequence_number"],
            "messageset_label": item["messageset_label"],
        }


class SubscriptionsHandler(FilteredListVerb, CreateVerb, _Subscription):
    """All subscriptions, the newest first; making one."""

    audits = {"POST": "stages.subscriptions.create"}


class SubscriptionHandler(ShowVerb, ChangeVerbs, DeleteVerb, _Subscription):
    """One subscription."""

    audits = auditing.writes("stages.subscriptions")


class RequestHandler(_Subscription):
    """Making one from a hub's webhook: the whole subscription is in ``data``."""

    creates = frozenset({"POST"})
    audits = {"POST": "stages.subscriptions.create"}

    async def post(self) -> None:
        await self.look_up(None)
        given = self.load(self.schema)
        await self.resource.create(self.user, given, self.key(), self.fingerprint())
        self.reply({"accepted": True}, HTTPStatus.CREATED)

    def body(self) -> object:
        """What is in ``data``, with what upstream fills in; raises `Invalid`."""
        body = shape(super().body(), ())
        if not isinstance(body, dict):
            return body
        if "data" not in body:
            raise Invalid({"data": [REQUIRED]})
        data = body["data"]
        if not isinstance(data, dict):
            raise Invalid({"data": [NOT_AN_OBJECT.format(type(data).__name__)]})
        first = data.get("next_sequence_number", 1)
        return {"metadata": {}, "initial_sequence_number": first, **data}


ROUTES = [
    *both(r"/api/v1/subscriptions/", SubscriptionsHandler),
    *both(r"/api/v1/subscriptions/request/", RequestHandler),
    *both(rf"/api/v1/subscriptions/{ID}/", SubscriptionHandler),
]
