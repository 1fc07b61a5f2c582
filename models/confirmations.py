"""What users confirmed: one document per user and announcement, with each version and when."""

from collections.abc import Iterable, Sequence

from domain.records import Record
from models.database import Database, Document, Index, up_to
from models.deliveries import stamped
from models.users import in_chunks


class Confirmations:
    """``announcements_confirmations``; none until he confirmed something."""

    def __init__(self, database: Database):
        self._kept = database.collection("announcements_confirmations")

    async def ensure_indexes(self) -> None:
        await self._kept.ensure_indexes(
            [Index((("user", 1), ("revision", 1))), Index((("announcement", 1), ("confirmed", 1)))]
        )

    async def of(self, user: int, announcements: Iterable[int]) -> dict[int, Document]:
        """This user's, by the announcement's id."""
        found: list[Document] = []
        for chunk in in_chunks(_id(user, one) for one in announcements):
            found += await self._kept.find({"_id": {"$in": chunk}})
        return {one["announcement"]: one for one in found}

    async def changed_between(self, user: int, since: int, until: int) -> list[Document]:
        """This user's with ``since`` ≤ revision ≤ ``until``."""
        return await self._kept.find({"user": user, "revision": {"$gte": since, **up_to(until)}})

    async def users_of(self, announcement: int) -> dict[int, int]:
        """Who confirmed it: the latest version by user."""
        query = {"announcement": announcement, "confirmed": {"$gt": 0, "$lt": 2**62}}
        found = await self._kept.find(query, projection=["user", "confirmed"])
        return {one["user"]: one["confirmed"] for one in found}

    async def confirm(
        self, user: int, keys: Sequence[tuple[int, int]], record: Record, stamp: int
    ) -> None:
        """Note versions that were not confirmed yet; may be done again."""
        await self._kept.insert_missing([_blank(user, one) for one, _ in keys])
        for one, version in keys:
            row = {"version": version, "at": record.stamp}
            fields = {
                **stamped(stamp),
                "confirmed": version,
                "changed_by": record.id,
                "history": {"$concatArrays": ["$history", [row]]},
            }
            query = {"_id": _id(user, one), "confirmed": {"$lt": version}}
            await self._kept.update(query, [{"$set": fields}])

    async def restamp_changed(
        self, user: int, announcements: Sequence[int], record: str, revision: int
    ) -> None:
        """Give what a record changed a younger place (hole H1)."""
        ids = [_id(user, one) for one in announcements]
        query = {"_id": {"$in": ids}, "changed_by": record, "revision": {"$lt": revision}}
        await self._kept.update_all(query, {"$set": {"revision": revision}})

    async def purge_user(self, user: int) -> int:
        """Forget what a deleted account confirmed."""
        return await self._kept.delete({"user": user})


def _id(user: int, announcement: int) -> str:
    return f"{user}:{announcement}"


def _blank(user: int, announcement: int) -> Document:
    return {
        "_id": _id(user, announcement),
        "user": user,
        "announcement": announcement,
        "confirmed": 0,
        "history": [],
        "version": 0,
        "revision": 0,
        "changed_by": None,
    }
