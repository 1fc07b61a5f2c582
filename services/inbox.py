"""The inbox: messages between users, notices from the system (seed 003, contract part 1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.accounts import User
from domain.audiences import EVERYONE, Audience
from domain.errors import Invalid, TooLarge
from domain.items import MESSAGE, NOTICE, Item
from domain.jobs import Job
from domain.records import Key, Record
from services.changes import Changes, Draft, Kind, Outcome
from services.inbox_kinds import Broadcast, DeleteSent, Expire, Mark, Send
from services.items import RECIPIENTS_SHOWN_LIVE, Shape
from services.mailboxes import LARGEST_ID, Mailboxes, Stores, identifiers
from services.turns import Turn
from settings import Box
from settings import Inbox as InboxSettings

MOST_BYTES = 2**30  # one send writes no more than this: content times recipients
PLURALS = {MESSAGE: "messages", NOTICE: "notices"}
READ, UNREAD, DELETED = {"is_read": True}, {"is_read": False}, {"deleted": True}


@dataclass(frozen=True)
class Sending:
    """One request to send: by whom, what, to whom, and the key that makes it happen once."""

    sender: User
    content: str
    wanted: Sequence[Any] = ()
    audience: Any = None
    expires_at: int | None = None
    origin: Mapping[str, Any] | None = None
    key: Key | None = None
    fingerprint: str = ""


class Inbox:
    """Sends, marks and deletes; reading is `mailboxes`."""

    def __init__(
        self, stores: Stores, mailboxes: Mailboxes, changes: Changes, settings: InboxSettings
    ):
        self.mailboxes = mailboxes
        self._stores, self._changes = stores, changes
        self.boxes: Mapping[str, Box] = {MESSAGE: settings.messages, NOTICE: settings.notices}
        self.shapes = {kind: Shape(box.participant_key) for kind, box in self.boxes.items()}

    def kinds(self) -> Mapping[str, Kind]:
        """The records that are the inbox's."""
        return {
            "inbox.send": Send(self._stores, self.shapes, self._expire_later),
            "inbox.broadcast": Broadcast(self._stores, self.shapes, self._expire_later),
            "inbox.mark": Mark(self._stores, self.shapes, self.mailboxes),
            "inbox.delete_sent": DeleteSent(self._stores, self.shapes),
            "inbox.expire": Expire(self._stores, self.shapes),
        }

    # Sending

    async def send(self, kind: str, sending: Sending) -> Outcome:
        """Send to named people; the answer names those who were kept (contract 1.6).

        Raises `Invalid` when nobody is left or, where recipients are strict, somebody is wrong.
        """
        again = await self._changes.recall(sending.key, sending.fingerprint)
        if again is not None:
            return again
        recipients = await self._recipients(kind, sending)
        if len(sending.content.encode()) * len(recipients) > MOST_BYTES:
            raise TooLarge("Content times recipients is more than one send may write.")
        draft = await self._draft(kind, sending, recipients)
        return await self._changes.make(draft)

    async def _draft(self, kind: str, sending: Sending, recipients: dict[int, str]) -> Draft:
        to = tuple(sorted(recipients))
        named = to if len(to) <= RECIPIENTS_SHOWN_LIVE else to[:RECIPIENTS_SHOWN_LIVE]
        is_message = kind == MESSAGE
        body = {
            "kind": kind,
            "content": sending.content,
            "first_id": await self._stores.counters.copies.take(len(to)),
            "message_id": await self._stores.counters.messages.take() if is_message else None,
            "sender": sending.sender.username if is_message else None,
            "recipients": [[user, recipients[user]] for user in named],
            "expires_at": sending.expires_at,
            "origin": sending.origin,
        }
        key_name, shown = self._echo(kind, to, recipients)
        answer = {key_name: shown, "content": sending.content}
        return Draft(
            "inbox.send",
            sending.sender.id,
            body,
            to,
            answer,
            sending.key,
            sending.fingerprint,
        )

    def _echo(
        self, kind: str, to: Sequence[int], recipients: Mapping[int, str]
    ) -> tuple[str, list[Any]]:
        if self.boxes[kind].participant_key == "username":
            return "recipient_usernames", [recipients[user] for user in to]
        return "recipient_ids", list(to)

    async def _recipients(self, kind: str, sending: Sending) -> dict[int, str]:
        """Who of those wanted exists and may be written to, with their names."""
        box = self.boxes[kind]
        by_name = box.participant_key == "username"
        if by_name:
            ids = await self._stores.users.ids_of(set(sending.wanted))
            known = {user: name for name, user in ids.items()}
        else:
            possible = {user for user in sending.wanted if 0 < user <= LARGEST_ID}
            known = await self._stores.users.names(possible)
        if not box.send_to_self:
            known.pop(sending.sender.id, None)
        field = "recipient_usernames" if by_name else "recipient_ids"
        valid = set(known.values()) if by_name else set(known)
        if box.recipients == "strict" and set(sending.wanted) - valid:
            wrong = ", ".join(map(str, sorted(set(sending.wanted) - valid)))
            raise Invalid({field: [f"Invalid recipients: {wrong}."]})
        if not known:
            raise Invalid({field: ["No valid recipients."]})
        return known

    async def broadcast(self, sending: Sending) -> Outcome:
        """Send a notice to an audience: one document and one record, whatever its size."""
        again = await self._changes.recall(sending.key, sending.fingerprint)
        if again is not None:
            return again
        audience = (await self._audience(sending.audience)).to_document()
        body = {
            "content": sending.content,
            "notice_id": await self._stores.counters.copies.take(),
            "audience": audience,
            "expires_at": sending.expires_at,
            "origin": sending.origin,
        }
        answer = {"audience": audience, "content": sending.content}
        return await self._changes.make(
            Draft(
                "inbox.broadcast",
                sending.sender.id,
                body,
                answer=answer,
                key=sending.key,
                fingerprint=sending.fingerprint,
            )
        )

    async def _audience(self, wanted: Any) -> Audience:
        """The audience, of the groups that exist; unknown ones are treated as recipients are."""
        if wanted == EVERYONE:
            return Audience()
        ids = {group for group in wanted["group_ids"] if 0 < group <= LARGEST_ID}
        known = frozenset(await self._stores.groups.names(ids))
        wrong = sorted(set(wanted["group_ids"]) - known)
        if wrong and self.boxes[NOTICE].recipients == "strict":
            text = f"Invalid groups: {', '.join(map(str, wrong))}."
            raise Invalid({"audience": {"group_ids": [text]}})
        if not known:
            raise Invalid({"audience": {"group_ids": ["No valid groups."]}})
        return Audience(known)

    async def people(self, user: User, text: str, limit: int) -> list[tuple[int, str]]:
        """(id, username) of active people whose name has a word that begins so, by name."""
        exclude = None if self.boxes[MESSAGE].send_to_self else user.id
        return await self._stores.users.find_people(text, limit, exclude)

    async def purge_mailbox(self, user: int, record: Record, turn: Turn) -> None:
        """A deleted account's copies go; what he sent stays with its recipients (1.7)."""
        await self._stores.deliveries.purge_user(user)
        await self._stores.receipts.purge_user(user)
        await self._stores.messages.forget_sender(user)

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
        changing = [item for item in items if _differs(item, fields)]
        if changing:
            body = {"fields": dict(fields), **identifiers(changing)}
            await self._changes.make(Draft("inbox.mark", user.id, body))

    async def delete_sent(self, user: User, ids: Iterable[int]) -> None:
        """Take messages out of the user's sent box; raises as `mark`."""
        wanted = set(ids)
        items = await self.mailboxes.own_sent(user, wanted)
        self._check_items(MESSAGE, wanted, {item.id for item in items})
        keep = not self.boxes[MESSAGE].delete_hanging
        body = {"messages": [item.id for item in items], "keep": keep}
        await self._changes.make(Draft("inbox.delete_sent", user.id, body))

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
        await self._changes.make(Draft("inbox.expire", None, job.body, id=f"job:{job.key}"))


def _differs(item: Item, fields: Mapping[str, bool]) -> bool:
    """Would these fields change the item?"""
    return "deleted" in fields or item.is_read != fields["is_read"]
