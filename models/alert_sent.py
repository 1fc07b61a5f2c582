"""Which content is in which e-mail of which subscription: what is there is not sent again.

Rows: ``{_id: "<subscription>:<content>", subscription, content, kind, email, digest, created_at}``;
``digest`` is the row of the digest's subscriber (models/alert_digests.py), null when at once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domain.spans import pieces
from models.database import Database, Document, Index
from models.users import in_chunks

AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Sent:
    """That a content is in an e-mail of a subscription."""

    subscription: str
    content: str
    kind: str
    email: str
    digest: str | None = None

    @property
    def key(self) -> str:
        return key_of(self.subscription, self.content)


def key_of(subscription: str, content: str) -> str:
    """The one row of this subscription and this content."""
    return f"{subscription}:{content}"


class SentContents:
    """``alerts_subscription_contents``. Everything may be done again."""

    def __init__(self, database: Database):
        self._rows = database.collection("alerts_subscription_contents")

    async def ensure_indexes(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self._rows.ensure_indexes([Index((("email", 1),)), Index((("created_at", 1),))])

    async def emails(self, keys: Collection[str]) -> dict[str, str]:
        """Which e-mail holds each of these (`key_of`), as far as one does."""
        found: list[Document] = []
        for chunk in in_chunks(keys):
            found += await self._rows.find({"_id": {"$in": chunk}}, projection=["email"])
        return {one["_id"]: one["email"] for one in found}

    async def add_all(self, sent: Sequence[Sent], now: int) -> None:
        """Note these, in one command for a thousand."""
        for some in pieces(sent, AT_ONCE):
            await self._rows.insert_missing([_document(one, now) for one in some])

    async def remove_of(self, emails: Sequence[str]) -> int:
        """Forget what was in these e-mails (contract, 2.8); returns how much it was."""
        return await self._rows.delete({"email": {"$in": list(emails)}})


def _document(sent: Sent, now: int) -> Document:
    return {
        "_id": sent.key,
        "subscription": sent.subscription,
        "content": sent.content,
        "kind": sent.kind,
        "email": sent.email,
        "digest": sent.digest,
        "created_at": now,
    }
