"""How often signing in failed, by account and address; kept by hash, for an hour after the last.

Nobody's account need exist: a name that nobody has is counted as any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.clock import HOUR, SECOND
from models.database import Database, Index

KEPT_US = HOUR


@dataclass(frozen=True)
class Failures:
    """How many in a row, and when (µs) the last was."""

    count: int = 0
    last: int = 0


NONE = Failures()


class FailedSignIns:
    """``accounts_failed_sign_ins``."""

    def __init__(self, database: Database):
        self._failed = database.collection("accounts_failed_sign_ins")

    async def ensure_indexes(self) -> None:
        await self._failed.ensure_indexes([Index((("expires", 1),), expire_after_s=0)])

    async def of(self, keys: Sequence[str], now: int) -> dict[str, Failures]:
        """What is known of these keys; those of which nothing is are not in it."""
        found = await self._failed.find({"_id": {"$in": list(keys)}})
        return {
            one["_id"]: Failures(one["count"], one["last"])
            for one in found
            if one["last"] + KEPT_US > now
        }

    async def add(self, keys: Sequence[str], now: int) -> None:
        """One more failure of each; of several in one moment one may be lost."""
        expires = datetime.fromtimestamp((now + KEPT_US) / SECOND, UTC)
        change = {"$inc": {"count": 1}, "$max": {"last": now}, "$set": {"expires": expires}}
        missed = await self._failed.upsert_all([({"_id": key}, change) for key in keys])
        if missed:  # somebody else made them just now, so they are there
            again = [({"_id": keys[at]}, change) for at in sorted(missed)]
            await self._failed.upsert_all(again)

    async def forget(self, keys: Sequence[str]) -> None:
        """Begin anew with these."""
        await self._failed.delete({"_id": {"$in": list(keys)}})
