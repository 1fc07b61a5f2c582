"""Subscriber lists of alerts: one document each, found by slug, by criteria and by index keys.

Rows: ``{_id, slug, title, url, description, tags, links, content_id, document_type,
email_document_supertype, government_document_supertype, tags_digest, links_digest, criteria, keys,
signon_user_uid, created_at, updated_at, last_alerted_at, last_audited_at}``. ``criteria`` is what
only one list may have; ``keys`` are the entries by which matching finds it (domain/matching.py).
Tags and links are kept as pairs, for their keys are their makers' and MongoDB has rules for names.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any

from domain.alert_criteria import Criteria
from domain.alert_lists import TYPES, Wanted
from models.counters import Counters
from models.database import Database, Document, Filter, Index
from models.users import in_chunks

BY_ID = [("_id", 1)]
READ_AT_ONCE = 10_000
AFTER_EVERY_SLUG = "{"  # slugs are of a-z, 0-9, - and _


class AlertLists:
    """``alerts_lists``."""

    def __init__(self, database: Database, counters: Counters):
        self._lists = database.collection("alerts_lists")
        self._ids = counters.alert_lists

    async def ensure_indexes(self) -> None:
        await self._lists.ensure_indexes(
            [
                Index((("slug", 1),), unique=True),
                Index((("criteria", 1),), unique=True),
                Index((("links_digest", 1),)),
                Index((("tags_digest", 1),)),
                Index((("content_id", 1),)),
                Index((("url", 1),)),
                Index((("keys", 1),)),
                Index((("created_at", 1),)),
            ]
        )

    # Reading

    async def get(self, number: int) -> Document | None:
        """The list of this id, or None."""
        return _read(await self._lists.find_one({"_id": number}))

    async def by_slug(self, slug: str) -> Document | None:
        return _read(await self._lists.find_one({"slug": slug}))

    async def by_key(self, key: str) -> Document | None:
        """The list of these criteria (`Wanted.key`), or None."""
        return _read(await self._lists.find_one({"criteria": key}))

    async def has_slug(self, slug: str) -> bool:
        return await self._lists.find_one({"slug": slug}, ["_id"]) is not None

    async def exactly(self, wanted: Wanted) -> Document | None:
        """The list of exactly these criteria, the first made of several, or None (1.1).

        The database is asked for one field alone, for it might choose the index of another that
        nearly all lists have the same in; few lists share a digest or a content id.
        """
        if not (wanted.links or wanted.tags or wanted.content_id):
            return await self.by_key(wanted.key)
        query: Document = {"content_id": wanted.content_id}
        if wanted.links:
            query = {"links_digest": wanted.links_digest}
        elif wanted.tags:
            query = {"tags_digest": wanted.tags_digest}
        same = {"content_id": wanted.content_id, **dict(zip(TYPES, wanted.types, strict=True))}
        found = await self._lists.find(query)
        fitting = [one for one in found if all(one[key] == same[key] for key in same)]
        return _read(min(fitting, key=lambda one: one["_id"], default=None))

    async def by_url(self, url: str) -> Document | None:
        """The first list made for the page at this path, or None."""
        return await self._first({"url": url})

    async def _first(self, query: Filter) -> Document | None:
        found = await self._lists.find(query, sort=BY_ID, limit=1)
        return _read(found[0]) if found else None

    async def of_slugs(self, prefix: str, after: str, limit: int) -> list[Document]:
        """Those whose slug begins so and comes after another, by slug; ``limit`` at most."""
        window = {"$gt": after} if after > prefix else {"$gte": prefix}
        query = {"slug": {**window, "$lt": prefix + AFTER_EVERY_SLUG}}
        found = await self._lists.find(query, sort=[("slug", 1)], limit=limit)
        return [_read_one(one) for one in found]

    async def get_all(self, ids: Collection[int]) -> dict[int, Document]:
        """Those of ``ids`` that exist, by id."""
        found: list[Document] = []
        for chunk in in_chunks(ids):
            found += await self._lists.find({"_id": {"$in": chunk}})
        return {one["_id"]: _read_one(one) for one in found}

    async def with_keys(
        self, keys: Collection[str], fields: Collection[str]
    ) -> AsyncIterator[list[Document]]:
        """``fields`` of the lists that have any of these index keys, some at a time.

        In no order; a list may come again when there are very many keys.
        """
        for chunk in in_chunks(keys):
            query = {"keys": {"$in": chunk}}
            rows = await self._lists.find(query, projection=list(fields))
            for some in in_chunks(rows):
                yield [_read_one(one) for one in some]

    async def made_before(self, until: int, since: int = 0) -> list[Document]:
        """Ids and slugs of the lists made from ``since`` on and before ``until`` (retention)."""
        query = {"created_at": {"$gte": since, "$lt": until}}
        return await self._lists.find(query, projection=["slug", "created_at"])

    # Changes

    async def add(self, fields: Mapping[str, Any]) -> Document:
        """Store a new one, with an id; raises `Duplicate` when slug or criteria are another's."""
        document = {"_id": await self._ids.take(), **fields}
        await self._lists.insert(_written(document))
        return document

    async def change(self, number: int, fields: Mapping[str, Any], now: int) -> bool:
        """Give it these fields, and a new ``updated_at`` if any differs; False when none does."""
        differs = [{key: {"$ne": value}} for key, value in fields.items()]
        query = {"_id": number, "$or": differs}
        return await self._lists.update(query, {"$set": {**fields, "updated_at": now}})

    async def note_alerted(self, ids: Collection[int], now: int) -> None:
        """Note that content for these was received now; may be called again."""
        for chunk in in_chunks(ids):
            query = {"_id": {"$in": chunk}}
            await self._lists.update_all(query, {"$max": {"last_alerted_at": now}})

    async def delete(self, number: int) -> bool:
        return bool(await self._lists.delete({"_id": number}))


def _written(document: Document) -> Document:
    pairs = {side: _pairs(document[side]) for side in ("tags", "links")}
    return {**document, **pairs}


def _pairs(criteria: Criteria) -> list[list[Any]]:
    return [[key, values] for key, values in criteria.items()]


def _read(document: Document | None) -> Document | None:
    return None if document is None else _read_one(document)


def _read_one(document: Document) -> Document:
    sides = [side for side in ("tags", "links") if side in document]
    return {**document, **{side: dict(document[side]) for side in sides}}
