"""All that a database holds, as lines of JSON, and back: for archives of whole instances.

A line is one document in MongoDB's Extended JSON (canonical), which keeps every type of BSON.
While an import goes on ``meta`` holds ``{_id: "import", archive, done: [collections]}``, and no
program uses the database (`models/migrations.py`).
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from bson import json_util
from bson.errors import BSONError

from models.database import Database, Document
from models.migrations import FIRST, IMPORT, SCHEMA

META: Final = "meta"
AT_ONCE: Final = 50  # documents of one answer, each of up to 16 MiB; most have some hundred bytes
# The history has a new name after a restore, so that clients list afresh; indexes are made anew.
LEFT_OUT: Final = frozenset({"epoch", "indexes", IMPORT})
OPTIONS: Final = json_util.CANONICAL_JSON_OPTIONS.with_options(tz_aware=False, tzinfo=None)


class NotADocument(ValueError):
    """A line is not what one document was written as."""


@dataclass(frozen=True)
class Begun:
    """An import that was begun: of which archive, and which collections are whole."""

    archive: str
    done: frozenset[str]


class Dumps:
    """Reads and writes collections whole."""

    def __init__(self, database: Database):
        self._database = database
        self._meta = database.collection(META)

    async def names(self) -> list[str]:
        """The collections that there are."""
        return await self._database.collection_names()

    async def version(self) -> tuple[int, int] | None:
        """Of which version the data are, and since which they are read so; None: no data."""
        found = await self._meta.find_one({"_id": SCHEMA})
        if found is not None:
            return int(found["version"]), int(found["since"])
        return None if await self._meta.find_one({"_id": "epoch"}) is None else (FIRST, FIRST)

    async def lines(self, name: str) -> AsyncIterator[list[bytes]]:
        """The documents of a collection, some at a time; memory does not grow with it."""
        async for batch in self._database.collection(name).batches(AT_ONCE):
            kept = batch if name != META else [one for one in batch if one["_id"] not in LEFT_OUT]
            yield [_line(one) for one in kept]

    async def put(self, name: str, lines: Sequence[bytes]) -> None:
        """Store these documents; those that are there already stay as they are.

        Raises `NotADocument`.
        """
        await self._database.collection(name).insert_missing([_document(one) for one in lines])

    async def count(self, name: str) -> int:
        """How many documents a collection holds, of those that a dump has."""
        out = [*LEFT_OUT] if name == META else []
        query = {"_id": {"$nin": out}} if out else {}
        return await self._database.collection(name).count(query)

    async def held(self) -> list[str]:
        """The collections in which there is something."""
        return [
            name
            for name in await self.names()
            if await self._database.collection(name).find_one({}, ["_id"]) is not None
        ]

    # An import

    async def begun(self) -> Begun | None:
        """The import that was begun and is not over."""
        found = await self._meta.find_one({"_id": IMPORT})
        return None if found is None else Begun(found["archive"], frozenset(found["done"]))

    async def begin(self, archive: str) -> None:
        """From now on nobody uses the database until `end`."""
        await self._meta.insert({"_id": IMPORT, "archive": archive, "done": []})

    async def note_done(self, name: str) -> None:
        """This collection is whole."""
        await self._meta.update({"_id": IMPORT}, {"$addToSet": {"done": name}})

    async def end(self, version: int, since: int) -> None:
        """It is whole: from now on it is of this version, unless it says another."""
        row = {"_id": SCHEMA, "version": version, "since": since, "by": None, "beat": 0}
        await self._meta.insert_missing([row])
        await self._meta.delete({"_id": IMPORT})

    async def undo(self) -> None:
        """Remove all that was put into a database that was empty before."""
        await self._database.drop()


def _line(document: Document) -> bytes:
    return json_util.dumps(document, json_options=OPTIONS, separators=(",", ":")).encode()


def _document(line: bytes) -> Document:
    try:
        found = json_util.loads(line, json_options=OPTIONS)
    except (ValueError, TypeError, KeyError, BSONError, RecursionError) as error:
        raise NotADocument("not a document") from error
    if not isinstance(found, dict) or "_id" not in found:
        raise NotADocument("not a document with an _id")
    return found
