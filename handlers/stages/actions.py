"""/api/v1/subscriptions/<id>/send and resend: the next message, or the last one again (1.2.7)."""

from http import HTTPStatus
from typing import ClassVar

from domain.errors import NotFound
from handlers.seed.base import both
from handlers.stages.subscriptions import SubscriptionPath
from services.stage_walk import Ask

ANY_ID = r"([^/]+)"


class _Action(SubscriptionPath):
    """Accepted at once, done by a job; the body does not matter."""

    creates = frozenset({"POST"})
    unknown: ClassVar[str]
    done: ClassVar[int]

    @property
    def ask(self) -> Ask:
        raise NotImplementedError

    async def post(self, text: str) -> None:
        try:
            number = await self.item(text)
            await self.ask(number, self.user, self.key(), self.fingerprint())
        except NotFound:
            reason = self.unknown.format(text)
            self.reply({"accepted": False, "reason": reason}, HTTPStatus.BAD_REQUEST)
        else:
            self.reply({"accepted": True}, self.done)


class SendHandler(_Action):
    """Sending the next message."""

    audits = {"POST": "stages.subscriptions.send"}
    unknown = "Missing subscription in control"
    done = HTTPStatus.CREATED

    @property
    def ask(self) -> Ask:
        return self.app.stages.walk.send


class ResendHandler(_Action):
    """Sending the last message once more."""

    audits = {"POST": "stages.subscriptions.resend"}
    unknown = "Cannot find subscription with ID {}"
    done = HTTPStatus.ACCEPTED

    @property
    def ask(self) -> Ask:
        return self.app.stages.walk.resend


ROUTES = [
    *both(rf"/api/v1/subscriptions/{ANY_ID}/send/", SendHandler),
    *both(rf"/api/v1/subscriptions/{ANY_ID}/resend/", ResendHandler),
]
