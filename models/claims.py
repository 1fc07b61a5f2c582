"""Claims: of several that want the next version, or one reference, exactly one gets it.

A claim is taken before its record is committed and stays: what is claimed is decided.
"""

from collections.abc import Awaitable, Callable, Mapping

from models.database import Database, Document, Duplicate

IsDead = Callable[[Document], Awaitable[bool]]


class Claims:
    """``announcements_claims``: ``{_id: what, by: record, of: announcement, at}``."""

    def __init__(self, database: Database):
        self._claims = database.collection("announcements_claims")

    async def take(
        self, wanted: Mapping[str, int], by: str, now: int, is_dead: IsDead
    ) -> str | None:
        """Claim all or none; returns the first that is another's, or None.

        ``wanted`` is the announcement by what is claimed. They are taken in one order by all, so
        of those who want the same ones somebody gets through. A claim of which ``is_dead`` says
        that its record was never made is taken over.
        """
        for what in sorted(wanted):
            row = {"_id": what, "by": by, "of": wanted[what], "at": now}
            if not await self._take(row, is_dead):
                await self._claims.delete({"_id": {"$in": list(wanted)}, "by": by})
                return what
        return None

    async def _take(self, row: Document, is_dead: IsDead) -> bool:
        for _ in range(2):
            try:
                await self._claims.insert(row)
            except Duplicate:
                other = await self._claims.find_one({"_id": row["_id"]})
                if other is not None and other["by"] == row["by"]:
                    return True
                if other is not None and not await is_dead(other):
                    return False
                await self._claims.delete({"_id": row["_id"], "by": other and other["by"]})
            else:
                return True
        return False

    async def name(self, what: str, of: int, by: str) -> None:
        """Say whose it is, when several who wanted the same record had claimed it for theirs."""
        await self._claims.update({"_id": what, "by": by}, {"$set": {"of": of}})

    async def release(self, what: str, of: int) -> None:
        """Let somebody else have it; nothing happens when it is another announcement's by now."""
        await self._claims.delete({"_id": what, "of": of})
