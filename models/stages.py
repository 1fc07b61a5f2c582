"""Sets, their messages, and subscriptions: one shape of collection, changed as a whole.

A row has `_id`, `edition`, `created_at` and `updated_at` (µs) beside its fields. A write names the
edition that it was made from, and loses to any other. A deleted row leaves a tombstone with none
of them, so that a late finisher does not make it once more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from domain.clock import SECOND
from domain.stage_funnel import Standing
from domain.windows import Listed, Window
from models.counters import Counters
from models.database import Database, Document, Filter, Index, up_to
from models.files import Files
from models.schedules import TOMBSTONE_KEPT
from models.stage_behind import Behind, Estimates
from models.users import in_chunks
from models.windows import listed

READY: Final = {"active": True, "completed": False, "process_status": 0}
IS_THERE: Final = {"created_at": {"$gt": 0}}  # a tombstone has none
SEQUENCE: Final = "sequence_number"
EDITION: Final = "edition"  # seed 000 has a field named version
AGES: Final = Index((("expires", 1),), expire_after_s=0)
OLDEST_FIRST: Final = (("_id", 1),)
NEWEST_FIRST: Final = (("created_at", -1), ("_id", -1))

Sort = Sequence[tuple[str, int]]


class Table:
    """One of the collections, its list in the order ``sort``."""

    def __init__(self, database: Database, name: str, indexes: Sequence[Index], sort: Sort):
        self._rows = database.collection(name)
        self._indexes, self._sort = indexes, sort

    async def ensure_indexes(self) -> None:
        await self._rows.ensure_indexes([*self._indexes, AGES])

    async def listed(self, window: Window, wanted: Filter) -> Listed[Document]:
        """The rows that are wanted, as far as they lie in the window."""
        return await listed(self._rows, {**IS_THERE, **wanted}, window, self._sort)

    async def get(self, row: int) -> Document | None:
        return await self._rows.find_one({"_id": row, **IS_THERE})

    async def was_made(self, row: int) -> bool:
        """Was it ever stored? True also of what is deleted since."""
        return await self._rows.find_one({"_id": row}, {"_id": 1}) is not None

    async def first(self, wanted: Filter) -> Document | None:
        """Any one row that is wanted."""
        found = await self._rows.find(wanted, limit=1)
        return found[0] if found else None

    async def find(self, wanted: Filter, *, sort: Sort = OLDEST_FIRST) -> list[Document]:
        """All rows that are wanted."""
        return await self._rows.find({**wanted, **IS_THERE}, sort=sort)

    async def field_of(self, name: str, numbers: Iterable[int]) -> dict[int, Any]:
        """One field of these rows, of those that are there, by their numbers."""
        found: dict[int, Any] = {}
        for chunk in in_chunks(sorted(set(numbers))):
            query = {"_id": {"$in": chunk}, **IS_THERE}
            rows = await self._rows.find(query, projection=[name])
            found |= {one["_id"]: one[name] for one in rows}
        return found

    async def add(self, row: Document) -> None:
        """Store a new one; nothing happens if it, or another in its place, is or was there."""
        await self._rows.insert_missing([row])

    async def save(self, old: Document, new: Document) -> bool:
        """Put ``new`` in the place of ``old``; False when that is not there as it was.

        Raises `Duplicate` when its place is taken.
        """
        changes = {name: value for name, value in new.items() if value != old.get(name, self)}
        query = {"_id": old["_id"], EDITION: old[EDITION]}
        return await self._rows.update(query, {"$set": {**changes, EDITION: old[EDITION] + 1}})

    async def delete(self, old: Document, now: int) -> bool:
        """Leave a tombstone; False when it is not there any more."""
        expires = datetime.fromtimestamp(now / SECOND, UTC) + TOMBSTONE_KEPT
        gone = {name: "" for name in old if name != "_id"}
        change = {"$set": {"expires": expires}, "$unset": gone}
        return await self._rows.update({"_id": old["_id"], **IS_THERE}, change)


class MessageSets(Table):
    """``stages_sets``; no two have one name."""

    def __init__(self, database: Database):
        indexes = [
            Index((("short_name", 1),), unique=True, sparse=True),
            Index((("next_set", 1),)),
            Index((("default_schedule", 1),)),
        ]
        super().__init__(database, "stages_sets", indexes, OLDEST_FIRST)

    async def forget_next(self, number: int, now: int) -> None:
        """Whatever led on to a set that is gone leads nowhere."""
        change = {"$set": {"next_set": None, "updated_at": now}, "$inc": {EDITION: 1}}
        await self._rows.update_all({"next_set": number}, change)


class Messages(Table):
    """``stages_messages``; ``place`` (set, number, language) is each one's own."""

    def __init__(self, database: Database):
        indexes = [
            Index((("place", 1),), unique=True, sparse=True),
            Index((("messageset", 1), ("sequence_number", 1))),
            Index((("binary_content", 1),)),
        ]
        super().__init__(database, "stages_messages", indexes, OLDEST_FIRST)

    async def of_set(self, number: int) -> list[Document]:
        """All messages of a set, in all languages, by their number."""
        sort = (("sequence_number", 1), ("_id", 1))
        return await self.find({"messageset": number}, sort=sort)

    async def places(self, sets: Sequence[int]) -> list[Document]:
        """The set, language and number of every message of these sets."""
        query = {"messageset": {"$in": list(sets)}}
        fields = ["messageset", "lang", "sequence_number"]
        return await self._rows.find(query, projection=fields)

    async def languages(self) -> list[Document]:
        """The set and the language of every message."""
        return await self._rows.find(IS_THERE, projection={"messageset": 1, "lang": 1})

    async def numbers(self, sets: Iterable[int]) -> dict[tuple[int, str], list[int]]:
        """The numbers of these sets' messages by set and language, ascending."""
        wanted, shown = {"messageset": {"$in": sorted(set(sets))}}, ("messageset", "lang", SEQUENCE)
        found: dict[tuple[int, str], list[int]] = {}
        for one in await self._rows.find(
            {**wanted, **IS_THERE}, projection=dict.fromkeys(shown, 1)
        ):
            found.setdefault((one["messageset"], one["lang"]), []).append(one[SEQUENCE])
        return {place: sorted(numbers) for place, numbers in found.items()}


class Subscriptions(Table):
    """``stages_subscriptions``; ``_id`` is the number, ``uuid`` the id that is shown."""

    def __init__(self, database: Database):
        indexes = [
            Index((("uuid", 1),), unique=True, sparse=True),
            Index(NEWEST_FIRST),
            Index((("identity", 1),)),
            Index((("messageset", 1),)),
            Index((("schedule", 1), ("process_status", 1), ("_id", 1))),
        ]
        super().__init__(database, "stages_subscriptions", indexes, NEWEST_FIRST)

    async def by_uuid(self, uuid: str) -> Document | None:
        return await self.first({"uuid": uuid})

    async def between(self, after: int, until: int, wanted: Filter) -> list[Document]:
        """The wanted ones whose number is above ``after`` and not above ``until``, ascending."""
        query = {"_id": {"$gt": after, **up_to(until)}, **wanted}
        return await self._rows.find(query, sort=OLDEST_FIRST)

    async def catch_up(self, moves: Sequence[Document], name: str, now: int) -> None:
        """Move each (``_id``, ``edition``, ``fields``) that is as it was; it bears ``name``.

        Those that move alike are one write: of many made at once, most do.
        """
        alike: dict[tuple[Any, ...], list[int]] = {}
        for move in moves:
            kind = move[EDITION], tuple(sorted(move["fields"].items()))
            alike.setdefault(kind, []).append(move["_id"])
        writes = [
            (
                {"_id": {"$in": numbers}, EDITION: edition},
                {
                    "$set": {**dict(fields), "caught_up": name},
                    "$max": {"updated_at": now},
                    "$inc": {EDITION: 1},
                },
            )
            for (edition, fields), numbers in alike.items()
        ]
        if writes:
            await self._rows.update_each(writes)

    async def caught_up(self, numbers: Sequence[int], name: str) -> set[int]:
        """Those of these that bear the name."""
        wanted = {"_id": {"$in": list(numbers)}}
        found = await self._rows.find(wanted, projection={"caught_up": 1})
        return {one["_id"] for one in found if one.get("caught_up") == name}

    async def add_all(self, rows: Sequence[Document]) -> None:
        """Store new ones; nothing happens to those that are or were there."""
        await self._rows.insert_missing(rows)

    async def active_of(self, identities: Iterable[str]) -> list[Document]:
        """The active ones of these identities, each one's in the order in which they were made."""
        found: list[Document] = []
        for chunk in in_chunks(sorted(set(identities))):
            wanted = {"identity": {"$in": chunk}, "active": True, "completed": False}
            found += await self._rows.find(wanted, sort=(("created_at", 1), ("_id", 1)))
        return found

    async def set_status(self, numbers: Sequence[int], old: Filter, new: int, now: int) -> int:
        """Give those of these whose ``process_status`` fits another; how many there were."""
        change = {"$set": {"process_status": new, "updated_at": now}, "$inc": {EDITION: 1}}
        wanted = ({"_id": {"$in": one}, "process_status": old} for one in in_chunks(numbers))
        return sum([await self._rows.update_all(one, change) for one in wanted])

    async def ready_by_schedule(self) -> dict[int, int]:
        """How many are ready to be sent to, by schedule."""
        return {one["_id"]: one["count"] for one in await self._rows.counts("schedule", READY)}

    async def standings(self, messageset: int) -> list[Standing]:
        """The subscriptions of a set, counted by where they stand; in no order."""
        shown = ("next_sequence_number", "active", "completed", "process_status")
        each = {name: f"${name}" for name in shown}
        rows = await self._rows.aggregate(
            [
                {"$match": {"messageset": messageset, **IS_THERE}},
                {"$group": {"_id": each, "count": {"$sum": 1}}},
            ]
        )
        return [_standing(one["_id"], one["count"]) for one in rows]

    async def ready_by_set(self, schedules: Iterable[int]) -> list[Document]:
        """``_id`` (the set), ``subscriptions`` and ``identities``: who is ready on these schedules.

        Grouped by the database, so that who asks needs no room for all identities.
        """
        wanted = {"schedule": {"$in": sorted(schedules)}, **READY}
        each = {"messageset": "$messageset", "identity": "$identity"}
        counts = {"subscriptions": {"$sum": "$count"}, "identities": {"$sum": 1}}
        return await self._rows.aggregate(
            [
                {"$match": wanted},
                {"$group": {"_id": each, "count": {"$sum": 1}}},
                {"$group": {"_id": "$_id.messageset", **counts}},
                {"$sort": {"_id": 1}},
            ]
        )


def _standing(of: Document, count: int) -> Standing:
    state = of["active"], of["completed"], of["process_status"]
    return Standing(of["next_sequence_number"], *state, count)


class Binaries(Table):
    """``stages_binaries``: what is attached to messages; its content is a file of its ``name``."""

    def __init__(self, database: Database):
        indexes = [Index((("name", 1),), unique=True, sparse=True)]
        super().__init__(database, "stages_binaries", indexes, OLDEST_FIRST)


@dataclass(frozen=True)
class Stages:
    """The collections together, and where their ids come from."""

    sets: MessageSets
    messages: Messages
    binaries: Binaries
    files: Files
    subscriptions: Subscriptions
    behind: Behind
    estimates: Estimates
    counters: Counters

    @classmethod
    def of(cls, database: Database, counters: Counters) -> "Stages":
        return cls(
            MessageSets(database),
            Messages(database),
            Binaries(database),
            Files(database),
            Subscriptions(database),
            Behind(database),
            Estimates(database),
            counters,
        )

    async def ensure_indexes(self) -> None:
        """Make what indexes are missing; may be called again."""
        rows = (self.sets, self.messages, self.binaries, self.subscriptions)
        for one in (*rows, self.files, self.behind):
            await one.ensure_indexes()
