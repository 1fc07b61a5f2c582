"""The one importer of Motor: connections, write concern, time limits and errors, set once.

Writes are ``w: majority, j: true`` with a time limit, reads are majority from the primary
(house, decision 9). Every driver error leaves here as a ``domain.errors`` class or `Duplicate`.
"""

import os
from collections.abc import Sequence
from typing import Any

# Each operation runs on this pool, whose default (5 x cores) two change streams' worth of
# concurrent requests exhaust; it must be set before Motor is imported (stack, rule 4).
os.environ.setdefault("MOTOR_MAX_WORKERS", "48")

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorGridFSBucket  # noqa: E402
from pymongo import errors, monitoring  # noqa: E402
from pymongo.read_concern import ReadConcern  # noqa: E402
from pymongo.write_concern import WriteConcern  # noqa: E402

from models.collection import MOST_KEYS as MOST_KEYS  # noqa: E402
from models.collection import Collection as Collection  # noqa: E402
from models.collection import Document as Document  # noqa: E402
from models.collection import Filter as Filter  # noqa: E402
from models.collection import Update as Update  # noqa: E402
from models.failures import Duplicate as Duplicate  # noqa: E402
from models.failures import translated  # noqa: E402
from models.indexes import Index as Index  # noqa: E402
from models.indexes import down_to as down_to  # noqa: E402
from models.indexes import up_to as up_to  # noqa: E402
from models.indexing import Indexing  # noqa: E402
from models.round_trips import Note, RoundTrip, unnoticed  # noqa: E402

SELECTION_LIMIT_MS = 3_000
ANSWER_LIMIT_MS = 20_000
WRITE_LIMIT_MS = 10_000
EMBEDDED_MOST_KEYS = 50  # the embedded server's time grows with their square


def _client(uri: str, **options: Any) -> Any:
    """A client of the server; ValueError for a URI that cannot be read, without a word of it."""
    options["connectTimeoutMS"] = options["serverSelectionTimeoutMS"] = SELECTION_LIMIT_MS
    try:
        return AsyncIOMotorClient(uri, appname="carillon", **options)
    except (errors.ConfigurationError, ValueError):
        raise ValueError(
            "not a MongoDB URI; special characters in names and passwords are percent-encoded"
        ) from None


class Database:
    """A connection pool to one database; make it inside the loop it is used on.

    One query asks for at most ``most_keys`` documents by ``_id``.
    Raises ValueError for a URI that cannot be read.
    """

    def __init__(
        self,
        uri: str,
        name: str,
        *,
        most_keys: int = EMBEDDED_MOST_KEYS,
        listeners: Sequence[monitoring.CommandListener] = (),
        note: Note = unnoticed,
    ):
        self._note, self._most_keys = note, most_keys
        self._client = _client(
            uri,
            socketTimeoutMS=ANSWER_LIMIT_MS,
            waitQueueTimeoutMS=SELECTION_LIMIT_MS,
            event_listeners=list(listeners),
        )
        self._collections: list[Collection] = []
        self._database = self._client.get_database(
            name,
            write_concern=WriteConcern(w="majority", j=True, wtimeout=WRITE_LIMIT_MS),
            read_concern=ReadConcern("majority"),
        )
        self.indexing = Indexing(self._database)

    def collection(self, name: str) -> Collection:
        raw, most_keys = self._database[name], self._most_keys
        one = Collection(raw, self.indexing, note=self._note, most_keys=most_keys)
        self._collections.append(one)
        return one

    def bucket(self, name: str) -> Any:
        """Where files are kept in pieces, as GridFS does; its errors are the driver's."""
        return AsyncIOMotorGridFSBucket(self._database, name)

    async def idle(self) -> None:
        """Return when no insert is under way any more, also of those whose callers were cut off."""
        for one in self._collections:
            await one.idle()

    async def build_indexes(self) -> None:
        """Build the indexes that were put off; what fails is tried again by the next call."""
        with RoundTrip(self._note, "make indexes", write=True):
            await self.indexing.build()

    async def command(self, name: str) -> Document:
        """What the server answers to a command without arguments; raises `Unavailable`."""
        with translated(write=False):
            return dict(await self._client.admin.command(name))

    async def ping(self) -> None:
        """Return when the server answers; raises `Unavailable`."""
        with translated(write=False):
            await self._client.admin.command("ping")

    async def collection_names(self) -> list[str]:
        """What collections there are, but for the server's own, by name."""
        with translated(write=False):
            found = await self._database.list_collection_names()
        return sorted(name for name in found if not name.startswith("system."))

    async def drop(self) -> None:
        """Remove this database with all that is in it."""
        with translated(write=True):
            await self._client.drop_database(self._database.name)

    def close(self) -> None:
        self._client.close()


class Administration:
    """What setting up a fresh embedded server asks of the driver."""

    async def create_user(self, uri: str, user: str, password: str) -> None:
        """Make ``user`` in the database admin with the role root."""
        client: Any = AsyncIOMotorClient(uri, serverSelectionTimeoutMS=SELECTION_LIMIT_MS)
        try:
            await client.admin.command("createUser", user, pwd=password, roles=["root"])
        finally:
            client.close()

    async def names(self, uri: str) -> list[str]:
        """Every user, as database.name, and every database."""
        client: Any = AsyncIOMotorClient(uri, serverSelectionTimeoutMS=SELECTION_LIMIT_MS)
        try:
            # SecantusDB answers `usersInfo` for all databases with nothing.
            users = await client.admin["system.users"].find().to_list(None)
            return [one["_id"] for one in users] + list(await client.list_database_names())
        finally:
            client.close()
