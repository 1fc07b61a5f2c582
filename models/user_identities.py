"""Accounts by what they are known by elsewhere: stated identities and verified addresses."""

from collections.abc import Iterable

from models.database import Database, Document
from models.users import in_chunks, is_storable


class UserIdentities:
    """``accounts_users`` once more; a deleted account is as if it never was."""

    def __init__(self, database: Database):
        self._users = database.collection("accounts_users")

    async def of_identities(self, stated: Iterable[str]) -> dict[str, int]:
        """Id by stated identity, of those that exist."""
        found = await self._found("identities", stated)
        return {text: one["_id"] for one in found for text in one.get("identities", ())}

    async def of_addresses(self, addresses: Iterable[str]) -> dict[str, int]:
        """Id by verified e-mail address, case ignored; of those that exist."""
        found = await self._found("email_folded", {one.casefold() for one in addresses})
        return {one["email_folded"]: one["_id"] for one in found if one["email_verified"]}

    async def owners(self, email: str) -> set[int]:
        """Whose verified address this is, case ignored."""
        found = await self._found("email_folded", [email.casefold()])
        return {one["_id"] for one in found if one["email_verified"]}

    async def addresses(self, ids: Iterable[int]) -> dict[int, str]:
        """The verified e-mail addresses of those who have one, by id."""
        found = await self._found("_id", ids)
        return {one["_id"]: one["email"] for one in found if one.get("email_verified")}

    async def _found(self, field: str, values: Iterable[str] | Iterable[int]) -> list[Document]:
        found: list[Document] = []
        fields = ["identities", "email", "email_folded", "email_verified"]
        wanted = {one for one in values if not isinstance(one, str) or is_storable(one)}
        for chunk in in_chunks(wanted):
            found += await self._users.find({field: {"$in": chunk}}, projection=fields)
        return found
