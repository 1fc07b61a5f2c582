"""Links in e-mails about accounts: kept as hashes, good once and for a time."""

from dataclasses import dataclass
from datetime import UTC, datetime

from domain.clock import SECOND
from models.database import Database, Document, Index


@dataclass(frozen=True)
class NewLink:
    """What a link is for, whose it is and to which address it went; ``until`` in µs."""

    id: str
    what: str
    user: int
    email: str
    until: int


class AccountLinks:
    """``accounts_links``; ``_id`` is the SHA-256 of what the link carries."""

    def __init__(self, database: Database):
        self._links = database.collection("accounts_links")

    async def ensure_indexes(self) -> None:
        await self._links.ensure_indexes(
            [Index((("user", 1),)), Index((("expires", 1),), expire_after_s=0)]
        )

    async def add(self, link: NewLink) -> None:
        await self._links.insert(
            {
                "_id": link.id,
                "what": link.what,
                "user": link.user,
                "email": link.email,
                "used": False,
                "until": link.until,
                "expires": datetime.fromtimestamp(link.until / SECOND, UTC),
            }
        )

    async def get(self, link: str, what: str, now: int) -> Document | None:
        """The link, if it is good still."""
        return await self._links.find_one(_good(link, what, now))

    async def use(self, link: str, what: str, now: int) -> Document | None:
        """The link, for the one caller who comes first and in time; None for all others."""
        if not await self._links.update(_good(link, what, now), {"$set": {"used": True}}):
            return None
        return await self._links.find_one({"_id": link})

    async def drop(self, user: int, what: str) -> None:
        """Let somebody's other links for this be good no more."""
        await self._links.update_all(
            {"user": user, "what": what, "used": False}, {"$set": {"used": True}}
        )


def _good(link: str, what: str, now: int) -> Document:
    return {"_id": link, "what": what, "used": False, "until": {"$gt": now}}
