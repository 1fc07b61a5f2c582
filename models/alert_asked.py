"""Who asked for links of late, so that nobody's mailbox is filled by others (contract, 3.9).

Rows: ``{_id, key, at, expires}``, one for each time somebody asked, for an hour.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from domain.clock import HOUR, SECOND
from domain.fresh_ids import fresh_id
from models.database import Database, Index, down_to

KEPT_US: Final = HOUR

Limit = tuple[int, int]


class AskedLinks:
    """``alerts_asked``."""

    def __init__(self, database: Database):
        self._rows = database.collection("alerts_asked")

    async def ensure_indexes(self) -> None:
        await self._rows.ensure_indexes(
            [Index((("key", 1), ("at", 1))), Index((("expires", 1),), expire_after_s=0)]
        )

    async def take(self, key: str, limits: Sequence[Limit], now: int) -> bool:
        """Note that somebody asked; False, and nothing noted, when that is once too often.

        A limit is a time in µs, an hour at most, and the count that is too many in it. Of several
        at once perhaps fewer than allowed get through, never more.
        """
        row = {"_id": fresh_id(), "key": key, "at": now, "expires": _expires(now)}
        await self._rows.insert(row)
        window = {"$lt": now + 1, **down_to(now - KEPT_US)}
        found = await self._rows.find({"key": key, "at": window}, projection=["at"])
        moments = [one["at"] for one in found]
        is_good = all(
            len([at for at in moments if at > now - span]) < count for span, count in limits
        )
        if not is_good:
            await self._rows.delete({"_id": row["_id"]})
        return is_good


def _expires(now: int) -> datetime:
    return datetime.fromtimestamp((now + KEPT_US) / SECOND, UTC)
