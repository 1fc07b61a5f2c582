"""Notices of many contents that one record tells of: who gets what stands in a part of its body.

The part: ``first_id`` and ``groups`` of ``content, origin?, to``, in which each who gets it is
``[user, for]``; ``for`` names what it is about, so that some may be left out of what was planned.
The ids of the copies are one block, in the order of the groups. ``held`` are groups of those whose
quiet hours it is, each ``[user, for, until]``; those who do not want it are in neither.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from domain.events import Event, Part
from domain.items import BOXES, NOTICE
from domain.records import Record
from models.database import Document
from services.held import Held, is_wanted, jobs_of, kind_of
from services.inbox_kinds import CHUNK_BYTES, notice_copy
from services.items import Shape, of_copy
from services.mailboxes import Stores
from services.preferences import Wishes
from services.turns import Turn

Only = Collection[int] | None


@dataclass(frozen=True)
class Notice:
    """What one user gets; ``about`` is a number of the caller's own."""

    user: int
    about: int
    content: str
    origin: Mapping[str, Any] | None
    until: int | None = None
    expires_at: int | None = None


class Batches:
    """Writes such notices, and tells of them."""

    def __init__(self, stores: Stores, shapes: Mapping[str, Shape], wishes: Wishes):
        self._stores, self._shape, self._wishes = stores, shapes[NOTICE], wishes

    async def drafted(self, notices: Sequence[Notice]) -> Document:
        """The part of a record's body, with ids that are these notices' from now on."""
        wishes = await self._wishes.of({one.user for one in notices})
        now = self._wishes.clock.wall()
        wanted = [
            replace(one, until=wish.held_until(now)) if (wish := wishes.get(one.user)) else one
            for one in notices
            if is_wanted(wishes.get(one.user), kind_of(one.origin))
        ]
        part = await self.part([one for one in wanted if one.until is None])
        held = [one for one in wanted if one.until is not None]
        return {**part, "held": _grouped(held)} if held else part

    async def part(self, notices: Sequence[Notice]) -> Document:
        """The same of notices that ring now, whatever anybody wants."""
        first_id = await self._stores.counters.copies.take(len(notices)) if notices else 0
        return {"first_id": first_id, "groups": _grouped(notices)}

    async def one_of(self, user: int, held: Mapping[str, Any]) -> Document:
        """The same of one that was held back (services/held)."""
        found = Notice(
            user, 0, held["content"], held.get("origin"), expires_at=held.get("expires_at")
        )
        return await self.part([found])

    async def write(
        self, record: Record, part: Mapping[str, Any], only: Only, turn: Turn, stamp: int
    ) -> None:
        """Store the copies of those that are about one of ``only``; None: all. What is held back
        is a job each."""
        await self._hold(record, part, only)
        copies = [copy for copy, about in _copies(record, part, stamp) if _is_in(about, only)]
        if turn.is_finishing:  # somebody may have been deleted meanwhile (hole H4)
            alive = await self._stores.users.names(copy["user"] for copy in copies)
            copies = [copy for copy in copies if copy["user"] in alive]
        for some in _in_bytes(copies):
            await self._stores.deliveries.add(some)

    async def _hold(self, record: Record, part: Mapping[str, Any], only: Only) -> None:
        for group in part.get("held", ()):
            held = [
                Held(user, due, about) for user, about, due in group["to"] if _is_in(about, only)
            ]
            notice = {"content": group["content"], "origin": group["origin"]}
            await self._stores.jobs.add_all(jobs_of(record, held, notice))

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


class Told:
    """A kind of record that is such notices and nothing more. Body: ``part``."""

    def __init__(self, batches: Batches):
        self._batches = batches

    async def apply(self, record: Record, turn: Turn) -> None:
        await turn.write(partial(self._write, record, turn), partial(self._restamp, record))

    async def _write(self, record: Record, turn: Turn, stamp: int) -> None:
        await self._batches.write(record, _part(record), None, turn, stamp)

    async def _restamp(self, record: Record, stamp: int) -> None:
        await self._batches.restamp(_part(record), stamp)

    async def event(self, record: Record) -> Event:
        """What arrived for those who are connected."""
        told = await self._batches.parts(record, _part(record))
        return Event(record.id, record.revision, told)


def _part(record: Record) -> Mapping[str, Any]:
    part: Any = record.body.get("part")  # a record that was stripped has none
    return {"first_id": 0, "groups": []} if part is None else dict(part)


def _grouped(notices: Iterable[Notice]) -> list[Document]:
    """Of one content together, in the order of users; each as ``[user, about]``, held ones with
    their end."""
    groups: dict[tuple[str, str, int], Document] = {}
    taken: dict[tuple[str, str, int], int] = {}
    for one in sorted(notices, key=lambda notice: (notice.user, notice.about)):
        # Who gets the same twice gets it in two groups: of a group each user has one copy.
        again = taken.get((one.content, str(one.origin), one.user), 0)
        taken[one.content, str(one.origin), one.user] = again + 1
        origin = None if one.origin is None else dict(one.origin)
        group: Document = {"content": one.content, "origin": origin, "to": []}
        if one.expires_at is not None:
            group["expires_at"] = one.expires_at
        to = [one.user, one.about] if one.until is None else [one.user, one.about, one.until]
        groups.setdefault((one.content, str(one.origin), again), group)["to"].append(to)
    return list(groups.values())


def _is_in(about: int, only: Only) -> bool:
    return only is None or about in only


def _copies(
    record: Record, part: Mapping[str, Any], revision: int
) -> Iterator[tuple[Document, int]]:
    copy_id = part["first_id"]
    for group in part["groups"]:
        more = {"block": [copy_id, len(group["to"])], "by": record.actor, "sent_by": record.id}
        more |= {key: group[key] for key in ("origin", "expires_at") if group.get(key)}
        for user, about in group["to"]:
            copy = notice_copy(record, copy_id, user, group["content"], revision)
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
