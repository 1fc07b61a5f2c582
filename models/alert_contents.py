"""Content changes and messages of alerts, and the lists that each was matched with.

Content changes: ``{_id, content_id, title, base_path, change_note, description, tags, links,
public_updated_at, email_document_supertype, government_document_supertype, document_type,
publishing_app, govuk_request_id, priority, footnote, signon_user_uid, created_at, matched_at,
processed_at, identity}``; tags and links are pairs of a key and its values, and ``identity`` is
what no two have (1.9). Messages: ``{_id, sender_message_id, title, body, url, criteria_rules,
priority, govuk_request_id, omit_footer_unsubscribe_link,
override_subscription_frequency_to_immediate, unsubscribes, signon_user_uid, created_at, matched_at,
processed_at}``; ``unsubscribes`` is the list that ends once it was sent.

Matches: ``{_id: "<content>:<list>", content, list, kind, created_at}``, the content's instant.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from models.database import Database, Document, Index, down_to
from models.stretches import newest
from models.users import in_chunks

CONTENT_CHANGE: Final = "content_change"
MESSAGE: Final = "message"
KINDS: Final = (CONTENT_CHANGE, MESSAGE)
HEAD: Final = ("title", "created_at", "matched_at", "processed_at")


class AlertContents:
    """``alerts_content_changes``, ``alerts_messages`` and ``alerts_matches``."""

    def __init__(self, database: Database):
        self._contents = {
            CONTENT_CHANGE: database.collection("alerts_content_changes"),
            MESSAGE: database.collection("alerts_messages"),
        }
        self._matches = database.collection("alerts_matches")

    async def ensure_indexes(self) -> None:
        usual = [Index((("processed_at", 1), ("created_at", 1))), Index((("created_at", 1),))]
        own = [Index((("identity", 1),), unique=True), Index((("base_path", 1),))]
        await self._contents[CONTENT_CHANGE].ensure_indexes([*usual, *own])
        await self._contents[MESSAGE].ensure_indexes(usual)
        await self._matches.ensure_indexes(
            [
                Index((("content", 1), ("list", 1))),
                Index((("list", 1), ("created_at", 1))),
                Index((("created_at", 1), ("list", 1))),
            ]
        )

    # Reading

    async def get(self, kind: str, content: str) -> Document | None:
        """A content change or a message, or None."""
        return _read(await self._contents[kind].find_one({"_id": content}))

    async def get_all(self, kind: str, ids: Collection[str]) -> dict[str, Document]:
        """Those of ``ids`` that exist, by id."""
        found: list[Document] = []
        for chunk in in_chunks(ids):
            found += await self._contents[kind].find({"_id": {"$in": chunk}})
        return {one["_id"]: _with_sides(one) for one in found}

    async def of_identity(self, identity: str) -> Document | None:
        """The id of the content change of this identity, and when it was processed; or None."""
        changes = self._contents[CONTENT_CHANGE]
        return await changes.find_one({"identity": identity}, ["processed_at"])

    async def newest_of_path(self, base_path: str) -> Document | None:
        """The content change of a page that was received last, or None."""
        changes = self._contents[CONTENT_CHANGE]
        found = await changes.find({"base_path": base_path}, sort=[("created_at", -1)], limit=1)
        return _read(found[0]) if found else None

    async def received_before(self, kind: str, before: int, limit: int) -> list[Document]:
        """The newest that were received before an instant, the newest first, without criteria.

        The instant is not far in the future (`newest`).
        """
        rows, head = self._contents[kind], list(HEAD)
        return await newest(rows, "created_at", (0, before), limit, projection=head)

    async def unprocessed(self, kind: str, since: int, until: int) -> list[Document]:
        """Ids and instants of those received from ``since`` on, before ``until``, and not done."""
        query = {"processed_at": None, "created_at": {**down_to(since), "$lt": until}}
        return await self._contents[kind].find(query, projection=["created_at"])

    async def received_between(self, kind: str, since: int, until: int, limit: int) -> list[str]:
        """Ids of those received from ``since`` on and before ``until`` (retention)."""
        query = {"created_at": {**down_to(since), "$lt": until}}
        found = await self._contents[kind].find(query, projection=["_id"], limit=limit)
        return [one["_id"] for one in found]

    # Writing

    async def add(self, kind: str, document: Document) -> None:
        """Store a new one; raises `Duplicate` when its id or its identity is another's."""
        await self._contents[kind].insert(_written(document))

    async def mark(self, kind: str, content: str, field: str, now: int) -> bool:
        """Note when it was matched or processed; False when that was noted before."""
        query = {"_id": content, field: None}
        return await self._contents[kind].update(query, {"$set": {field: now}})

    async def note_rung(self, kind: str, content: str, until: int) -> None:
        """Note up to which subscriber's id inboxes have it."""
        await self._contents[kind].update({"_id": content}, {"$max": {"rung": until}})

    async def remove(self, kind: str, ids: Sequence[str]) -> int:
        """Forget contents and their matches for good; returns how many contents there were."""
        await self._matches.delete({"content": {"$in": list(ids)}})
        return await self._contents[kind].delete({"_id": {"$in": list(ids)}})

    # Matches

    async def add_matches(self, kind: str, content: Document, lists: Sequence[int]) -> None:
        """Note that these lists belong to it; may be called again."""
        head = {"content": content["_id"], "kind": kind, "created_at": content["created_at"]}
        for chunk in in_chunks(lists):
            await self._matches.insert_missing(
                [{"_id": f"{content['_id']}:{one}", "list": one, **head} for one in chunk]
            )

    async def matched(self, content: str) -> list[int]:
        """The lists that were noted for a content, by id."""
        found = await self._matches.find({"content": content}, projection=["list"])
        return sorted(one["list"] for one in found)

    async def match_counts(self, contents: Collection[str]) -> dict[str, int]:
        """How many lists were noted for each of these; contents without any are 0."""
        counted = dict.fromkeys(contents, 0)
        for chunk in in_chunks(contents):
            rows = await self._matches.counts("content", {"content": {"$in": chunk}})
            counted |= {one["_id"]: one["count"] for one in rows}
        return counted

    async def matches_of(self, lists: Collection[int], since: int, until: int) -> list[Document]:
        """Matches of these lists with content received from ``since`` on and before ``until``."""
        found: list[Document] = []
        window = {"created_at": {**down_to(since), "$lt": until}}
        for chunk in in_chunks(lists):
            found += await self._matches.find({"list": {"$in": chunk}, **window})
        return found

    async def matches_between(self, since: int, until: int) -> list[Document]:
        """Content, list and kind of each match with content of this time."""
        query = {"created_at": {**down_to(since), "$lt": until}}
        return await self._matches.find(query, projection=["content", "list", "kind"])


def _written(document: Document) -> Document:
    sides = [side for side in ("tags", "links") if side in document]
    return {**document, **{side: [list(one) for one in document[side].items()] for side in sides}}


def _read(document: Document | None) -> Document | None:
    return None if document is None else _with_sides(document)


def _with_sides(document: Mapping[str, Any]) -> Document:
    sides = [side for side in ("tags", "links") if side in document]
    return {**document, **{side: dict(document[side]) for side in sides}}
