"""The records of what happens to sent and received items: read, deleted, expired."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from domain.audiences import Audience
from domain.events import BULK, Event, Part, Signal
from domain.items import BOXES, MESSAGE, NOTICE, Item
from domain.records import Record
from models.users import in_chunks
from services.inbox_kinds import number
from services.items import Shape, of_copy, of_message, of_notice
from services.mailboxes import Mailboxes, Stores
from services.turns import Turn

# A notice is not counted any more from its last instant on, maybe before it leaves as a delete: the
# counters of its readers are counted afresh, not lowered.
COUNTED = (BOXES[NOTICE], 0)


class Mark:
    """Reading, unreading and deleting what one received.

    Body: ``fields`` ({"is_read": bool} or {"deleted": true}), ``copies`` and ``notices`` (ids),
    ``keep``: a deleted notice's content stays in the store.
    """

    def __init__(self, stores: Stores, shapes: Mapping[str, Shape], mailboxes: Mailboxes):
        self._stores, self._shapes, self._mailboxes = stores, shapes, mailboxes

    async def apply(self, record: Record, turn: Turn) -> None:
        assert record.actor is not None
        fields, copies, notices = _marked(record)
        deliveries, receipts = self._stores.deliveries, self._stores.receipts
        for ids in in_chunks(copies):
            await turn.write(
                partial(self._mark_copies, record, ids, fields),
                partial(deliveries.restamp_changed, ids, record.id),
            )
        for ids in in_chunks(notices):
            await turn.write(
                partial(receipts.change, ids, record, fields),
                partial(receipts.restamp_changed, record.actor, ids, record.id),
            )

    async def _mark_copies(
        self, record: Record, ids: list[int], fields: dict[str, bool], stamp: int
    ) -> None:
        if "deleted" in fields:
            keep = bool(record.body.get("keep"))
            await self._stores.deliveries.delete(ids, record, stamp, keep=keep)
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
        messages, keep = self._stores.messages, bool(record.body["keep"])
        for ids in in_chunks(_messages(record)):
            await turn.write(
                partial(messages.delete, ids, record, keep=keep),
                partial(messages.restamp_changed, ids, record.id),
            )

    async def event(self, record: Record) -> Event:
        assert record.actor is not None
        ids = _messages(record)
        if len(ids) > BULK:
            return Event(record.id, record.revision, signals=(Signal("reread", record.actor),))
        parts = tuple(
            Part((record.actor,), self._shapes[MESSAGE].frame(of_message(message), {}))
            for message in await self._stores.messages.changed(ids, record.id)
        )
        return Event(record.id, record.revision, parts)


def _messages(record: Record) -> list[int]:
    body: Any = record.body
    return list(body["messages"])


class Expire:
    """The end of a notice: a delete for everybody who still has it.

    Body: ``first_id, count`` (copies of one send) or ``notice_id``; ``keep``: content stays.
    """

    def __init__(self, stores: Stores, shapes: Mapping[str, Shape]):
        self._stores, self._shapes = stores, shapes

    async def apply(self, record: Record, turn: Turn) -> None:
        deliveries, notices = self._stores.deliveries, self._stores.notices
        keep = bool(record.body.get("keep"))
        if "notice_id" in record.body:
            notice_id = number(record, "notice_id")
            await turn.write(
                partial(notices.delete, notice_id, record, keep=keep),
                partial(notices.restamp, notice_id),
            )
            return
        for ids in in_chunks(_copies(record)):
            await turn.write(
                partial(deliveries.delete, ids, record, keep=keep),
                partial(deliveries.restamp_changed, ids, record.id),
            )

    async def event(self, record: Record) -> Event:
        if "notice_id" in record.body:
            return await self._withdrawn(record)
        changed = await self._stores.deliveries.changed(_copies(record), record.id)
        frame = self._shapes[NOTICE].frame
        parts = tuple(
            Part((copy["user"],), frame(of_copy(copy), {}), unread=COUNTED) for copy in changed
        )
        return Event(record.id, record.revision, parts)

    async def _withdrawn(self, record: Record) -> Event:
        """One frame for all: it is not known here who had read it."""
        (notice,) = await self._stores.notices.get_all([number(record, "notice_id")])
        frame = self._shapes[NOTICE].frame(of_notice(notice, None), {})
        audience = Audience.from_document(notice["audience"])
        part = Part(audience, frame, unread=COUNTED, as_of=notice["sent_on"])
        return Event(record.id, record.revision, (part,))


def _copies(record: Record) -> range:
    first_id = number(record, "first_id")
    return range(first_id, first_id + number(record, "count"))
