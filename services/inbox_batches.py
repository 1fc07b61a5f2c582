"""Notices of many contents that one record tells of: who gets what stands in a part of its body.

The part: ``first_id`` and ``groups`` of ``content, origin?, to``, in which each who gets it is
``[user, for]``; ``for`` names what it is about, so that some may be left out of what was planned.
The ids of the copies are one block, in the order of the groups.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.events import Part
from domain.items import BOXES, NOTICE
from domain.records import Record
from models.database import Document
from services.inbox_kinds import CHUNK_BYTES
from services.items import Shape, of_copy
from services.mailboxes import Stores
from services.turns import Turn

Only = Collection[int] | None


@dataclass(frozen=True)
class Notice:
    """What one user gets; ``about`` is a number of the caller's own."""

    user: int
    about: int
    content: str
    origin: Mapping[str, Any]


class Batches:
    """Writes such notices, and tells of them."""

    def __init__(self, stores: Stores, shapes: Mapping[str, Shape]):
        self._stores, self._shape = stores, shapes[NOTICE]

    async def drafted(self, notices: Sequence[Notice]) -> Document:
        """The part of a record's body, with ids that are these notices' from now on."""
        groups: dict[tuple[str, str, int], Document] = {}
        taken: dict[tuple[str, str, int], int] = {}
        for one in sorted(notices, key=lambda notice: (notice.user, notice.about)):
            # Who gets the same twice gets it in two groups: of a group each user has one copy.
            again = taken.get((one.content, str(one.origin), one.user), 0)
            taken[one.content, str(one.origin), one.user] = again + 1
            group = {"content": one.content, "origin": dict(one.origin), "to": []}
            key = (one.content, str(one.origin), again)
            groups.setdefault(key, group)["to"].append([one.user, one.about])
        first_id = await self._stores.counters.copies.take(len(notices)) if notices else 0
        return {"first_id": first_id, "groups": list(groups.values())}

    async def write(
        self, record: Record, part: Mapping[str, Any], only: Only, turn: Turn, stamp: int
    ) -> None:
        """Store the copies of those that are about one of ``only``; None: all."""
        copies = [copy for copy, about in _copies(record, part, stamp) if _is_in(about, only)]
        if turn.is_finishing:  # somebody may have been deleted meanwhile (hole H4)
            alive = await self._stores.users.names(copy["user"] for copy in copies)
            copies = [copy for copy in copies if copy["user"] in alive]
        for some in _in_bytes(copies):
            await self._stores.deliveries.add(some)

    async def restamp(self, part: Mapping[str, Any], stamp: int) -> None:
        """Give them all a younger place."""
        count = sum(len(group["to"]) for group in part["groups"])
        await self._stores.deliveries.restamp(part["first_id"], count, stamp)

    async def parts(self, record: Record, part: Mapping[str, Any]) -> tuple[Part, ...]:
        """What to tell, of the copies that were really stored."""
        planned = [copy for copy, _ in _copies(record, part, record.revision)]
        if not planned:
            return ()
        first_id = part["first_id"]
        stored = await self._stores.deliveries.block(first_id, first_id + len(planned))
        there = {copy["_id"] for copy in stored}
        runs = _runs(copy for copy in planned if copy["_id"] in there)
        return tuple(self._part(run) for run in runs)

    def _part(self, run: Sequence[Document]) -> Part:
        item = of_copy(run[0])
        head = self._shape.frame(item, {}).removesuffix(b"%d}}" % item.id)
        to = tuple(copy["user"] for copy in run)
        return Part(to, head, item.id, (BOXES[NOTICE], 1))


def _is_in(about: int, only: Only) -> bool:
    return only is None or about in only


def _copies(
    record: Record, part: Mapping[str, Any], revision: int
) -> Iterator[tuple[Document, int]]:
    copy_id = part["first_id"]
    for group in part["groups"]:
        more = {"block": [copy_id, len(group["to"])], "by": None, "sent_by": record.id}
        for user, about in group["to"]:
            copy = {
                "_id": copy_id,
                "user": user,
                "kind": NOTICE,
                "deleted": False,
                "is_read": False,
                "content": group["content"],
                "sender": None,
                "sent_on": record.stamp,
                "revision": revision,
                "placed": revision,
                "version": 1,
                "decided": 0,
                "changed_by": record.id,
                "origin": group["origin"],
            }
            yield {**copy, **more}, about
            copy_id += 1


def _in_bytes(copies: Iterable[Document]) -> Iterator[list[Document]]:
    """In writes that are not too large."""
    some: list[Document] = []
    size = 0
    for copy in copies:
        some.append(copy)
        size += len(copy["content"]) * 4
        if size > CHUNK_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def _runs(copies: Iterable[Document]) -> Iterator[list[Document]]:
    """Copies of one group whose ids follow each other: what one frame's head is for."""
    run: list[Document] = []
    for copy in copies:
        last = run[-1] if run else copy
        follows = copy["_id"] == last["_id"] + 1 and copy["block"] == last["block"]
        if run and not follows:
            yield run
            run = []
        run.append(copy)
    if run:
        yield run
