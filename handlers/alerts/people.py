"""What the routes about subscribers and subscriptions share."""

from typing import Any

from handlers.alerts.base import AlertsHandler
from handlers.alerts.shapes import subscription
from models.database import Document
from services.alert_people import People
from services.alert_subscribing import Caller


class PeopleHandler(AlertsHandler):
    """A route of subscribers or subscriptions."""

    @property
    def people(self) -> People:
        return self.app.alerts.people

    @property
    def user_id(self) -> int | None:
        """Who calls, for records; None when nobody is asked who he is."""
        return None if self.identity is None else self.identity.user.id

    def caller(self) -> Caller:
        """Who calls, and the key of his request; raises `Invalid` for a key that is none."""
        return Caller(self.user_id, self.key(), self.fingerprint())

    async def shown(self, one: Document) -> dict[str, Any]:
        """A subscription with its list and its subscriber."""
        alert_list = await self.people.list_of(one)
        whose = await self.people.subscribers.get(one["subscriber"])
        return {"subscription": subscription(one, alert_list, whose)}
