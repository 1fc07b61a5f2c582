"""Announcements: one document each, a tombstone once deleted, and each of its versions beside it.

``told`` says whether readers have it, as far as was told; ``was`` what was told before the latest
change: its event follows from the two.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from domain.announcements import STEP, Announcement
from domain.records import Record
from models.database import Database, Document, Index, up_to
from models.users import in_chunks

LARGEST_ID = 2**63 - 1
_WAS = {"told": "$told", "groups": "$groups"}


class Announcements:
    """``announcements`` and ``announcements_versions``."""

    def __init__(self, database: Database):
        self._kept = database.collection("announcements")
        self._versions = database.collection("announcements_versions")

    async def ensure_indexes(self) -> None:
        await self._kept.ensure_indexes(
            [Index((("revision", 1), ("_id", 1))), Index((("deleted", 1), ("_id", 1)))]
        )
        await self._versions.ensure_indexes([Index((("announcement", 1), ("version", 1)))])

    # Reading

    async def get(self, announcement: int) -> Document | None:
        """One that was not deleted, or None."""
        if not 0 < announcement <= LARGEST_ID:
            return None
        return await self._kept.find_one({"_id": announcement, "deleted": False})

    async def get_all(self, ids: Iterable[int]) -> list[Document]:
        """Those of ``ids`` that exist, deleted ones included."""
        found: list[Document] = []
        for chunk in in_chunks(ids):
            found += await self._kept.find({"_id": {"$in": chunk}})
        return found

    async def by_reference(self, reference: str) -> Document | None:
        """The one of this reference, or None."""
        query = {"deleted": False, "fields.reference": reference}
        return await self._kept.find_one(query)

    async def listed(self, offset: int, limit: int) -> list[Document]:
        """A stretch of all of them, by id."""
        return await self._kept.find(
            {"deleted": False}, sort=[("_id", 1)], skip=offset, limit=limit
        )

    async def standing(self) -> list[Document]:
        """All that are not deleted, whoever they are for: they are few."""
        return await self._kept.find({"deleted": False})

    async def changed_between(self, since: int, until: int) -> list[Document]:
        """All, deleted ones too, with ``since`` ≤ revision ≤ ``until``."""
        return await self._kept.find({"revision": {"$gte": since, **up_to(until)}})

    async def versions(self, announcement: int) -> list[Document]:
        """Every version of one, the oldest first."""
        query = {"announcement": announcement}
        return await self._versions.find(query, sort=[("version", 1)])

    async def at_versions(self, keys: Sequence[str]) -> dict[str, Document]:
        """Versions by their keys, as far as they are there."""
        found: list[Document] = []
        for chunk in in_chunks(keys):
            found += await self._versions.find({"_id": {"$in": chunk}})
        return {one["_id"]: one for one in found}

    # Changes, each of one record; each may be done again

    async def add(self, one: Announcement, record: Record, stamp: int) -> None:
        """Store a new one, unless it is there already, if only as a tombstone."""
        told = one.is_in_force(stamp)
        document = {
            "_id": one.id,
            **content_of(one),
            "created_on": one.created_on,
            "live": STEP,
            "revision": stamp,
            "reached": list(one.groups) if told else [],
            "told": told,
            "was": {"told": False, "groups": []},
            "deleted": False,
            "changed_by": record.id,
        }
        await self._kept.insert_missing([document])
        await self._note_version(one, record)

    async def save(self, one: Announcement, record: Record, stamp: int) -> None:
        """Put this version in the place of the one before it."""
        told = one.is_in_force(stamp)
        fields: Document = {key: {"$literal": value} for key, value in content_of(one).items()}
        groups = {"$literal": list(one.groups)}
        fields["reached"] = {"$setUnion": ["$reached", groups]} if told else "$reached"
        query = {"_id": one.id, "version": one.version - 1, "deleted": False}
        await self._change(query, {**fields, "told": told}, record, stamp)
        await self._note_version(one, record)

    async def turn(self, announcement: int, version: int, record: Record, stamp: int) -> None:
        """Its window opened or closed: note whether its readers have it now."""
        found = await self.get(announcement)
        if found is None or found["version"] != version:
            return
        told = from_document(found).is_in_force(stamp)
        query = {"_id": announcement, "version": version, "deleted": False, "told": not told}
        reached = {"$setUnion": ["$reached", "$groups"]} if told else "$reached"
        await self._change(query, {"told": told, "reached": reached}, record, stamp)

    async def delete(self, announcement: int, record: Record, stamp: int) -> None:
        """Make a tombstone of it; its versions stay to be read by editors."""
        query = {"_id": announcement, "deleted": False}
        gone: Document = {"deleted": True, "told": False, "fields": {"$literal": {}}}
        await self._change(query, gone, record, stamp)

    async def _change(
        self, query: Mapping[str, Any], fields: Document, record: Record, stamp: int
    ) -> None:
        raised = {
            "live": {"$add": ["$live", STEP]},
            "revision": {"$max": [stamp, {"$add": ["$revision", 1]}]},
            "was": _WAS,
            "changed_by": record.id,
        }
        await self._kept.update(query, [{"$set": {**fields, **raised}}])

    async def _note_version(self, one: Announcement, record: Record) -> None:
        row = {"_id": one.key, "announcement": one.id, **content_of(one)}
        more = {"created_on": one.created_on, "at": record.stamp, "by": record.actor}
        await self._versions.insert_missing([{**row, **more}])

    async def restamp_changed(self, ids: Sequence[int], record: str, revision: int) -> None:
        """Give what a record changed a younger place (hole H1)."""
        query = {"_id": {"$in": list(ids)}, "changed_by": record, "revision": {"$lt": revision}}
        await self._kept.update_all(query, {"$set": {"revision": revision}})


def content_of(one: Announcement) -> Document:
    """What its editors made it, as it is stored; also in records."""
    return {
        "version": one.version,
        "fields": dict(one.fields),
        "groups": list(one.groups),
        "owner": dict(one.owner),
        "starts": one.starts,
        "ends": one.ends,
    }


def from_document(document: Mapping[str, Any]) -> Announcement:
    """An announcement as stored, or one of its versions."""
    return Announcement(
        id=document.get("announcement", document["_id"]),
        version=document["version"],
        fields=document["fields"],
        groups=tuple(document["groups"]),
        owner=document["owner"],
        starts=document["starts"],
        ends=document["ends"],
        created_on=document["created_on"],
        live=document.get("live", STEP),
        revision=document.get("revision", 0),
        reached=frozenset(document.get("reached", ())),
        is_deleted=document.get("deleted", False),
    )
