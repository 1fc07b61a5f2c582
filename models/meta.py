"""Facts about the database itself."""

import secrets
from collections.abc import Mapping, Sequence

from models.database import Database

INDEXES = "indexes"


class Meta:
    """``meta``: one document per fact."""

    def __init__(self, database: Database):
        self._meta = database.collection("meta")

    async def epoch(self) -> str:
        """The name of this database's history; cursors of another are of no use here.

        Made once. Whoever restores a backup removes it, so that clients list afresh.
        """
        return await self._made_once("epoch", secrets.token_hex(4))

    async def secret(self) -> bytes:
        """What nobody outside knows, the same for all processes. Made once."""
        return bytes.fromhex(await self._made_once("secret", secrets.token_hex(32)))

    async def note_indexes(self, wanted: Mapping[str, Sequence[str]]) -> None:
        """Keep which indexes the program that was started last wants, by collection."""
        if await self.wanted_indexes() != dict(wanted):
            await self._meta.replace({"_id": INDEXES, "value": dict(wanted)})

    async def wanted_indexes(self) -> dict[str, list[str]]:
        """Which indexes the program that was started last wants; none when it did not say."""
        found = await self._meta.find_one({"_id": INDEXES})
        return {} if found is None else dict(found["value"])

    async def known_epoch(self) -> str | None:
        """`epoch`, or None when there is none yet."""
        found = await self._meta.find_one({"_id": "epoch"})
        return None if found is None else str(found["value"])

    async def _made_once(self, name: str, value: str) -> str:
        """What is kept under this name: the value that the first of all asked to be kept."""
        await self._meta.insert_missing([{"_id": name, "value": value}])
        found = await self._meta.find_one({"_id": name})
        assert found is not None
        return str(found["value"])
