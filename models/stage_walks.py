"""Subscriptions as they move from message to message: many at once, each by conditions of its own.

Beside what is shown a row has ``stepped``: the tags of the steps that moved it last, by which a
step that is done again finds out whom it moved; and ``step``: what has it in hand for now, while
its ``process_status`` is 1.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from models.database import Database, Document
from models.stages import EDITION
from models.users import in_chunks

READY, IN_PROCESS, COMPLETED, NO_ADDRESS = 0, 1, 2, -1
TAGS_KEPT: Final = 8  # a step that is left is done by others within seconds

_OPEN: Final = {"active": True, "completed": False}


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of those who stand at one position of a set, in one language.

    ``metadata`` is that of theirs which is used up, and what is left of it: it is changed where it
    is still the same; where it is not, they move all the same.
    """

    messageset: int
    lang: str
    position: int
    ids: Sequence[int]
    fields: Mapping[str, Any]
    metadata: Sequence[str] | None = None

    def to_body(self) -> Document:
        """As a record holds it."""
        return {name: getattr(self, name) for name in self.__slots__}

    @property
    def stands(self) -> Document:
        """A filter: he still stands there."""
        return {
            "messageset": self.messageset,
            "lang": self.lang,
            "next_sequence_number": self.position,
        }


def is_ready(row: Document) -> bool:
    """May this subscription be sent its next message (contract 3.1)?"""
    return row["process_status"] == READY and row["active"] and not row["completed"]


def is_in_hand(row: Document) -> bool:
    """Has a step it in hand, which asks other servers for it?

    Somebody may have said that it is in process: then none has. Or that it is ready after all.
    """
    return row["process_status"] == IN_PROCESS and row.get("step") is not None


class Walks:
    """``stages_subscriptions``, as far as they are walked."""

    def __init__(self, database: Database):
        self._rows = database.collection("stages_subscriptions")

    async def is_walked(self, schedule: int) -> bool:
        """Does somebody wait for this schedule? Linear in how many do, on the embedded server."""
        for status in (READY, IN_PROCESS):
            query = {"schedule": schedule, "process_status": status}
            if await self._rows.find_one(query, ["_id"]) is not None:
                return True
        return False

    async def waiting(
        self, schedule: int, start: int, end: int, status: int = READY
    ) -> list[Document]:
        """Those of a schedule with ``start`` ≤ number < ``end``, ascending.

        What the index does not hold is filtered here: for it the embedded server would read the
        whole collection (stack, rule 3).
        """
        window = {"$gt": start - 1, "$lt": end}
        query = {"schedule": schedule, "process_status": status, "_id": window}
        found = await self._rows.find(query)
        rows = [one for one in found if one["active"] and not one["completed"]]
        return sorted(rows, key=lambda one: int(one["_id"]))

    async def get(self, number: int) -> Document | None:
        """One of them, or None."""
        found = await self._rows.find_one({"_id": number})
        return None if found is None or "created_at" not in found else found

    async def by_uuid(self, uuid: str) -> Document | None:
        return await self._rows.find_one({"uuid": uuid})

    async def move(self, moves: Sequence[Move], tag: str, now: int) -> int:
        """Move those who still stand where they stood and were not moved under this tag.

        Returns how many were; they bear the tag from then on.
        """
        still = {**_OPEN, "process_status": READY, "stepped": {"$ne": tag}}
        exact = [_write(one, ids, still, tag, now) for one, ids in _chunks(moves) if one.metadata]
        plain = (replace(one, metadata=None) for one in moves)
        rest = [_write(one, ids, still, tag, now) for one, ids in _chunks(plain)]
        moved = await self._rows.update_each(exact) if exact else 0
        return moved + await self._rows.update_each(rest)

    async def moved(self, ids: Iterable[int], tag: str) -> set[int]:
        """Those of ``ids`` that bear the tag."""
        found: set[int] = set()
        for chunk in in_chunks(ids):
            rows = await self._rows.find({"_id": {"$in": chunk}}, projection=["stepped"])
            found |= {one["_id"] for one in rows if tag in one.get("stepped", ())}
        return found

    async def add(self, rows: Sequence[Document]) -> None:
        """Store new ones; those that are or were there stay as they are."""
        await self._rows.insert_missing(rows)

    # One that is in hand for longer

    async def claim(self, row: Document, step: str) -> bool:
        """Have it in hand; False when it is not as it was read."""
        query = {"_id": row["_id"], EDITION: row[EDITION]}
        change = {"$set": {"process_status": IN_PROCESS, "step": step}, "$inc": {EDITION: 1}}
        return await self._rows.update(query, change)

    async def finish(self, move: Move, step: str, tag: str, now: int) -> None:
        """Move one that the step has in hand; where it stands elsewhere by now, it stays there."""
        for one in (move, replace(move, metadata=None)):
            free = replace(one, fields={"process_status": READY, **one.fields})
            query, change = _write(free, one.ids, {"step": step}, tag, now)
            await self._rows.update(query, {**change, **_LET_GO})
        await self.release(move.ids[0], step, tag)

    async def release(self, number: int, step: str, tag: str | None = None) -> None:
        """Let go of it, unless something else has it; may be called again."""
        change: Document = {**_moved({"process_status": READY}, tag, 0), **_LET_GO}
        await self._rows.update({"_id": number, "step": step}, change)


_LET_GO: Final = {"$unset": {"step": ""}}


def _chunks(moves: Iterable[Move]) -> Iterator[tuple[Move, list[int]]]:
    return ((one, ids) for one in moves for ids in in_chunks(one.ids))


def _write(
    move: Move, ids: Sequence[int], more: Document, tag: str, now: int
) -> tuple[Document, Document]:
    query = {"_id": {"$in": list(ids)}, **move.stands, **more}
    fields = dict(move.fields)
    if move.metadata is not None:
        query["metadata"], fields["metadata"] = move.metadata
    return query, _moved(fields, tag, now)


def _moved(fields: Mapping[str, Any], tag: str | None, now: int) -> Document:
    change: Document = {"$set": dict(fields), "$max": {"updated_at": now}, "$inc": {EDITION: 1}}
    if tag is not None:
        change["$push"] = {"stepped": {"$each": [tag], "$slice": -TAGS_KEPT}}
    return change
