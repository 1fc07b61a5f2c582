"""/api/v1/webhook/: who is told by HTTP that a schedule was made (stages contract, 4)."""

from typing import Any

from domain.instants import to_text
from handlers import auditing
from handlers.seed.base import both
from handlers.seed.resources import (
    ChangeVerbs,
    CreateVerb,
    DeleteVerb,
    ListVerb,
    Resource,
    ResourceHandler,
    ShowVerb,
)
from models.schedule_schemas import WEBHOOK


class _Webhook(ResourceHandler):
    schema = new_schema = WEBHOOK

    @property
    def resource(self) -> Resource:
        return self.app.schedules.webhooks

    def shown(self, item: Any) -> dict[str, Any]:
        return {
            "id": item["_id"],
            "created": to_text(item["created"]),
            "updated": to_text(item["updated"]),
            "event": item["event"],
            "target": item["target"],
            "user": item["user"],
        }


class WebhooksHandler(ListVerb, CreateVerb, _Webhook):
    """All webhooks, the newest first; making one."""

    audits = {"POST": "webhooks.create"}


class WebhookHandler(ShowVerb, ChangeVerbs, DeleteVerb, _Webhook):
    """One webhook."""

    audits = auditing.writes("webhooks")


ROUTES = [
    *both(r"/api/v1/webhook/", WebhooksHandler),
    *both(r"/api/v1/webhook/([0-9]+)/", WebhookHandler),
]
