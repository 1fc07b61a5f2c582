"""The records of the inbox: what each does to the mailboxes, and what it tells those connected."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

from domain.audiences import Audience
from domain.events import BULK, Event, Part, Signal
from domain.items import BOXES, MESSAGE, NOTICE, Item
from domain.records import Record
from models.database import Document
from push import frames
from services.items import RECIPIENTS_SHOWN_LIVE, Shape, of_copy, of_message, of_notice
from services.mailboxes import Mailboxes, Stores
from services.turns import Turn

Later = Callable[[str, int, Mapping[str, object]], Awaitable[object]]

CHUNK = 1_000
CHUNK_BYTES = 8 * 1024 * 1024


class Send:
    """A message or notice to named people: one copy each, with ids of one block.

    Body: ``kind, content, first_id, sender?, message_id?, recipients`` ([id, username] of the
    first thousand), ``expires_at?, origin?``; the record's ``to`` names all, ascending.
    """

    def __init__(self, stores: Stores, shapes: Mapping[str, Shape], later: Later):
        self._stores, self._shapes, self._later = stores, shapes, later

    async def apply(self, record: Record, turn: Turn) -> None:
        places = list(enumerate(record.to))
        if turn.is_finishing:  # somebody may have been deleted meanwhile (hole H4)
            alive = await self._stores.users.names(record.to)
            places = [(n, user) for n, user in places if user in alive]
        size = _chunk_size(str(record.body["content"]))
        await turn.write(
            partial(self._write, record, places[:size], is_first=True),
            partial(self._restamp, record, places[:size]),
        )
        for start in range(size, len(places), size):
            chunk = places[start : start + size]
            await turn.write(
                partial(self._write, record, chunk),
                partial(self._restamp, record, chunk),
            )

    async def _write(
        self,
        record: Record,
        places: list[tuple[int, int]],
        stamp: int,
        *,
        is_first: bool = False,
    ) -> None:
        copies = [_copy(record, n, user, stamp) for n, user in places]
        if is_first and record.body.get("message_id"):
            message = self._stores.messages.add(_message(record, stamp))
            await asyncio.gather(message, self._stores.deliveries.add(copies))
        else:
            await self._stores.deliveries.add(copies)

    async def _restamp(self, record: Record, places: list[tuple[int, int]], stamp: int) -> None:
        message_id = record.body.get("message_id")
        if message_id:
            await self._stores.messages.restamp(int(str(message_id)), stamp)
        if places:
            first, last = places[0][0], places[-1][0]
            first_id = _number(record, "first_id") + first
            await self._stores.deliveries.restamp(first_id, last - first + 1, stamp)

    async def event(self, record: Record) -> Event:
        """From the record alone: copies in their first state, and the sender's."""
        kind = str(record.body["kind"])
        names = {user: name for user, name in _people(record)}
        if record.actor is not None and kind == MESSAGE:
            names[record.actor] = str(record.body["sender"])
        item = of_copy(_copy(record, 0, 0, record.revision))
        whole = self._shapes[kind].frame(item, names)
        head = whole.removesuffix(b"%d}}" % item.id)
        parts = [Part(record.to, head, _number(record, "first_id"), (BOXES[kind], 1))]
        if kind == MESSAGE and record.actor is not None:
            parts.append(Part((record.actor,), self._sent_frame(record, names)))
        return Event(record.id, record.revision, tuple(parts))

    def _sent_frame(self, record: Record, names: Mapping[int, str]) -> bytes:
        item = of_message(_message(record, record.revision))
        shown = self._shapes[MESSAGE].resource(item, names)
        if len(record.to) > RECIPIENTS_SHOWN_LIVE:
            shown["recipients_total"] = len(record.to)
        return frames.change(item.kind, version=1, revision=item.revision, item=shown)


def _chunk_size(content: str) -> int:
    """How many copies go out in one write: fewer when they are large."""
    return max(1, min(CHUNK, CHUNK_BYTES // (len(content) * 4 + 1)))


def _number(record: Record, key: str) -> int:
    value = record.body[key]
    assert isinstance(value, int)
    return value


def _people(record: Record) -> Iterable[tuple[int, str]]:
    people: Any = record.body["recipients"]
    return ((user, name) for user, name in people)


def _copy(record: Record, n: int, user: int, revision: int) -> Document:
    is_message = record.body["kind"] == MESSAGE
    copy = {
        "_id": _number(record, "first_id") + n,
        "user": user,
        "kind": record.body["kind"],
        "deleted": False,
        "is_read": False,
        "content": record.body["content"],
        "sender": record.actor if is_message else None,
        "sent_on": record.stamp,
        "revision": revision,
        "version": 1,
        "decided": 0,
        "changed_by": record.id,
    }
    extra = {key: record.body[key] for key in ("expires_at", "origin") if record.body.get(key)}
    return {**copy, **extra}


def _message(record: Record, revision: int) -> Document:
    return {
        "_id": record.body["message_id"],
        "sender": record.actor,
        "deleted": False,
        "content": record.body["content"],
        "recipients": list(record.to),
        "sent_on": record.stamp,
        "revision": revision,
        "version": 1,
        "changed_by": record.id,
    }


class Broadcast:
    """A notice for an audience: one document (house, decision 6).

    Body: ``content, notice_id, audience, expires_at?, origin?``.
    """

    def __init__(self, stores: Stores, shapes: Mapping[str, Shape], later: Later):
        self._stores, self._shapes, self._later = stores, shapes, later

    async def apply(self, record: Record, turn: Turn) -> None:
        notice_id = _number(record, "notice_id")

        async def write(stamp: int) -> None:
            await self._stores.notices.add(_notice(record, stamp))

        await turn.write(write, partial(self._stores.notices.restamp, notice_id))
        if record.body.get("expires_at"):
            due_at = _number(record, "expires_at")
            await self._later(f"expire:{record.id}", due_at, {"notice_id": notice_id})

    async def event(self, record: Record) -> Event:
        frame = self._shapes[NOTICE].frame(of_notice(_notice(record, record.revision), None), {})
        audience = Audience.from_document(record.body["audience"])
        part = Part(audience, frame, unread=(BOXES[NOTICE], 1), as_of=record.stamp)
        return Event(record.id, record.revision, (part,))


def _notice(record: Record, revision: int) -> Document:
    notice = {
        "_id": record.body["notice_id"],
        "audience": record.body["audience"],
        "deleted": False,
        "content": record.body["content"],
        "sent_on": record.stamp,
        "revision": revision,
        "version": 1,
        "changed_by": record.id,
    }
    extra = {key: record.body[key] for key in ("expires_at", "origin") if record.body.get(key)}
    return {**notice, **extra}


class Mark:
    """Reading, unreading and deleting what one received.

    Body: ``fields`` ({"is_read": bool} or {"deleted": true}), ``copies`` and ``notices`` (ids).
    """

    def __init__(self, stores: Stores, shapes: Mapping[str, Shape], mailboxes: Mailboxes):
        self._stores, self._shapes, self._mailboxes = stores, shapes, mailboxes

    async def apply(self, record: Record, turn: Turn) -> None:
        assert record.actor is not None
        fields, copies, notices = _marked(record)
        for start in range(0, len(copies), CHUNK):
            ids = copies[start : start + CHUNK]
            await turn.write(
                partial(self._mark_copies, record, ids, fields),
                partial(self._stores.deliveries.restamp_changed, ids, record.id),
            )
        if notices:
            await turn.write(
                partial(self._stores.receipts.change, notices, record, fields),
                partial(
                    self._stores.receipts.restamp_changed,
                    record.actor,
                    notices,
                    record.id,
                ),
            )

    async def _mark_copies(
        self, record: Record, ids: list[int], fields: dict[str, bool], stamp: int
    ) -> None:
        if "deleted" in fields:
            await self._stores.deliveries.delete(ids, record, stamp)
        else:
            await self._stores.deliveries.mark(ids, record, fields["is_read"], stamp)

    async def event(self, record: Record) -> Event:
        assert record.actor is not None
        fields, copies, notices = _marked(record)
        if len(copies) + len(notices) > BULK:
            return Event(record.id, record.revision, signals=(Signal("reread", record.actor),))
        items = await self._changed(record, copies, notices)
        names = await self._mailboxes.names(items)
        parts = tuple(
            Part(
                (record.actor,),
                self._shapes[item.kind].frame(item, names),
                unread=(BOXES[item.kind], _difference(fields, item)),
            )
            for item in items
        )
        return Event(record.id, record.revision, parts)

    async def _changed(self, record: Record, copies: list[int], notices: list[int]) -> list[Item]:
        """What this record really changed, in its present state."""
        assert record.actor is not None
        items = []
        if copies:
            changed = await self._stores.deliveries.changed(copies, record.id)
            items += [of_copy(copy) for copy in changed]
        if notices:
            receipts = await self._stores.receipts.changed(record.actor, notices, record.id)
            found = await self._stores.notices.get_all(one["notice"] for one in receipts)
            mine = {one["notice"]: one for one in receipts}
            items += [of_notice(notice, mine[notice["_id"]]) for notice in found]
        return items


def _marked(record: Record) -> tuple[dict[str, bool], list[int], list[int]]:
    body: Any = record.body
    return dict(body["fields"]), list(body["copies"]), list(body["notices"])


def _difference(fields: Mapping[str, bool], item: Item) -> int:
    """How an item's change moves the unread counter."""
    if "deleted" in fields:
        return 0 if item.is_read else -1
    return -1 if fields["is_read"] else 1


class DeleteSent:
    """Taking messages out of one's sent box. Body: ``messages`` (ids), ``keep``."""

    def __init__(self, stores: Stores, shapes: Mapping[str, Shape]):
        self._stores, self._shapes = stores, shapes

    async def apply(self, record: Record, turn: Turn) -> None:
        body: Any = record.body
        ids, keep = list(body["messages"]), bool(body["keep"])

        async def write(stamp: int) -> None:
            await self._stores.messages.delete(ids, record, stamp, keep=keep)

        await turn.write(write, partial(self._stores.messages.restamp_changed, ids, record.id))

    async def event(self, record: Record) -> Event:
        body: Any = record.body
        assert record.actor is not None
        changed = await self._stores.messages.changed(list(body["messages"]), record.id)
        if len(changed) > BULK:
            return Event(record.id, record.revision, signals=(Signal("reread", record.actor),))
        parts = tuple(
            Part((record.actor,), self._shapes[MESSAGE].frame(of_message(message), {}))
            for message in changed
        )
        return Event(record.id, record.revision, parts)


class Expire:
    """The end of a notice: a delete for everybody who still has it.

    Body: ``first_id, count`` (copies of one send) or ``notice_id``.
    """

    def __init__(self, stores: Stores, shapes: Mapping[str, Shape]):
        self._stores, self._shapes = stores, shapes

    async def apply(self, record: Record, turn: Turn) -> None:
        deliveries, notices = self._stores.deliveries, self._stores.notices
        if "notice_id" in record.body:
            notice_id = _number(record, "notice_id")
            await turn.write(
                partial(notices.delete, notice_id, record),
                partial(notices.restamp, notice_id),
            )
            return
        first_id, count = _number(record, "first_id"), _number(record, "count")
        for start in range(first_id, first_id + count, CHUNK):
            size = min(CHUNK, first_id + count - start)
            ids = range(start, start + size)
            await turn.write(
                partial(deliveries.delete, ids, record),
                partial(deliveries.restamp_changed, ids, record.id),
            )

    async def event(self, record: Record) -> Event:
        if "notice_id" in record.body:
            return await self._withdrawn(record)
        first_id, count = _number(record, "first_id"), _number(record, "count")
        ids = range(first_id, first_id + count)
        changed = [
            (copy["user"], of_copy(copy))
            for start in range(0, count, CHUNK)
            for copy in await self._stores.deliveries.changed(ids[start : start + CHUNK], record.id)
        ]
        parts = tuple(
            Part(
                (user,),
                self._shapes[NOTICE].frame(item, {}),
                unread=(BOXES[NOTICE], 0 if item.is_read else -1),
            )
            for user, item in changed
        )
        return Event(record.id, record.revision, parts)

    async def _withdrawn(self, record: Record) -> Event:
        """One frame for all: it is not known here who had read it, so counters are counted."""
        (notice,) = await self._stores.notices.get_all([_number(record, "notice_id")])
        frame = self._shapes[NOTICE].frame(of_notice(notice, None), {})
        audience = Audience.from_document(notice["audience"])
        part = Part(audience, frame, unread=(BOXES[NOTICE], 0), as_of=notice["sent_on"])
        return Event(record.id, record.revision, (part,))
