"""Subscribers of alerts: whose address it is, and which account of another service is theirs.

Rows: ``{_id, address, address_key, govuk_account_id, signon_user_uid, created_at, updated_at}``.
``address_key`` is the address in small letters, each of which is one subscriber's; it is absent
where the address is null, as it is once somebody is forgotten or merged into another.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from domain.alert_addresses import key_of
from models.database import Database, Document, Index
from models.users import in_chunks

LARGEST_ID: Final = 2**63 - 1
CLOSE: Final = 4  # ids of which every fourth is wanted are read together


class AlertSubscribers:
    """``alerts_subscribers``."""

    def __init__(self, database: Database):
        self._rows = database.collection("alerts_subscribers")

    async def ensure_indexes(self) -> None:
        await self._rows.ensure_indexes(
            [
                Index((("address_key", 1),), unique=True, sparse=True),
                Index((("govuk_account_id", 1), ("_id", 1))),
                Index((("created_at", 1),)),
            ]
        )

    # Reading

    async def get(self, subscriber: int) -> Document | None:
        """One of them, or None for any number that is nobody's."""
        if not 0 < subscriber <= LARGEST_ID:
            return None
        return await self._rows.find_one({"_id": subscriber})

    async def get_all(self, ids: Iterable[int]) -> dict[int, Document]:
        """Those of ``ids`` that exist, by id."""
        found: list[Document] = []
        for chunk in in_chunks(ids):
            found += await self._rows.find({"_id": {"$in": chunk}})
        return {one["_id"]: one for one in found}

    async def by_address(self, address: str) -> Document | None:
        """Whose address it is, however its letters are written, or None."""
        return await self._rows.find_one({"address_key": key_of(address)})

    async def by_account(self, account: str) -> Document | None:
        """The first one who is linked with this account of another service, or None."""
        found = await self._rows.find({"govuk_account_id": account}, sort=[("_id", 1)], limit=1)
        return found[0] if found else None

    async def of_window(self, ids: Sequence[int]) -> dict[int, Document]:
        """Those of these ids, which lie close together, by id: read as one window where they do."""
        first, last = min(ids), max(ids)
        if last - first >= CLOSE * len(ids):
            return await self.get_all(ids)
        return {one["_id"]: one for one in await self.between(first - 1, last + 1)}

    async def between(self, after: int, until: int) -> list[Document]:
        """Those with ``after`` < id < ``until``, in no order."""
        return await self._rows.find({"_id": {"$gt": after, "$lt": until}})

    # Writing

    async def add(self, row: Document) -> None:
        """Store a new one; raises `Duplicate` when the address is somebody's."""
        await self._rows.insert(row)

    async def set_address(self, subscriber: int, address: str, now: int) -> bool:
        """Give it this address; False when it has it or is not there.

        Raises `Duplicate` when the address is another's.
        """
        query = {"_id": subscriber, "address": {"$ne": address}}
        return await self._rows.update(query, {"$set": _of_address(address, now)})

    async def move_address(
        self, *, address: str, of: int, to: int, was: str | None, now: int
    ) -> None:
        """Give one's address to another, who ``was`` at an address of his own.

        May be done again: who has another one since then keeps it. Raises `Duplicate` when somebody
        else took it in between.
        """
        gone = {"$set": {"address": None, "updated_at": now}, "$unset": {"address_key": ""}}
        await self._rows.update({"_id": of, "address_key": key_of(address)}, gone)
        await self._rows.update({"_id": to, "address": was}, {"$set": _of_address(address, now)})

    async def link(self, subscriber: int, account: str, now: int) -> None:
        """Say which account of another service is its; another one's place is taken."""
        query = {"_id": subscriber, "govuk_account_id": {"$ne": account}}
        change = {"$set": {"govuk_account_id": account, "updated_at": now}}
        await self._rows.update(query, change)

    async def nullify(self, subscriber: int, now: int) -> bool:
        """Forget who it was (retention, 3.12); False when that is done or it is not there."""
        gone = {"address": None, "govuk_account_id": None, "updated_at": now}
        change = {"$set": gone, "$unset": {"address_key": ""}}
        return await self._rows.update({"_id": subscriber, "address": {"$ne": None}}, change)

    async def made_between(self, since: int, until: int, limit: int) -> list[Document]:
        """Subscribers with ``since`` ≤ created_at < ``until``, the oldest first (for retention)."""
        query = {"created_at": {"$gte": since, "$lt": until}}
        return await self._rows.find(query, sort=[("created_at", 1)], limit=limit)

    async def remove(self, ids: Sequence[int]) -> int:
        """Forget them for good; returns how many there were."""
        return await self._rows.delete({"_id": {"$in": list(ids)}})


def _of_address(address: str, now: int) -> Document:
    return {"address": address, "address_key": key_of(address), "updated_at": now}


def new_subscriber(subscriber: int, address: str, by: str | None, now: int) -> Document:
    """A row as it is stored at first; ``by`` is the id of the calling user as text."""
    return {
        "_id": subscriber,
        "address": address,
        "address_key": key_of(address),
        "govuk_account_id": None,
        "signon_user_uid": by,
        "created_at": now,
        "updated_at": now,
    }
