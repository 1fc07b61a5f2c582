"""Contents of files in GridFS, and the names of those that may be left without an owner."""

from contextlib import suppress

from gridfs.errors import NoFile

from models.database import Database, Index
from models.failures import translated


class Files:
    """``stages_files.*``; ``stages_uploads`` holds `_id` (a name) and `at` (µs) while in doubt."""

    def __init__(self, database: Database):
        self._bucket = database.bucket("stages_files")
        self._in_doubt = database.collection("stages_uploads")

    async def ensure_indexes(self) -> None:
        await self._in_doubt.ensure_indexes([Index((("at", 1),))])

    async def doubt(self, name: str, now: int) -> None:
        """Note that this file may soon have no owner; may be called again."""
        await self._in_doubt.update({"_id": name}, {"$set": {"at": now}}, upsert=True)

    async def settle(self, name: str) -> None:
        """It has an owner, or is gone."""
        await self._in_doubt.delete({"_id": name})

    async def in_doubt(self, before: int) -> list[str]:
        """The names noted before that instant."""
        found = await self._in_doubt.find({"at": {"$gt": 0, "$lt": before}})
        return [one["_id"] for one in found]

    async def put(self, name: str, content: bytes) -> None:
        """Store a file under a name that is new."""
        with translated(write=True):
            await self._bucket.upload_from_stream_with_id(name, name, content)

    async def read(self, name: str) -> bytes | None:
        """A file's content; None when there is none of this name."""
        with translated(write=False):
            try:
                stream = await self._bucket.open_download_stream(name)
            except NoFile:
                return None
            content: bytes = await stream.read()
            return content

    async def remove(self, name: str) -> None:
        """Remove a file, also one of which only pieces are there; may be called again."""
        with translated(write=True), suppress(NoFile):
            await self._bucket.delete(name)
