"""One collection as repositories use it: few calls, gathered where many come at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pymongo import ReturnDocument, UpdateMany, UpdateOne, errors

from domain.errors import Unavailable
from models.asking import Asker
from models.failures import Duplicate, refusals
from models.gathering import Gatherer, Known, Refused
from models.indexes import Index
from models.indexing import Indexing, made
from models.round_trips import Note, RoundTrip, unnoticed

Document = dict[str, Any]
Filter = Mapping[str, Any]
Update = Mapping[str, Any] | Sequence[Mapping[str, Any]]

MOST_UPSERTS = 5
CROWD_ASKS, CROWD_LINGERS_S = 16, 0.2  # a storm of clients that come back asks in large queries
MOST_KEYS = 250
READ_AT_ONCE = 5_000  # documents in one answer; the usual 101 make a round trip of every list


class Collection:
    """One collection, with the few calls that repositories need.

    Any of them raises `Unavailable` when the database is away; writes raise `OutcomeUnknown`
    when they were sent and not acknowledged, `Duplicate` when a unique index refuses and
    `TooLarge` for a document that no database would hold.
    """

    def __init__(
        self,
        motor: Any,
        indexing: Indexing,
        *,
        note: Note = unnoticed,
        most_keys: int = MOST_KEYS,
    ):
        self._motor, self._indexing = motor, indexing
        self._note, self.most_keys = note, most_keys
        self._gatherer = Gatherer(self._insert_all)
        self._changes = Gatherer(self._change_all)
        self._asker = Asker(
            self._find_all, most=most_keys, crowd=CROWD_ASKS, linger_s=CROWD_LINGERS_S
        )

    def _asked(self, operation: str, *, write: bool) -> RoundTrip:
        return RoundTrip(self._note, operation, write=write)

    async def find_one(self, query: Filter, projection: Any = None) -> Document | None:
        """The first document that fits, or None. Not for ordered searches (stack, rule 3)."""
        with self._asked("find one", write=False):
            found: Document | None = await self._motor.find_one(query, projection)
            return found

    async def get(self, key: Any) -> Document | None:
        """The document with this ``_id``, or None; gathered with others asked for meanwhile.

        Not to be changed: it may be handed to several.
        """
        return await self._asker.get(key)

    async def _find_all(self, keys: Sequence[Any]) -> list[Document]:
        query = {"_id": keys[0] if len(keys) == 1 else {"$in": list(keys)}}
        return await self.find(query)

    async def find(
        self,
        query: Filter,
        *,
        projection: Any = None,
        sort: Sequence[tuple[str, int]] | None = None,
        limit: int = 0,
        skip: int = 0,
    ) -> list[Document]:
        """Documents that fit, at most ``limit`` (0: no limit) after ``skip``, in ``sort`` order."""
        with self._asked("find", write=False):
            cursor = self._motor.find(
                query,
                projection,
                sort=sort,
                skip=skip,
                limit=limit,
                batch_size=READ_AT_ONCE,
            )
            found: list[Document] = await cursor.to_list(None)
            return found

    async def batches(self, size: int) -> AsyncIterator[list[Document]]:
        """Every document, ``size`` at a time, in the database's own order: one cursor, read once.

        What is written meanwhile may be among them or not.
        """
        with self._asked("read all", write=False):
            cursor = self._motor.find({}, batch_size=size)
            while batch := await cursor.to_list(size):
                yield batch

    async def count(self, query: Filter) -> int:
        """How many documents fit; linear in them on the embedded server."""
        with self._asked("count", write=False):
            return int(await self._motor.count_documents(query))

    async def counts(self, field: str, query: Filter) -> list[Document]:
        """How many documents fit for each value of a field: ``_id`` and ``count``."""
        group = {"$group": {"_id": f"${field}", "count": {"$sum": 1}}}
        return await self.aggregate([{"$match": query}, group])

    async def aggregate(self, stages: Sequence[Mapping[str, Any]]) -> list[Document]:
        """What these stages of the database's own language make of the documents."""
        with self._asked("aggregate", write=False):
            return list(await self._motor.aggregate(stages).to_list(None))

    async def insert(self, document: Document) -> None:
        """Store one new document; gathered with others that are asked for meanwhile."""
        for duplicate in (await self.begin_insert([document])).values():
            raise duplicate

    async def insert_missing(self, documents: Sequence[Document]) -> int:
        """Store those documents whose unique keys are free; returns how many were."""
        return len(documents) - len(await self.begin_insert(documents))

    def begin_insert(self, documents: Sequence[Document]) -> "asyncio.Future[Known]":
        """The same, for who waits for several at once; which were there already, by index."""
        return self._gatherer.insert(documents)

    async def _insert_all(self, documents: Sequence[Document]) -> Refused:
        """One command; returns the documents that were refused, by their index."""
        with self._asked("insert", write=True):
            try:
                await self._motor.insert_many(documents, ordered=False)
            except errors.BulkWriteError as error:
                return refusals(error)
        return {}

    async def idle(self) -> None:
        """Return when nothing that was gathered is under way any more."""
        await self._gatherer.idle()
        await self._changes.idle()

    async def update(self, query: Filter, change: Update, *, upsert: bool = False) -> bool:
        """Change the one document that fits; True when something changed (or was made)."""
        with self._asked("update", write=True):
            done = await self._motor.update_one(query, change, upsert=upsert)
            return bool(done.modified_count or done.upserted_id is not None)

    async def change(self, query: Filter, change: Update) -> None:
        """`update` for who need not know whether it changed; gathered with others meanwhile."""
        duplicates = await self._changes.insert([{"query": query, "change": change}])
        for duplicate in duplicates.values():
            raise duplicate

    async def _change_all(self, changes: Sequence[Document]) -> Refused:
        return (await self._bulk([UpdateOne(one["query"], one["change"]) for one in changes]))[1]

    async def _bulk(self, writes: Sequence[Any]) -> tuple[int, Refused]:
        """One command: how many documents changed, and which writes were refused."""
        with self._asked("update", write=True):
            try:
                done = await self._motor.bulk_write(writes, ordered=False)
            except errors.BulkWriteError as error:
                return int((error.details or {}).get("nModified", 0)), refusals(error)
        return int(done.modified_count), {}

    async def update_all(self, query: Filter, change: Update) -> int:
        """Change every document that fits; returns how many changed."""
        with self._asked("update", write=True):
            return int((await self._motor.update_many(query, change)).modified_count)

    async def update_each(self, changes: Sequence[tuple[Filter, Mapping[str, Any]]]) -> int:
        """Carry out each (query, change) on all that fit, in one command, in any order.

        Returns how many documents changed.
        """
        changed, refused = await self._bulk([UpdateMany(*one) for one in changes])
        for one in refused.values():
            raise one
        return changed

    async def upsert_all(self, changes: Sequence[tuple[Filter, Mapping[str, Any]]]) -> set[int]:
        """Carry out each (query by ``_id``, change) or make its document, in one command.

        Returns the indexes of those that somebody else made at the same moment: not changed.
        """
        writes = [UpdateOne(query, change, upsert=True) for query, change in changes]
        _, refused = await self._bulk(writes)
        for one in refused.values():
            if not isinstance(one, Duplicate):
                raise one
        return set(refused)

    async def replace(self, document: Document) -> None:
        """Put this document in the place of the one with its ``_id``, if any."""
        with self._asked("update", write=True):
            await self._motor.replace_one({"_id": document["_id"]}, document, upsert=True)

    async def increment(self, key: str, by: int) -> int:
        """Raise the counter ``key`` by ``by`` and return its new value (small collections only).

        When two processes make it at once, one of them may come away empty and asks again.
        """
        for _ in range(MOST_UPSERTS):
            with suppress(Duplicate), self._asked("increment", write=True):
                found = await self._motor.find_one_and_update(
                    {"_id": key},
                    {"$inc": {"value": by}},
                    upsert=True,
                    return_document=ReturnDocument.AFTER,
                )
                if found is not None:
                    return int(found["value"])
        raise Unavailable

    async def delete(self, query: Filter) -> int:
        """Remove every document that fits; returns how many."""
        with self._asked("delete", write=True):
            return int((await self._motor.delete_many(query)).deleted_count)

    async def ensure_indexes(self, indexes: Sequence[Index]) -> None:
        """Make the indexes that are missing, or have them built later; may be called again."""
        with self._asked("make indexes", write=True):
            await self._indexing.ensure(self._motor, indexes)

    async def index_names(self) -> set[str]:
        """The names of the indexes that are there."""
        with self._asked("list indexes", write=False):
            return set(await made(self._motor))

    async def drop_indexes(self, names: Sequence[str]) -> None:
        """Remove those of these indexes that are there."""
        with self._asked("drop indexes", write=True):
            for name in (await made(self._motor)).keys() & set(names):
                await self._motor.drop_index(name)
