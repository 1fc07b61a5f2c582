"""Facts about the database itself."""

import secrets

from models.database import Database


class Meta:
    """``meta``: one document per fact."""

    def __init__(self, database: Database):
        self._meta = database.collection("meta")

    async def epoch(self) -> str:
        """The name of this database's history; cursors of another are of no use here.

        Made once. Whoever restores a backup removes it, so that clients list afresh.
        """
        await self._meta.insert_missing([{"_id": "epoch", "value": secrets.token_hex(4)}])
        found = await self._meta.find_one({"_id": "epoch"})
        assert found is not None
        return str(found["value"])
