"""/content-changes, /messages and bulk unsubscribing: received now, processed later (1.6-1.10)."""

from http import HTTPStatus
from uuid import uuid4

from handlers.alerts.base import AlertsHandler
from services.alert_contents import AlertContents, Sender


class _Contents(AlertsHandler):
    @property
    def contents(self) -> AlertContents:
        return self.app.alerts.contents

    def sender(self) -> Sender:
        """Who sends this, with the request's id, or a new one (contract, 0, 21)."""
        given = self.request.headers.get("Govuk-Request-Id", "").strip()
        return Sender(self.actor, given or str(uuid4()))

    def accept(self, message: str) -> None:
        self.reply({"message": message}, HTTPStatus.ACCEPTED)


class ContentChangesHandler(_Contents):
    """A page that changed."""

    audits = {"POST": "alerts.contents.create"}
    limited = {"POST": "sends"}

    async def post(self) -> None:
        await self.contents.receive_change(self.params(), self.sender())
        self.accept("Content change queued for sending")


class MessagesHandler(_Contents):
    """Something to tell the subscribers of the lists that rules choose."""

    audits = {"POST": "alerts.messages.create"}
    limited = {"POST": "sends"}

    async def post(self) -> None:
        await self.contents.receive_message(self.params(), self.sender())
        self.accept("Message queued for sending")


class BulkUnsubscribeHandler(_Contents):
    """Everybody of a list is let go, with a message or without."""

    audits = {"POST": "alerts.lists.unsubscribe"}

    async def post(self, name: str) -> None:
        found = await self.app.alerts.lists.find(name)
        await self.contents.unsubscribe_list(found, self.params(), self.sender())
        self.accept("List queued for bulk unsubscription")


ROUTES = [
    (r"/content-changes", ContentChangesHandler),
    (r"/messages", MessagesHandler),
    (r"/subscriber-lists/([^/]+)/bulk-unsubscribe", BulkUnsubscribeHandler),
]
