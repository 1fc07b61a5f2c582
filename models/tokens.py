"""Tokens of programs, kept only as their SHA-256.

One that was revoked stays as a tombstone for longer than a record may be finished, so that no late
finisher makes it once more (hole H4).
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from domain.clock import DAY, SECOND
from domain.windows import Listed, Window
from models.database import Database, Document, Index
from models.windows import listed

TOMBSTONE_US = 2 * DAY
NEWEST_FIRST = (("created", -1), ("_id", -1))


class Tokens:
    """``accounts_tokens``; ``_id`` is the hash of the token's 40 hexadecimal characters."""

    def __init__(self, database: Database):
        self._tokens = database.collection("accounts_tokens")

    async def ensure_indexes(self) -> None:
        await self._tokens.ensure_indexes(
            [
                Index((("user", 1),)),
                Index(NEWEST_FIRST),
                Index((("expires", 1),), expire_after_s=0),
            ]
        )

    async def add(self, token_hash: str, user: int, name: str | None, now: int) -> None:
        await self._tokens.insert(new_token(token_hash, user, name, now))

    async def add_all(self, documents: Sequence[Document]) -> None:
        await self._tokens.insert_missing(documents)

    async def get(self, token_hash: str) -> Document | None:
        found = await self._tokens.get(token_hash)
        return None if found is None or found.get("revoked") else found

    async def of(self, user: int) -> list[Document]:
        """One account's tokens, oldest first."""
        return _standing(await self._tokens.find({"user": user}))

    async def all(self) -> list[Document]:
        """Every token, oldest first."""
        return _standing(await self._tokens.find({}))

    async def listed(
        self, window: Window, users: Sequence[int] | None, name: str | None
    ) -> Listed[Document]:
        """Tokens, the newest first: of these accounts, or whose name holds this; None: all."""
        query: Document = {"revoked": {"$ne": True}}
        either: list[Document] = [] if users is None else [{"user": {"$in": list(users)}}]
        if name is not None:
            either.append({"name": {"$regex": re.escape(name), "$options": "i"}})
        if either:
            query["$or"] = either
        return await listed(self._tokens, query, window, NEWEST_FIRST)

    async def beginning(self, prefix: str) -> list[Document]:
        """The tokens whose hash begins so."""
        return _standing(await self._tokens.find({"_id": {"$gte": prefix, "$lt": prefix + "g"}}))

    async def revoke(self, hashes: Sequence[str], now: int) -> None:
        """End these tokens for good; may be called again."""
        expires = datetime.fromtimestamp((now + TOMBSTONE_US) / SECOND, UTC)
        gone = {"revoked": True, "expires": expires}
        await self._tokens.update_all({"_id": {"$in": list(hashes)}}, {"$set": gone})

    async def remove(self, hashes: Sequence[str]) -> None:
        """Forget these tokens as if they never were; may be called again."""
        await self._tokens.delete({"_id": {"$in": list(hashes)}})

    async def remove_of(self, users: Sequence[int]) -> None:
        """Forget all tokens of these accounts."""
        await self._tokens.delete({"user": {"$in": list(users)}})


def _standing(found: Sequence[Document]) -> list[Document]:
    """Those that were not revoked, oldest first."""
    standing = [one for one in found if not one.get("revoked")]
    return sorted(standing, key=lambda one: int(one["created"]))


def new_token(token_hash: str, user: int, name: str | None, now: int) -> Document:
    """A token as it is stored."""
    return {"_id": token_hash, "user": user, "name": name, "created": now}
