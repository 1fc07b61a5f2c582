"""Accounts by what they want to hear of, and when not.

``quiet_hours`` is ``{from, until, days}`` or null, ``channels`` holds what was ever set:
``{kind: {channel: true|false}}``. Both are absent in an account that never set them.
"""

from collections.abc import Iterable

from models.database import Database, Document
from models.users import in_chunks

_FIELDS = ["time_zone", "quiet_hours", "channels"]


class UserPreferences:
    """``accounts_users`` once more; a deleted account has none."""

    def __init__(self, database: Database):
        self._users = database.collection("accounts_users")

    async def of(self, users: Iterable[int]) -> dict[int, Document]:
        """Those of these users who set any."""
        found: list[Document] = []
        for chunk in in_chunks(set(users)):
            found += await self._users.find({"_id": {"$in": chunk}}, projection=_FIELDS)
        return {one["_id"]: one for one in found if _is_set(one)}

    async def of_addresses(self, addresses: Iterable[str]) -> dict[str, Document]:
        """The same by verified e-mail address, in folded letters."""
        fields = [*_FIELDS, "email_folded", "email_verified"]
        found: list[Document] = []
        for chunk in in_chunks({one.casefold() for one in addresses}):
            query = {"email_folded": {"$in": chunk}}
            found += await self._users.find(query, projection=fields)
        return {one["email_folded"]: one for one in found if one["email_verified"] and _is_set(one)}


def _is_set(row: Document) -> bool:
    return bool(row.get("quiet_hours") or row.get("channels"))
