"""Who was found behind, and how many messages were expected to leave on a day (2.1, 3.4, 3.6)."""

from collections.abc import Sequence

from domain.windows import Listed, Window
from models.database import Database, Document, Filter, Index
from models.windows import listed

NEWEST_FIRST = (("created_at", -1), ("_id", -1))


class Behind:
    """``stages_behind``; of one search (``task``) and subscription there is one row."""

    def __init__(self, database: Database):
        self._behind = database.collection("stages_behind")

    async def ensure_indexes(self) -> None:
        await self._behind.ensure_indexes(
            [
                Index((("task", 1), ("subscription", 1)), unique=True),
                Index((("subscription", 1),)),
                Index(NEWEST_FIRST),
            ]
        )

    async def add_all(self, rows: Sequence[Document]) -> None:
        """Store those of which there is no row yet."""
        await self._behind.insert_missing(rows)

    async def listed(self, window: Window, wanted: Filter) -> Listed[Document]:
        """The rows that are wanted, the newest first, as far as they lie in the window."""
        return await listed(self._behind, wanted, window, NEWEST_FIRST)

    async def get(self, number: int) -> Document | None:
        return await self._behind.find_one({"_id": number})

    async def delete_of(self, subscription: int) -> None:
        """Remove the rows of a subscription that is gone."""
        await self._behind.delete({"subscription": subscription})


class Estimates:
    """``stages_estimates``: of each day and set, how many subscriptions and identities."""

    def __init__(self, database: Database):
        self._estimates = database.collection("stages_estimates")

    async def put(self, day: str, messageset: int, subscriptions: int, identities: int) -> None:
        """Say so of a day, in the place of what was said before."""
        await self._estimates.replace(
            {
                "_id": f"{day}:{messageset}",
                "send_date": day,
                "messageset": messageset,
                "estimate_subscriptions": subscriptions,
                "estimate_identities": identities,
            }
        )

    async def of_day(self, day: str) -> list[Document]:
        """What was said of a day, by set."""
        prefix = {"$gte": f"{day}:", "$lt": f"{day};"}
        return await self._estimates.find({"_id": prefix}, sort=[("messageset", 1)])
