"""E-mails that the embedded catcher was sent: the newest ten thousand.

Rows: ``{_id, address, email, subject, at, raw}``; ``email`` is the id in its ``Message-ID``, ``at``
in µs, ``raw`` the message as it came.
"""

from dataclasses import dataclass

from models.counters import Sequence
from models.database import Database, Document, Index
from models.stretches import newest

KEPT = 10_000
SPAN = 200  # after so many, those before the last KEPT are removed
_HEAD = ["address", "email", "subject", "at"]


@dataclass(frozen=True, slots=True)
class Caught:
    """An e-mail that was caught; ``raw`` is empty where only heads were asked for."""

    id: int
    address: str
    email: str
    subject: str
    at: int
    raw: bytes = b""


class CaughtMails:
    """``mail_caught``."""

    def __init__(self, database: Database, ids: Sequence):
        self._mails, self._ids = database.collection("mail_caught"), ids

    async def ensure_indexes(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self._mails.ensure_indexes(
            [Index((("address", 1), ("_id", 1))), Index((("email", 1),))]
        )

    async def add(self, *, address: str, email: str, subject: str, at: int, raw: bytes) -> None:
        """Keep one more, and now and then forget the oldest."""
        number = await self._ids.take()
        head = {"address": address, "email": email, "subject": subject, "at": at}
        await self._mails.insert({"_id": number, **head, "raw": raw})
        if number % SPAN == 0:
            oldest = number - KEPT
            await self._mails.delete({"_id": {"$gte": oldest - 2 * SPAN, "$lt": oldest}})

    async def listed(self, address: str | None, limit: int) -> list[Caught]:
        """Heads of the newest, the newest first; of one address (in lower case), or of all."""
        if address is None:
            found = await self._newest(limit)
        else:
            query, order = {"address": address}, [("_id", -1)]
            found = await self._mails.find(query, projection=_HEAD, sort=order, limit=limit)
        return [_caught(one) for one in found]

    async def _newest(self, limit: int) -> list[Document]:
        last = await self._ids.last()
        bounds = last - KEPT - 2 * SPAN, last + 1
        return await newest(self._mails, "_id", bounds, limit, projection=_HEAD, first=limit)

    async def get(self, number: int) -> Caught | None:
        """The one of this number, or None."""
        found = await self._mails.find_one({"_id": number})
        return None if found is None else _caught(found)

    async def of_email(self, email: str) -> Caught | None:
        """One that came of this e-mail, or None."""
        found = await self._mails.find_one({"email": email})
        return None if found is None else _caught(found)


def _caught(document: Document) -> Caught:
    return Caught(
        id=document["_id"],
        address=document["address"],
        email=document["email"],
        subject=document["subject"],
        at=document["at"],
        raw=document.get("raw", b""),
    )
