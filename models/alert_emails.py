"""E-mails, from being queued to being accepted, and what the relay said of them later.

Rows: ``{_id, key, address, subject, text, queue, status, created_at, sent_at, error, notify_status,
subscriber, subscription, content, one_click}``, instants in µs. ``_id`` follows from ``key``.
"""

from collections.abc import Sequence

from domain.mails import FAILED, PENDING, SENT, Mail, NewMail
from models.database import Database, Document, Index, up_to


class Emails:
    """``alerts_emails``. Everything may be done again: a key is used once."""

    def __init__(self, database: Database):
        self._emails = database.collection("alerts_emails")

    async def ensure_indexes(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self._emails.ensure_indexes(
            [
                Index((("status", 1), ("created_at", 1))),
                Index((("created_at", 1),)),
                Index((("subscriber", 1),)),
                Index((("content", 1),)),
            ]
        )

    async def add_all(self, mails: Sequence[NewMail], now: int) -> int:
        """Store those whose keys are free, in one command; returns how many were."""
        return await self._emails.insert_missing([_document(one, now) for one in mails])

    async def get(self, email: str) -> Mail | None:
        """The e-mail of this id, or None; gathered with others asked for meanwhile."""
        found = await self._emails.get(email)
        return None if found is None else _mail(found)

    async def mark_sent(self, email: str, now: int) -> None:
        """The relay has it."""
        change = {"$set": {"status": SENT, "sent_at": now, "error": None}}
        await self._emails.change({"_id": email, "status": PENDING}, change)

    async def mark_failed(self, email: str, error: str) -> None:
        """It was refused for good."""
        change = {"$set": {"status": FAILED, "error": error}}
        await self._emails.change({"_id": email, "status": PENDING}, change)

    async def note(self, email: str, error: str) -> None:
        """It failed this time."""
        await self._emails.change({"_id": email, "status": PENDING}, {"$set": {"error": error}})

    async def set_notify_status(self, email: str, status: str) -> bool:
        """What the relay said became of it; False when it is not known, or said so already."""
        return await self._emails.update({"_id": email}, {"$set": {"notify_status": status}})

    async def pending(self, since: int, until: int, limit: int) -> list[tuple[str, str]]:
        """Id and queue of e-mails made in this stretch, ``until`` included, that were not sent."""
        query = {"status": PENDING, "created_at": {"$gte": since, **up_to(until)}}
        found = await self._emails.find(query, projection={"queue": 1}, limit=limit)
        return [(one["_id"], one["queue"]) for one in found]

    async def states(self, since: int, until: int) -> dict[str, int]:
        """How many e-mails made in this stretch are in each state; linear in them."""
        query = {"created_at": {"$gte": since, **up_to(until)}}
        return {one["_id"]: one["count"] for one in await self._emails.counts("status", query)}

    async def states_of(self, content: str) -> dict[str, int]:
        """How many e-mails about this content are in each state; linear in them."""
        return {
            one["_id"]: one["count"]
            for one in await self._emails.counts("status", {"content": content})
        }

    async def made_before(self, instant: int, limit: int) -> list[str]:
        """Ids of e-mails older than that."""
        query = {"created_at": {"$gte": 0, "$lt": instant}}
        found = await self._emails.find(query, projection={"_id": 1}, limit=limit)
        return [one["_id"] for one in found]

    async def remove(self, emails: Sequence[str]) -> int:
        """Forget these; returns how many were there."""
        return await self._emails.delete({"_id": {"$in": list(emails)}})


def _document(mail: NewMail, now: int) -> Document:
    return {
        "_id": mail.id,
        "key": mail.key,
        "address": mail.address,
        "subject": mail.subject,
        "text": mail.text,
        "queue": mail.queue,
        "status": PENDING,
        "created_at": now,
        "sent_at": None,
        "error": None,
        "notify_status": None,
        "subscriber": mail.subscriber,
        "subscription": mail.subscription,
        "content": mail.content,
        "one_click": mail.one_click,
    }


def _mail(document: Document) -> Mail:
    return Mail(
        id=document["_id"],
        address=document["address"],
        subject=document["subject"],
        text=document["text"],
        queue=document["queue"],
        status=document["status"],
        created_at=document["created_at"],
        one_click=document["one_click"],
        subscription=document["subscription"],
    )
