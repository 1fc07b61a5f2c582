"""Receipts: what became of something sent, by recipient and device (surface, "Devices").

Derived, never kept: stored is a copy that is there, read is the copy's state, pushed and
acknowledged are its first revision against the marks of the recipient's devices.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from domain.accounts import User
from domain.audiences import Audience
from domain.devices import Device
from domain.errors import NotFound
from domain.items import MESSAGE
from models.database import Document
from services.identities import as_member
from services.mailboxes import LARGEST_ID, Stores


@dataclass(frozen=True)
class Sent:
    """Something that was sent, by its ``record``.

    To named people: ``count`` copies from ``first_id`` on, of messages with their ``recipients``
    in that order. Or to all of an audience: ``notice``.
    """

    id: int
    record: str
    sent_on: int
    revision: int
    first_id: int = 0
    count: int = 0
    recipients: tuple[int, ...] | None = None
    notice: Document | None = None


@dataclass(frozen=True)
class Receipt:
    """What became of one recipient's copy; ``revision`` is where it first stood in his feed."""

    user: int
    username: str
    revision: int
    is_stored: bool
    is_read: bool
    read_at: int | None
    devices: Sequence[Device]


@dataclass(frozen=True)
class Reader:
    """Somebody who has read a notice to an audience; ``username`` is None without an account.

    ``read_at`` is None once he has deleted it.
    """

    user: int
    username: str | None
    read_at: int | None


class SentReceipts:
    """Reads receipts for those who sent something, and for administrators."""

    def __init__(self, stores: Stores):
        self._stores = stores

    async def find(self, asking: User, kind: str, item_id: int) -> Sent:
        """What was sent under this id: a message's own, or of a notice that of any of its copies.

        Raises `NotFound` for what is not there, and for what another sent.
        """
        find = self._message if kind == MESSAGE else self._notice
        found = await find(item_id) if 0 < item_id <= LARGEST_ID else None
        if found is None or not (asking.is_admin or found[0] == asking.id):
            raise NotFound
        return found[1]

    async def _message(self, item_id: int) -> tuple[int | None, Sent] | None:
        message = await self._stores.messages.get(item_id)
        if message is None or "first_id" not in message or message["deleted"]:
            return None
        recipients = tuple(message["recipients"])
        sent = Sent(
            item_id,
            message["changed_by"],
            message["sent_on"],
            message["revision"],
            message["first_id"],
            len(recipients),
            recipients,
        )
        return message["sender"], sent

    async def _notice(self, item_id: int) -> tuple[int | None, Sent] | None:
        copy = await self._stores.deliveries.get(item_id)
        if copy is not None and "block" in copy:
            first_id, count = copy["block"]
            record, sent_on = copy["sent_by"], copy["sent_on"]
            return copy["by"], Sent(item_id, record, sent_on, sent_on, first_id, count)
        for notice in await self._stores.notices.get_all([item_id]):
            revision = notice["sent_on"] if notice["deleted"] else notice["revision"]
            record = notice["sent_by"]
            sent = Sent(item_id, record, notice["sent_on"], revision, notice=notice)
            return notice["by"], sent
        return None

    async def page(self, sent: Sent, start: int, size: int) -> list[Receipt]:
        """The receipts of ``size`` recipients from the ``start``-th on, by their ids.

        Those whose accounts are gone are left out; of a notice also those without a copy.
        """
        end = min(start + size, sent.count)
        if start >= end:
            return []
        copies = await self._stores.deliveries.block(sent.first_id + start, sent.first_id + end)
        of_user = {abs(copy["user"]): copy for copy in copies}  # below zero: one that he blocked
        people = list(of_user) if sent.recipients is None else sent.recipients[start:end]
        names, devices = await asyncio.gather(
            self._stores.users.names(people), self._stores.devices.of(people)
        )
        return [
            _receipt(sent, user, names[user], of_user.get(user), devices.get(user, ()))
            for user in sorted(people)
            if user in names
        ]

    async def broadcasts(self, before: int, limit: int) -> list[Document]:
        """What was sent to audiences before a moment (µs), the newest first."""
        return await self._stores.notices.latest(before, limit)

    async def readers(self, sent: Sent, after: int, limit: int) -> list[Reader]:
        """Of a notice to an audience: who has read it, by their ids, after a user's."""
        assert sent.notice is not None
        found = await self._stores.receipts.readers(sent.id, after, limit)
        names = await self._stores.users.names([one["user"] for one in found])
        return [_reader(one, names.get(one["user"])) for one in found]

    async def members(self, audience: Audience, now: int) -> int:
        """How many accounts a notice to this audience would be for."""
        accounts = await self._stores.users.heads()
        return sum(audience.includes(as_member(one), now) for one in accounts)

    async def counts(self, sent: Sent) -> dict[str, int]:
        """Of a notice to an audience: its members, and how many of them it reached how far."""
        assert sent.notice is not None
        audience = Audience.from_document(sent.notice["audience"])
        accounts, devices, read = await asyncio.gather(
            self._stores.users.heads(),
            self._stores.devices.pushed_since(sent.revision),
            self._stores.receipts.count_read(sent.id),
        )
        members = {
            one["_id"] for one in accounts if audience.includes(as_member(one), sent.sent_on)
        }
        acknowledged = {one.user for one in devices if one.has_acknowledged(sent.revision)}
        pushed = {one.user for one in devices}
        return {
            "members": len(members),
            "pushed": len(pushed & members),
            "acknowledged": len(acknowledged & members),
            "read": read,
        }


def _reader(receipt: Document, username: str | None) -> Reader:
    read_at = None if receipt["deleted"] else receipt["decided"]
    return Reader(receipt["user"], username, read_at)


def _receipt(
    sent: Sent, user: int, username: str, copy: Document | None, devices: Sequence[Device]
) -> Receipt:
    if copy is None:
        return Receipt(user, username, sent.revision, False, False, None, devices)
    is_read = bool(copy["is_read"]) and not copy.get("muted")
    read_at = copy["decided"] if is_read and not copy["deleted"] else None
    placed = int(copy.get("placed") or copy["revision"])
    return Receipt(user, username, placed, True, is_read, read_at, devices)
