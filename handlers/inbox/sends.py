"""POST /messages/send/ and /notices/send/ (contract 1.6); with a time, they leave later."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from http import HTTPStatus
from typing import Any

from domain.audiences import EVERYONE
from domain.items import MESSAGE, NOTICE
from domain.send_times import SendTime, named_time
from handlers.auditing import noting
from handlers.bodies import shape
from handlers.inbox.base import InboxHandler
from handlers.inbox.scheduled import send_schema_of
from models.scheduled_schemas import load_both, names_a_time
from models.schemas import list_keys, load
from services.inbox import Sending

SHOWN_GROUPS = 20


class SendHandler(InboxHandler):
    """Send to selected recipients; a notice may name an audience instead."""

    action = "send"
    creates = frozenset({"POST"})
    limited = {"POST": "sends"}

    async def post(self) -> None:
        schema = send_schema_of(self.kind, self.box.participant_key)
        body = shape(self.body(), list_keys(schema))
        if names_a_time(body):
            given = load_both(schema, body)
            later = self._sending(given, is_later=True)
            async with self._noted("notices.schedule", later):
                await self._send_later(later, partial(named_time, given, self.app.clock.wall()))
        else:
            sending = self._sending(load(schema, body))
            async with self._noted("notices.broadcast", sending):
                await self._send(sending)

    def _noted(self, action: str, sending: Sending) -> AbstractAsyncContextManager[None]:
        """What goes to an audience is in the audit log."""
        if sending.audience is None:
            return nullcontext()
        return noting(self, action, _audience(sending.audience))

    async def _send(self, sending: Sending) -> None:
        if sending.audience is not None:
            outcome = await self.app.inbox.broadcast(sending)
        else:
            outcome = await self.app.inbox.send(self.kind, sending)
        self.say_revision(outcome)
        self.reply(outcome.answer, HTTPStatus.CREATED)

    async def _send_later(self, sending: Sending, time_of: Callable[[], SendTime]) -> None:
        outcome = await self.app.scheduled.add(self.kind, sending, time_of)
        self.say_revision(outcome)
        mount = self.app.settings.mounts.inbox
        self.set_header("Location", f"{mount}/scheduled/{outcome.answer['id']}/")
        self.reply(outcome.answer, HTTPStatus.ACCEPTED)

    def _sending(self, given: dict[str, Any], *, is_later: bool = False) -> Sending:
        return Sending(
            sender=self.user,
            content=given["content"],
            wanted=given[f"recipient_{self.box.participant_key}s"] or (),
            audience=given.get("audience"),
            expires_at=given.get("expires_at"),
            key=self.key(),
            fingerprint=self.fingerprint(),
            is_later=is_later,
        )


def _audience(wanted: Any) -> str:
    """An audience in a line."""
    if wanted == EVERYONE:
        return EVERYONE
    groups = wanted["group_ids"]
    more = " …" if len(groups) > SHOWN_GROUPS else ""
    return f"groups {', '.join(map(str, groups[:SHOWN_GROUPS]))}{more}"


ROUTES = [
    (r"/messages/send/", SendHandler, {"kind": MESSAGE}),
    (r"/notices/send/", SendHandler, {"kind": NOTICE}),
]
