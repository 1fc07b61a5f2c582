"""POST /messages/send/ and /notices/send/ (contract 1.6)."""

from functools import cache
from http import HTTPStatus
from typing import Any

from marshmallow import Schema

from domain.items import MESSAGE, NOTICE
from handlers.bodies import shape
from handlers.inbox.base import InboxHandler
from models.schemas import list_keys, load, notice_schema, send_schema
from services.inbox import Sending


@cache
def _schema(kind: str, participant_key: str) -> Schema:
    make = send_schema if kind == MESSAGE else notice_schema
    return make(f"recipient_{participant_key}s", text_recipients=participant_key == "username")


class SendHandler(InboxHandler):
    """Send to selected recipients; a notice may name an audience instead."""

    action = "send"
    creates = frozenset({"POST"})

    async def post(self) -> None:
        sending = self._sending()
        if sending.audience is not None:
            outcome = await self.app.inbox.broadcast(sending)
        else:
            outcome = await self.app.inbox.send(self.kind, sending)
        self.say_revision(outcome)
        self.reply(outcome.answer, HTTPStatus.CREATED)

    def _sending(self) -> Sending:
        key_name = self.box.participant_key
        schema = _schema(self.kind, key_name)
        body: dict[str, Any] = load(schema, shape(self.body(), list_keys(schema)))
        return Sending(
            sender=self.user,
            content=body["content"],
            wanted=body[f"recipient_{key_name}s"] or (),
            audience=body.get("audience"),
            expires_at=body.get("expires_at"),
            key=self.key(),
            fingerprint=self.fingerprint(),
        )


ROUTES = [
    (r"/messages/send/", SendHandler, {"kind": MESSAGE}),
    (r"/notices/send/", SendHandler, {"kind": NOTICE}),
]
