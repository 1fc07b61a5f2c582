"""Browsers' sessions, kept only as the SHA-256 of their cookie.

Invariant: a session is good only with the password that it was begun with: ``of_password`` is the
stamp of that password's decision, and an account's later one ends it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.clock import SECOND
from domain.windows import Listed, Window
from models.database import Database, Document, Index
from models.windows import listed

NEWEST_FIRST = (("created", -1), ("_id", -1))


@dataclass(frozen=True)
class NewSession:
    """A session to be kept: whose, with which password, and from when until when (µs)."""

    id: str
    user: int
    of_password: int
    created: int
    until: int


class Sessions:
    """``accounts_sessions``."""

    def __init__(self, database: Database):
        self._sessions = database.collection("accounts_sessions")

    async def ensure_indexes(self) -> None:
        await self._sessions.ensure_indexes(
            [
                Index((("user", 1),)),
                Index(NEWEST_FIRST),
                Index((("expires", 1),), expire_after_s=0),
            ]
        )

    async def add(self, session: NewSession) -> None:
        await self._sessions.insert(
            {
                "_id": session.id,
                "user": session.user,
                "of_password": session.of_password,
                "created": session.created,
                "until": session.until,
                # The database removes it by this one, within a minute or so.
                "expires": datetime.fromtimestamp(session.until / SECOND, UTC),
            }
        )

    async def get(self, session_hash: str, now: int) -> Document | None:
        """The session, unless it is over."""
        found = await self._sessions.get(session_hash)
        return found if found is not None and found["until"] > now else None

    async def of(self, user: int) -> list[str]:
        """The ids of one account's sessions."""
        found = await self._sessions.find({"user": user}, projection=["_id"])
        return [one["_id"] for one in found]

    async def listed(
        self, window: Window, users: Sequence[int] | None, now: int
    ) -> Listed[Document]:
        """Sessions that are not over, the newest first: of these accounts, or of all (None)."""
        query: Document = {"until": {"$gt": now}}
        if users is not None:
            query["user"] = {"$in": list(users)}
        return await listed(self._sessions, query, window, NEWEST_FIRST)

    async def beginning(self, prefix: str) -> list[Document]:
        """The sessions whose hash begins so."""
        return await self._sessions.find({"_id": {"$gte": prefix, "$lt": prefix + "g"}})

    async def keep(self, session_hash: str, password: int) -> None:
        """Let a session go on with the password decided at ``password``; may be called again."""
        await self._sessions.update({"_id": session_hash}, {"$max": {"of_password": password}})

    async def remove(self, hashes: Sequence[str]) -> None:
        """End these sessions; may be called again."""
        await self._sessions.delete({"_id": {"$in": list(hashes)}})

    async def remove_outdated(self, user: int, password: int) -> None:
        """End the account's sessions of passwords before the one decided at ``password``."""
        await self._sessions.delete({"user": user, "of_password": {"$lt": password}})

    async def remove_begun(self, user: int, *, before: int) -> None:
        """End the account's sessions that were begun before a moment."""
        await self._sessions.delete({"user": user, "created": {"$lt": before}})

    async def remove_of(self, user: int) -> None:
        """End all sessions of the account."""
        await self._sessions.delete({"user": user})
