"""Tokens of programs, kept only as their SHA-256; revoking one removes it."""

from collections.abc import Sequence

from models.database import Database, Document, Index


class Tokens:
    """``accounts_tokens``; ``_id`` is the hash of the token's 40 hexadecimal characters."""

    def __init__(self, database: Database):
        self._tokens = database.collection("accounts_tokens")

    async def ensure_indexes(self) -> None:
        await self._tokens.ensure_indexes([Index((("user", 1),))])

    async def add(self, token_hash: str, user: int, name: str | None, now: int) -> None:
        await self._tokens.insert(new_token(token_hash, user, name, now))

    async def add_all(self, documents: Sequence[Document]) -> None:
        await self._tokens.insert_missing(documents)

    async def get(self, token_hash: str) -> Document | None:
        return await self._tokens.find_one({"_id": token_hash})

    async def of(self, user: int) -> list[Document]:
        """One account's tokens, oldest first."""
        found = await self._tokens.find({"user": user})
        return sorted(found, key=lambda one: int(one["created"]))

    async def all(self) -> list[Document]:
        """Every token, oldest first."""
        return sorted(await self._tokens.find({}), key=lambda one: int(one["created"]))

    async def beginning(self, prefix: str) -> list[Document]:
        """The tokens whose hash begins so."""
        return await self._tokens.find({"_id": {"$gte": prefix, "$lt": prefix + "g"}})

    async def remove(self, hashes: Sequence[str]) -> None:
        """Forget these tokens; may be called again."""
        await self._tokens.delete({"_id": {"$in": list(hashes)}})

    async def remove_of(self, users: Sequence[int]) -> None:
        """Forget all tokens of these accounts."""
        await self._tokens.delete({"user": {"$in": list(users)}})


def new_token(token_hash: str, user: int, name: str | None, now: int) -> Document:
    """A token as it is stored."""
    return {"_id": token_hash, "user": user, "name": name, "created": now}
