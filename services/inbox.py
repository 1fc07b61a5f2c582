"""The inbox: messages between users, notices from the system (seed 003, contract part 1)."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.accounts import User
from domain.errors import Forbidden, Invalid, TooLarge
from domain.items import MESSAGE, NOTICE
from domain.jobs import Job
from domain.records import Key, Record
from services.addressing import Addressing
from services.blocking import NOBODY, Blocking
from services.changes import Changes, Draft, Kind, Outcome
from services.held import HELD, Holding, told_now
from services.inbox_batches import Batches, Told
from services.inbox_kinds import Broadcast, Send, is_large
from services.inbox_marks import DeleteSent, Expire, Mark
from services.items import RECIPIENTS_SHOWN_LIVE, Shape
from services.mailboxes import Mailboxes, Stores, identifiers
from services.memory import Memory
from services.pages import Pages
from services.preferences import Wishes
from services.retention import Retention
from services.tidying import Tidying
from services.turns import Turn
from services.upholding import Upholding
from settings_inbox import Box
from settings_inbox import Inbox as InboxSettings

MOST_BYTES = 2**30  # one send writes no more than this: content times recipients
MOST_CONTENT_BYTES = 14 * 2**20  # a document holds 16 MiB: the content, and names beside it
LARGE_AT_ONCE = 2  # sends of large contents
NOT_TO_COME = "This instant is past."
ITEM = "item"  # in an answer that is kept: the id under which receipts are asked for
PLURALS = {MESSAGE: "messages", NOTICE: "notices"}
READ, UNREAD, DELETED = {"is_read": True}, {"is_read": False}, {"deleted": True}


@dataclass(frozen=True)
class Sending:
    """One request to send: by whom, what, to whom, and the key that makes it happen once.

    ``is_later``: one may name oneself, for it is a reminder.
    """

    sender: User
    content: str
    wanted: Sequence[Any] = ()
    audience: Any = None
    expires_at: int | None = None
    origin: Mapping[str, Any] | None = None
    key: Key | None = None
    fingerprint: str = ""
    is_later: bool = False


class Inbox:
    """Sends, marks and deletes; reading is `mailboxes` and `pages`."""

    def __init__(
        self,
        stores: Stores,
        mailboxes: Mailboxes,
        changes: Changes,
        settings: InboxSettings,
        memory: Memory,
    ):
        self.blocking = Blocking(stores.blocked, stores.users, changes.clock, memory)
        self.mailboxes, self.pages = mailboxes, Pages(stores, mailboxes, changes.clock)
        self.tidying = Tidying(stores, changes.clock)
        self.retention = Retention(stores, changes, settings.retention_days)
        self._upholding = Upholding(stores, changes.clock)
        self.most_scheduled = settings.scheduled_per_user
        self._stores, self._changes = stores, changes
        self._turns = asyncio.Semaphore(LARGE_AT_ONCE)
        self.boxes: Mapping[str, Box] = {MESSAGE: settings.messages, NOTICE: settings.notices}
        self.addressing = Addressing(stores, mailboxes, self.boxes)
        self.shapes = {kind: Shape(box.participant_key) for kind, box in self.boxes.items()}
        self.wishes = Wishes(stores.preferences, changes.clock)
        self.batches = Batches(stores, self.shapes, self.wishes)
        self.holding = Holding(self.wishes, changes, self.batches.one_of, self._expire_later)

    def kinds(self) -> Mapping[str, Kind]:
        """The records that are the inbox's."""
        return {
            "inbox.send": Send(self._stores, self.shapes, self._expire_later),
            "inbox.broadcast": Broadcast(self._stores, self.shapes, self._expire_later),
            "inbox.mark": Mark(self._stores, self.shapes, self.mailboxes),
            "inbox.delete_sent": DeleteSent(self._stores, self.shapes),
            "inbox.expire": Expire(self._stores, self.shapes),
            HELD: Told(self.batches),
        }

    # Sending

    async def send(self, kind: str, sending: Sending) -> Outcome:
        """Send to named people; the answer names those who were kept (contract 1.6).

        Raises `Invalid` when nobody is left or, where recipients are strict, somebody is wrong.
        """
        outcome = await self._changes.recall(sending.key, sending.fingerprint)
        if outcome is None:
            self.check(sending)
            recipients = await self.recipients(kind, sending)
            outcome = await self._make(await self._draft(kind, sending, recipients))
        return _answered(outcome, sending)

    async def recipients(self, kind: str, sending: Sending) -> dict[int, str]:
        """Who of those wanted gets it, with their names; raises as `send` does."""
        found = await self.addressing.recipients(
            kind, sending.sender.id, sending.wanted, may_be_sender=sending.is_later
        )
        self.check(sending, len(found))
        return found

    def check(self, sending: Sending, recipients: int = 1) -> None:
        """Raise for what could not be kept, and for what nobody would see."""
        size = len(sending.content.encode())
        if size > MOST_CONTENT_BYTES:
            raise TooLarge("The content is too large.")
        if sending.expires_at is not None and sending.expires_at <= self._changes.clock.now():
            raise Invalid({"expires_at": [NOT_TO_COME]})
        if size * recipients > MOST_BYTES:
            raise TooLarge("Content times recipients is more than one send may write.")

    def check_may_send(self, user: User, kind: str) -> None:
        """Raise `Forbidden` unless he may send messages or notices."""
        if self.boxes[kind].permissions.send == "admin" and not user.is_admin:
            raise Forbidden

    async def leave(self, kind: str, sending: Sending, to: dict[int, str], record: str) -> Outcome:
        """Let a send that was checked before leave under the name ``record``, once."""
        draft = await self._draft(kind, sending, to)
        return await self._make(replace(draft, id=record, fingerprint=None))

    async def leave_to_all(self, sending: Sending, audience: object, record: str) -> Outcome:
        """The same for an audience."""
        draft = await self._draft_of_all(sending, audience)
        return await self._make(replace(draft, id=record, fingerprint=None))

    async def _make(self, draft: Draft) -> Outcome:
        """Commit a send; large ones take turns."""
        if not is_large(str(draft.body["content"])):
            return await self._changes.make(draft)
        async with self._turns:
            return await self._changes.make(draft)

    async def _draft(self, kind: str, sending: Sending, recipients: dict[int, str]) -> Draft:
        to = tuple(sorted(recipients))
        named = to if len(to) <= RECIPIENTS_SHOWN_LIVE else to[:RECIPIENTS_SHOWN_LIVE]
        is_message = kind == MESSAGE
        answer, more = self.addressing.named(kind, to, recipients), {}
        if is_message:
            unwanted = await self.blocking.unwanted(sending.sender.id, to)
            more = {} if unwanted == NOBODY else vars(unwanted)
        else:
            to, more = await told_now(to, self.wishes)
        body = {
            "kind": kind,
            "content": sending.content,
            "first_id": await self._stores.counters.copies.take(max(1, len(to))),
            "message_id": await self._stores.counters.messages.take() if is_message else None,
            "sender": sending.sender.username if is_message else None,
            "recipients": [[user, recipients[user]] for user in named],
            "expires_at": sending.expires_at,
            "origin": sending.origin,
            **more,
        }
        return Draft(
            "inbox.send",
            sending.sender.id,
            body,
            to,
            {
                **answer,
                ITEM: body["message_id"] if is_message else body["first_id"],
            },
            sending.key,
            sending.fingerprint,
        )

    async def broadcast(self, sending: Sending) -> Outcome:
        """Send a notice to an audience: one document and one record, whatever its size."""
        outcome = await self._changes.recall(sending.key, sending.fingerprint)
        if outcome is None:
            self.check(sending)
            audience = (await self.addressing.audience(sending.audience)).to_document()
            outcome = await self._make(await self._draft_of_all(sending, audience))
        return _answered(outcome, sending)

    async def _draft_of_all(self, sending: Sending, audience: object) -> Draft:
        body = {
            "content": sending.content,
            "notice_id": await self._stores.counters.copies.take(),
            "audience": audience,
            "expires_at": sending.expires_at,
            "origin": sending.origin,
        }
        return Draft(
            "inbox.broadcast",
            sending.sender.id,
            body,
            answer={"audience": audience, ITEM: body["notice_id"]},
            key=sending.key,
            fingerprint=sending.fingerprint,
        )

    async def purge_mailbox(self, user: int, record: Record, turn: Turn) -> None:
        """A deleted account's copies go; what he sent stays with its recipients (1.7)."""
        await self._stores.deliveries.purge_user(user)
        await self._stores.receipts.purge_user(user)
        await self._stores.scheduled.purge_user(user)
        await self._stores.confirmations.purge_user(user)
        await self._stores.blocked.purge_user(user)
        await self._stores.messages.forget_sender(user, keep=self._keeps(MESSAGE))

    # Marking and deleting

    async def mark(
        self,
        user: User,
        kinds: Sequence[str],
        ids: Iterable[int],
        fields: Mapping[str, bool],
    ) -> None:
        """Set ``fields`` on those of ``ids`` that are the user's own items of these kinds.

        Raises `Invalid` when none is, or, where items are strict, when any is not (contract 1.7).
        """
        wanted = set(ids)
        items = await self.mailboxes.own(user, kinds, wanted)
        self._check_items(kinds[0], wanted, {item.id for item in items})
        changing = await self._upholding.changing(user, items, fields)
        if changing:
            keep = self._keeps(NOTICE)  # a message's content is kept in the sender's view
            body = {"fields": dict(fields), "keep": keep, **identifiers(changing)}
            await self._changes.make(Draft("inbox.mark", user.id, body))

    async def delete_sent(self, user: User, ids: Iterable[int]) -> None:
        """Take messages out of the user's sent box; raises as `mark`."""
        wanted = set(ids)
        items = await self.mailboxes.own_sent(user, wanted)
        self._check_items(MESSAGE, wanted, {item.id for item in items})
        body = {"messages": [item.id for item in items], "keep": self._keeps(MESSAGE)}
        await self._changes.make(Draft("inbox.delete_sent", user.id, body))

    def _keeps(self, kind: str) -> bool:
        """Does what nobody sees any more stay in the store (``delete_hanging``)?"""
        return not self.boxes[kind].delete_hanging

    def check_no_sent_notices(self, ids: Iterable[int]) -> None:
        """Notices have no sender, so nobody has one to delete from a sent box."""
        self._check_items(NOTICE, set(ids), set())

    def _check_items(self, kind: str, wanted: set[int], valid: set[int]) -> None:
        plural = PLURALS[kind]
        wrong = sorted(wanted - valid)
        if wrong and self.boxes[kind].items == "strict":
            raise Invalid([f"Invalid {plural}: {', '.join(map(str, wrong))}."])
        if not valid:
            raise Invalid({f"{kind}_ids": [f"No valid {plural}."]})

    # Later

    async def _expire_later(self, key: str, due_at: int, body: Mapping[str, object]) -> None:
        await self._stores.jobs.add(key, "inbox.expire", due_at, body)

    async def expire(self, job: Job) -> None:
        """The job of a notice's ``expires_at``: it leaves as a delete (surface)."""
        body = {**job.body, "keep": self._keeps(NOTICE)}
        await self._changes.make(Draft("inbox.expire", None, body, id=f"job:{job.key}"))


def _answered(outcome: Outcome, sending: Sending) -> Outcome:
    """The whole answer: its content is not kept twice, for who repeats a request says it again."""
    kept = dict(outcome.answer)
    item = kept.pop(ITEM, None)
    answer = {**kept, "content": sending.content}
    return replace(outcome, answer=answer, item=item if isinstance(item, int) else None)
