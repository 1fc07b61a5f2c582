"""Whose messages somebody does not want: one document for each pair."""

from models.database import Database, Document, Index


class Blocked:
    """``inbox_blocked``: ``{_id: "owner:sender", owner, sender, mode, since}``."""

    def __init__(self, database: Database):
        self._blocked = database.collection("inbox_blocked")

    async def ensure_indexes(self) -> None:
        await self._blocked.ensure_indexes([Index((("owner", 1),)), Index((("sender", 1),))])

    async def is_empty(self) -> bool:
        """Does nobody block anybody?"""
        return await self._blocked.find_one({}, ["_id"]) is None

    async def by(self, owner: int) -> list[Document]:
        """Those whom somebody blocks or mutes, the latest first."""
        found = await self._blocked.find({"owner": owner})
        return sorted(found, key=lambda one: int(one["since"]), reverse=True)

    async def of(self, sender: int) -> dict[int, str]:
        """Those who block or mute somebody, with how."""
        found = await self._blocked.find({"sender": sender}, projection=["owner", "mode"])
        return {one["owner"]: one["mode"] for one in found}

    async def put(self, owner: int, sender: int, mode: str, now: int) -> Document:
        """Say how; said again it keeps its beginning."""
        key = f"{owner}:{sender}"
        change = {
            "$set": {"owner": owner, "sender": sender, "mode": mode},
            "$setOnInsert": {"since": now},
        }
        await self._blocked.upsert_all([({"_id": key}, change)])
        found = await self._blocked.find_one({"_id": key})
        assert found is not None
        return found

    async def remove(self, owner: int, sender: int) -> bool:
        """Take somebody's messages again; False when they were taken."""
        return await self._blocked.delete({"_id": f"{owner}:{sender}"}) > 0

    async def purge_user(self, user: int) -> None:
        """Forget whom a deleted account blocked, and who blocked it."""
        await self._blocked.delete({"owner": user})
        await self._blocked.delete({"sender": user})
