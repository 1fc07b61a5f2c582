"""The records of sending: what each does to the mailboxes, and what it tells those connected."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from domain.audiences import Audience
from domain.events import Event, Part
from domain.items import BOXES, MESSAGE, NOTICE
from domain.records import Record
from domain.spans import pieces
from models.database import Document
from models.tombstones import gone
from push import frames
from services.held import Held, jobs_of
from services.items import RECIPIENTS_SHOWN_LIVE, Shape, of_copy, of_message, of_notice
from services.mailboxes import Stores
from services.turns import Turn

Later = Callable[[str, int, Mapping[str, object]], Awaitable[object]]
Begin = Callable[[], Awaitable[object]]

CHUNK = 1_000
CHUNK_BYTES = 8 * 1024 * 1024
LARGE = 256 * 1024  # characters


class Send:
    """A message or notice to named people: one copy each, with ids of one block.

    Body: ``kind, content, first_id, sender?, message_id?, recipients`` ([id, username] of the
    first thousand), ``expires_at?, origin?``; the record's ``to`` names all, ascending. ``hidden?``
    and ``muted?`` are those of them who block or mute the sender.
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
        await self._hold(record)
        if record.body.get("expires_at"):
            copies = {"first_id": number(record, "first_id"), "count": len(record.to)}
            await self._later(f"expire:{record.id}", number(record, "expires_at"), copies)

    async def _hold(self, record: Record) -> None:
        """A job for each whose quiet hours it is."""
        held: Any = record.body.get("held", ())
        keys = ("content", "origin", "expires_at")
        notice = {key: record.body[key] for key in keys if record.body.get(key)}
        for some in pieces(held, CHUNK):
            jobs = jobs_of(record, (Held(user, due, user) for user, due in some), notice)
            await self._stores.jobs.add_all(jobs)

    async def _write(
        self,
        record: Record,
        places: list[tuple[int, int]],
        stamp: int,
        *,
        is_first: bool = False,
    ) -> None:
        hidden, muted = _named(record, "hidden"), _named(record, "muted")
        copies = [
            _unwanted(_copy(record, n, user, stamp), user in hidden, user in muted)
            for n, user in places
        ]
        writes: list[Begin] = [partial(self._stores.deliveries.add, copies)]
        if is_first and record.body.get("message_id"):
            writes.append(partial(self._stores.messages.add, _message(record, stamp)))
        if is_large(str(record.body["content"])):
            for begin in writes:
                await begin()
        else:
            await _all([begin() for begin in writes])

    async def _restamp(self, record: Record, places: list[tuple[int, int]], stamp: int) -> None:
        message_id = record.body.get("message_id")
        if message_id:
            await self._stores.messages.restamp(int(str(message_id)), stamp)
        if places:
            first, last = places[0][0], places[-1][0]
            first_id = number(record, "first_id") + first
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
        first_id, muted = number(record, "first_id"), _named(record, "muted")
        parts = [
            Part(to, head, first_id + start, (BOXES[kind], 1))
            for start, to in runs(record.to, _named(record, "hidden") | muted)
        ]
        if muted:
            read = of_copy(_unwanted(_copy(record, 0, 0, record.revision), False, True))
            head = self._shapes[kind].frame(read, names).removesuffix(b"%d}}" % read.id)
            others = frozenset(record.to) - muted
            parts += [Part(to, head, first_id + at) for at, to in runs(record.to, others)]
        if kind == MESSAGE and record.actor is not None:
            parts.append(Part((record.actor,), self._sent_frame(record, names)))
        return Event(record.id, record.revision, tuple(parts))

    def _sent_frame(self, record: Record, names: Mapping[int, str]) -> bytes:
        item = of_message(_message(record, record.revision))
        shown = self._shapes[MESSAGE].resource(item, names)
        if len(record.to) > RECIPIENTS_SHOWN_LIVE:
            shown["recipients_total"] = len(record.to)
        return frames.change(item.kind, version=1, revision=item.revision, item=shown)


def runs(to: tuple[int, ...], without: frozenset[int]) -> list[tuple[int, tuple[int, ...]]]:
    """The stretches of ``to`` between those who are left out, each with where it begins."""
    if not without:
        return [(0, to)] if to else []
    found: list[tuple[int, tuple[int, ...]]] = []
    start = 0
    for end, user in enumerate((*to, None)):
        if user is None or user in without:
            if end > start:
                found.append((start, to[start:end]))
            start = end + 1
    return found


def is_large(content: str) -> bool:
    """Is this content written one document after the other, and one send after the other?

    While it is written it is held several times over, here and in the database's cache.
    """
    return len(content) > LARGE


async def _all(begun: Sequence[Awaitable[object]]) -> None:
    """Wait for all; raises what the first that failed raised, once the others have ended.

    Without `asyncio.gather`, which watches each for 10 µs of every send.
    """
    try:
        for one in begun:
            await one
    except BaseException:
        await asyncio.gather(*begun, return_exceptions=True)
        raise


def _chunk_size(content: str) -> int:
    """How many copies go out in one write: fewer when they are large."""
    return max(1, min(CHUNK, CHUNK_BYTES // (len(content) * 4 + 1)))


def number(record: Record, key: str) -> int:
    """A whole number of a record's body."""
    value = record.body[key]
    assert isinstance(value, int)
    return value


def _named(record: Record, key: str) -> frozenset[int]:
    """Ids of a record's body, which holds them only when there are some."""
    ids: Any = record.body.get(key, ())
    return frozenset(ids)


def _unwanted(copy: Document, is_hidden: bool, is_muted: bool) -> Document:
    """A copy as its recipient wants it: nobody's and empty, or read before it comes."""
    if is_hidden:
        bare = {key: value for key, value in copy.items() if key not in ("content", "sender")}
        return {**bare, "user": -copy["user"], "deleted": True, **gone(copy["revision"])}
    return {**copy, "is_read": True, "muted": True} if is_muted else copy


def _people(record: Record) -> Iterable[tuple[int, str]]:
    people: Any = record.body["recipients"]
    return ((user, name) for user, name in people)


def notice_copy(record: Record, copy_id: int, user: int, content: str, revision: int) -> Document:
    """A copy of a notice as it comes: unread, in its first version."""
    return {
        "_id": copy_id,
        "user": user,
        "kind": NOTICE,
        "deleted": False,
        "is_read": False,
        "content": content,
        "sender": None,
        "sent_on": record.stamp,
        "revision": revision,
        "placed": revision,
        "version": 1,
        "decided": 0,
        "changed_by": record.id,
    }


def _copy(record: Record, n: int, user: int, revision: int) -> Document:
    is_message = record.body["kind"] == MESSAGE
    content: Any = record.body["content"]
    copy = notice_copy(record, number(record, "first_id") + n, user, content, revision)
    if is_message:
        copy |= {"kind": MESSAGE, "sender": record.actor}
    extra = {key: record.body[key] for key in ("expires_at", "origin") if record.body.get(key)}
    return {**copy, **extra, **({} if is_message else _sending(record))}


def _sending(record: Record) -> Document:
    """What a notice, which has no sent box, keeps of its sending: for its receipts."""
    sending: Document = {"by": record.actor, "sent_by": record.id}
    if record.to:
        sending["block"] = [number(record, "first_id"), len(record.to)]
    return sending


def _message(record: Record, revision: int) -> Document:
    return {
        "_id": record.body["message_id"],
        "sender": record.actor,
        "deleted": False,
        "content": record.body["content"],
        "recipients": list(record.to),
        "first_id": record.body["first_id"],
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
        notice_id = number(record, "notice_id")

        async def write(stamp: int) -> None:
            await self._stores.notices.add(_notice(record, stamp))

        await turn.write(write, partial(self._stores.notices.restamp, notice_id))
        if record.body.get("expires_at"):
            due_at = number(record, "expires_at")
            await self._later(f"expire:{record.id}", due_at, {"notice_id": notice_id})

    async def event(self, record: Record) -> Event:
        frame = self._shapes[NOTICE].frame(of_notice(_notice(record, record.revision), None), {})
        audience = Audience.from_document(record.body["audience"])
        was_late = record.revision > record.stamp  # a count that began before may have it
        unread = BOXES[NOTICE], 0 if was_late else 1
        part = Part(audience, frame, unread=unread, as_of=record.stamp)
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
    return {**notice, **extra, **_sending(record)}
