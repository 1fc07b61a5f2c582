"""The records of scheduled sends: made, edited, cancelled, left, failed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from domain.events import Event, Part
from domain.items import BOX_OF, SCHEDULED
from domain.jobs import NewJob
from domain.records import Record
from domain.send_times import SendTime
from models.database import Document
from models.scheduled import WAITING
from services.items import Shape, of_scheduled
from services.mailboxes import Mailboxes, Stores
from services.turns import Turn

LEAVE = "scheduled.leave"

ADDING_JOBS = ("scheduled.add", "scheduled.edit")

Write = Callable[[Record, int], Awaitable[object]]


@dataclass(frozen=True)
class Edit:
    """What a request changes; None, and of ``wanted`` an empty one, is left as it is."""

    content: str | None = None
    wanted: tuple[Any, ...] = ()
    audience: Any = None
    time: SendTime | None = None
    expires: Mapping[str, int | None] | None = None


class Scheduling:
    """One kind of change of a scheduled send.

    Body: ``id``; of a new one ``document``; of an edit ``fields`` and ``retimed``; of what an
    occurrence came to ``occurrence``, ``is_last`` if it has left and no other will, and ``error``
    if it failed.
    """

    def __init__(self, stores: Stores, mailboxes: Mailboxes, shapes: Mapping[str, Shape]):
        self._stores, self._mailboxes, self._shapes = stores, mailboxes, shapes

    async def apply(self, record: Record, turn: Turn) -> None:
        scheduled = _id(record)
        await turn.write(
            partial(self._write, record),
            partial(self._stores.scheduled.restamp_changed, scheduled, record.id),
        )
        if record.what in ADDING_JOBS:
            found = await self._stores.scheduled.get(scheduled)
            await self._stores.jobs.add_all([] if found is None else jobs_of(found))

    async def _write(self, record: Record, stamp: int) -> None:
        body: Any = record.body
        store = self._stores.scheduled
        if record.what == "scheduled.add":
            await store.add(_new(record, stamp))
        elif record.what == "scheduled.edit":
            await store.edit(record, body["fields"], stamp, retimed=body["retimed"])
        elif record.what == "scheduled.cancel":
            await store.cancel(record, stamp)
        elif record.what == "scheduled.left":
            await store.leave(record, body["occurrence"], stamp)
        else:
            await store.fail(record, body["occurrence"], stamp)

    async def event(self, record: Record) -> Event:
        """Its sender's devices are told of its present state, if this record made it so."""
        found = await self._stores.scheduled.get(_id(record))
        if found is None or found["changed_by"] != record.id or found["owner"] is None:
            return Event(record.id, record.revision)
        item = of_scheduled(found)
        names = {} if item.is_deleted else await self._mailboxes.names([item])
        frame = self._shapes[BOX_OF[SCHEDULED]].frame(item, names)
        return Event(record.id, record.revision, (Part((found["owner"],), frame),))


WHATS = tuple(f"scheduled.{what}" for what in ("add", "edit", "cancel", "left", "failed"))


def time_of(document: Document) -> SendTime | None:
    """When it leaves, or None when a schedule says."""
    if document["send_at"] is None:
        return None
    return SendTime(document["send_at"], document["local"], document["time_zone"])


async def kept(time: SendTime) -> Document:
    """A time as it is kept, and how many sends it comes to; of a schedule nobody knows."""
    instants = await asyncio.to_thread(time.instants)
    return {
        "schedule": time.schedule,
        "send_at": time.at,
        "local": time.local,
        "time_zone": time.time_zone,
        "reason": time.reason,
        "outstanding": len(instants) or None,
    }


def jobs_of(document: Document) -> list[NewJob]:
    """The jobs that let it leave: adding them again changes nothing."""
    time = time_of(document)
    if time is None or document["deleted"] or document["state"] != WAITING:
        return []
    instants = time.instants()
    last, head = max(instants), f"scheduled:{document['_id']}:{document['timing']}"
    more = {"id": document["_id"], "timing": document["timing"]}
    return [
        NewJob(
            f"{head}:{n}",
            LEAVE,
            at,
            {**more, "zones": zones, "is_last": at == last},
            seals=True,
        )
        for n, (at, zones) in enumerate(instants.items())
    ]


def occurrence_of(document: Document, name: str, at: int) -> NewJob:
    """The job of one occurrence of what follows a schedule."""
    key = f"scheduled:{document['_id']}:{document['timing']}:{name}"
    body = {"id": document["_id"], "timing": document["timing"], "zones": [], "is_last": False}
    return NewJob(key, LEAVE, at, body, seals=True)


def _id(record: Record) -> int:
    scheduled = record.body["id"]
    assert isinstance(scheduled, int)
    return scheduled


def _new(record: Record, stamp: int) -> Document:
    body: Any = record.body
    return {
        "_id": body["id"],
        "owner": record.actor,
        **body["document"],
        "timing": 1,
        "sealing": [],
        "left_on": None,
        "state": WAITING,
        "error": None,
        "deleted": False,
        "version": 1,
        "revision": stamp,
        "decided": record.stamp,
        "created_on": record.stamp,
        "changed_by": record.id,
        "changes": [record.id],
    }
