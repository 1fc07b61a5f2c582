"""Content changes, messages and bulk unsubscribing: received once, processed later (1.6-1.10, 3.4).

Receiving is one document and one job, both keyed. Whatever follows is the job's.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

from domain import alert_contents
from domain.alert_contents import Fresh, identity_of, read_change, read_message, wrong_farewell
from domain.alert_errors import AlertError, received_already
from domain.clock import Clock
from domain.errors import Invalid
from domain.jobs import Job
from domain.uuids import as_versioned_uuid
from models.alert_contents import CONTENT_CHANGE, MESSAGE
from models.alert_contents import AlertContents as Store
from models.alert_lists import AlertLists
from models.alert_subscriptions import AlertSubscriptions
from models.database import Document, Duplicate
from models.jobs import Jobs
from services.alert_matching import Matching

PROCESS: Final = "alerts.process"
UNSUBSCRIBE_LIST: Final = "alerts.unsubscribe_list"
BULK_UNSUBSCRIBED: Final = "bulk_unsubscribed"
NO_SENDER_ID: Final = {"error": "Unprocessable entity"}

Params = Mapping[str, Any]
Generate = Callable[[str, Document, Sequence[int]], Awaitable[None]]


@dataclass(frozen=True)
class Sender:
    """Who sent something, as it is noted with it."""

    actor: str | None
    request_id: str


@dataclass(frozen=True)
class Kept:
    """What contents are kept in, and whom they reach."""

    contents: Store
    lists: AlertLists
    subscriptions: AlertSubscriptions
    jobs: Jobs


class AlertContents:
    """Receiving contents, and the job that processes one.

    ``generate`` makes the e-mails of a content (its kind, itself, the lists it was matched with);
    it may be called again for the same one, and ends what the content ends (``unsubscribes``).
    """

    def __init__(self, kept: Kept, clock: Clock, generate: Generate):
        self._kept, self._clock, self._generate = kept, clock, generate
        self._matching = Matching(kept.lists)

    # Receiving

    async def receive_change(self, given: Params, sender: Sender) -> None:
        """Keep a content change; a duplicate is told before anything is judged."""
        seen = alert_contents.identity(given)
        found = None if seen is None else await self._kept.contents.of_identity(seen)
        if found is not None:
            await self._queue_again(CONTENT_CHANGE, found)
            raise received_already("Content change", key="error")
        now = self._clock.stamp()
        fields, problems = read_change(given, Fresh(str(uuid4()), now))
        if problems:
            raise Invalid(problems)
        same = fields["base_path"], fields["content_id"], fields["public_updated_at"]
        document = {"_id": str(uuid4()), **fields, "identity": identity_of(*same)}
        try:
            await self._receive(CONTENT_CHANGE, document, sender, now)
        except Duplicate as error:
            raise received_already("Content change", key="error") from error

    async def receive_message(self, given: Params, sender: Sender) -> None:
        """Keep a message; a duplicate is told before anything is judged."""
        await self._check_new(given.get("sender_message_id"), key="message")
        fields, problems = read_message(given)
        if problems:
            raise Invalid(problems)
        await self._receive_message(fields, sender, key="message")

    async def _check_new(self, sender_message_id: object, *, key: str) -> None:
        number = as_versioned_uuid(sender_message_id)
        found = None if number is None else await self._kept.contents.get(MESSAGE, number)
        if found is not None:
            await self._queue_again(MESSAGE, found)
            raise received_already("Message", key=key)

    async def _receive_message(self, fields: Document, sender: Sender, *, key: str) -> None:
        usual = {
            "omit_footer_unsubscribe_link": False,
            "override_subscription_frequency_to_immediate": False,
            "unsubscribes": None,
        }
        document = {"_id": fields["sender_message_id"] or str(uuid4()), **usual, **fields}
        try:
            await self._receive(MESSAGE, document, sender, self._clock.stamp())
        except Duplicate as error:
            raise received_already("Message", key=key) from error

    async def _receive(self, kind: str, document: Document, sender: Sender, now: int) -> None:
        more = {
            "govuk_request_id": sender.request_id,
            "signon_user_uid": sender.actor,
            "created_at": now,
            "matched_at": None,
            "processed_at": None,
        }
        await self._kept.contents.add(kind, {**document, **more})
        await self.queue(kind, document["_id"])

    async def _queue_again(self, kind: str, found: Document) -> None:
        """Who sends it again may do so because nobody answered: its job may never have been."""
        if found["processed_at"] is None:
            await self.queue(kind, found["_id"])

    async def overdue(self, kind: str, since: int, until: int) -> list[str]:
        """Those received from ``since`` on, before ``until``, that were not processed."""
        found = await self._kept.contents.unprocessed(kind, since, until)
        return [one["_id"] for one in found]

    async def queue(self, kind: str, content: str) -> bool:
        """Let a content be processed; False when it waits already, or was of late."""
        now = self._clock.wall()
        body = {"kind": kind, "content": content}
        return await self._kept.jobs.add(f"{PROCESS}:{content}", PROCESS, now, body)

    # Unsubscribing everybody of a list

    async def unsubscribe_list(self, found: Document, given: Params, sender: Sender) -> None:
        """Let everybody of a list go, with a message if there is a body (1.6, 3.6)."""
        body, sender_id = given.get("body"), given.get("sender_message_id")
        is_silent = body is None or body == ""
        if not is_silent and not sender_id:
            raise AlertError(HTTPStatus.UNPROCESSABLE_ENTITY, NO_SENDER_ID)
        await self._check_new(sender_id, key="error")
        if is_silent:
            key = f"{UNSUBSCRIBE_LIST}:{uuid4()}"
            now = self._clock.wall()
            await self._kept.jobs.add(key, UNSUBSCRIBE_LIST, now, {"list": found["_id"]})
            return
        if problems := wrong_farewell(body, sender_id):
            raise Invalid(problems)
        farewell = _farewell(found, str(sender_id).lower(), str(body))
        await self._receive_message(farewell, sender, key="error")

    async def run_unsubscribe(self, job: Job) -> None:
        """The job of bulk unsubscribing without a message."""
        number, now = job.body["list"], self._clock.stamp()
        assert isinstance(number, int)
        await self._kept.subscriptions.end_all_of_list(number, BULK_UNSUBSCRIBED, now)

    # Processing

    async def process(self, job: Job) -> None:
        """The job of one content; whatever was done before it died is not done again."""
        kind, content = str(job.body["kind"]), str(job.body["content"])
        found = await self._kept.contents.get(kind, content)
        if found is None:
            return
        if found["processed_at"] is None:
            await self._process(kind, found)

    async def _process(self, kind: str, found: Document) -> None:
        contents, now = self._kept.contents, self._clock.stamp()
        lists = await self._match(kind, found)
        if kind == CONTENT_CHANGE:
            await self._kept.lists.note_alerted(lists, now)
        await self._generate(kind, found, lists)
        await contents.mark(kind, found["_id"], "processed_at", self._clock.stamp())

    async def _match(self, kind: str, found: Document) -> list[int]:
        """The lists of a content, found once: a later list gets nothing older (3.4)."""
        if found["matched_at"] is not None:
            return await self._kept.contents.matched(found["_id"])
        lists = await self._matching.matched_lists(found)
        await self._kept.contents.add_matches(kind, found, lists)
        await self._kept.contents.mark(kind, found["_id"], "matched_at", self._clock.stamp())
        return lists


def _farewell(found: Document, number: str, body: str) -> Document:
    """The message to everybody of a list, whatever his frequency (3.6)."""
    return {
        "sender_message_id": number,
        "title": found["title"],
        "body": body,
        "url": None,
        "criteria_rules": [{"id": found["_id"]}],
        "priority": alert_contents.NORMAL,
        "omit_footer_unsubscribe_link": True,
        "override_subscription_frequency_to_immediate": True,
        "unsubscribes": found["_id"],
    }
