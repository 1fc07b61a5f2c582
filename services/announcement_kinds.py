"""The records of announcements: made and changed, deleted, in and out of force, confirmed."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from domain.announcements import NOW, Announcement
from domain.audiences import Audience
from domain.events import Event, Part, Signal
from domain.items import ANNOUNCEMENT, BOXES
from domain.jobs import NewJob
from domain.localization import DEFAULT, variants
from domain.records import Record
from models.announcements import from_document
from models.claims import Claims
from models.database import Document
from push import frames
from services.announced import Announced
from services.items import Shape
from services.mailboxes import Stores
from services.turns import Turn

SAVE, DELETE, TURN, CONFIRM = (
    f"announcements.{what}" for what in ("save", "delete", "turn", "confirm")
)
UNREAD = BOXES[ANNOUNCEMENT]


def reference_claim(one: Announcement) -> str | None:
    """What is claimed for its reference, which is unique; None when it has none."""
    reference = one.fields.get("reference")
    return None if reference is None else f"ref:{reference}"


class Told:
    """What a change of announcements means to those connected: the second half of each kind."""

    def __init__(self, stores: Stores, announced: Announced, shape: Shape):
        self.stores, self._announced, self._shape = stores, announced, shape

    async def event(self, record: Record, ids: list[int]) -> Event:
        """Frames for their readers, read back from what the record changed.

        Who ever confirmed one reads the feed instead: it depends on him what it is to him now.
        """
        parts: list[Part] = []
        users: set[int] = set()
        for document in await self.stores.announcements.get_all(sorted(ids)):
            if document["changed_by"] == record.id:
                confirmed = await self.stores.confirmations.users_of(document["_id"])
                users |= confirmed.keys()
                parts += self._parts(document, frozenset(confirmed))
        if record.revision > record.stamp:  # late: a count that began before may have it
            parts = [replace(part, unread=(UNREAD, 0)) for part in parts]
        signals = tuple(Signal("reread", user) for user in sorted(users))
        return Event(record.id, record.revision, tuple(parts), signals)

    def _parts(self, document: Document, confirmed: frozenset[int]) -> list[Part]:
        one, was, told = from_document(document), document["was"], document["told"]
        before = frozenset(was["groups"]) if was["told"] else frozenset()
        after = frozenset(one.groups) if told else frozenset()
        parts: list[Part] = []
        if before - after:
            parts.append(self._gone(one, before - after, confirmed, is_whole=not after))
        if after:
            parts.append(self._here(one, after, confirmed, is_new=not before))
        return parts

    def _gone(
        self,
        one: Announcement,
        groups: frozenset[int],
        confirmed: frozenset[int],
        *,
        is_whole: bool,
    ) -> Part:
        """Who is in a group that has it still is told so after, in a version that is higher."""
        version = one.live if is_whole else one.live - 1
        resource = {"id": one.id}
        frame = frames.change(ANNOUNCEMENT, version=version, revision=one.revision, item=resource)
        difference = -1 if is_whole and one.is_pending and not one.is_deleted else 0
        unread = (UNREAD, difference)
        return Part(Audience(groups), frame, unread=unread, as_of=NOW, without=confirmed)

    def _here(
        self, one: Announcement, groups: frozenset[int], confirmed: frozenset[int], *, is_new: bool
    ) -> Part:
        fields = [one.text(name) for name in ("title", "message", "confirmation")]
        made = {key: self._frame(one, key or None) for key in variants(*fields)}
        return Part(
            Audience(groups),
            made[DEFAULT],
            unread=(UNREAD, 1 if is_new and one.is_pending else 0),
            as_of=NOW,
            variants={key: frame for key, frame in made.items() if key != DEFAULT},
            without=confirmed,
        )

    def _frame(self, one: Announcement, language: str | None) -> bytes:
        return self._shape.frame(self._announced.shown(one, language), {})


class Save:
    """New announcements and new versions of others, all or nothing.

    Body: ``new`` and ``changed``, documents as `domain.announcements.Announcement` has them, and
    ``released``: [reference, announcement] that is free again.
    """

    def __init__(self, told: Told, claims: Claims):
        self._told, self._claims = told, claims

    async def apply(self, record: Record, turn: Turn) -> None:
        store, body = self._told.stores, _body(record)
        ids = _ids(record)
        await turn.write(
            partial(self._write, record),
            partial(store.announcements.restamp_changed, ids, record.id),
        )
        for one in map(from_document, body["new"]):
            if (claim := reference_claim(one)) is not None:
                await self._claims.name(claim, one.id, record.id)
        for reference, of in body["released"]:
            await self._claims.release(reference, of)
        for document in (*body["new"], *body["changed"]):
            await self._arm(from_document(document), record)

    async def _write(self, record: Record, stamp: int) -> None:
        kept, body = self._told.stores.announcements, _body(record)
        for document in body["new"]:
            await kept.add(from_document(document), record, stamp)
        for document in body["changed"]:
            await kept.save(from_document(document), record, stamp)

    async def _arm(self, one: Announcement, record: Record) -> None:
        """The jobs at both ends of its window; those of the version before have nothing to do."""
        jobs = self._told.stores.jobs
        for end in ("open", "close") if one.version > 1 else ():
            await jobs.cancel(_job_key(one.id, one.version - 1, end), record.stamp)
        await jobs.add_all(_jobs(one, record.stamp))

    async def event(self, record: Record) -> Event:
        return await self._told.event(record, _ids(record))


def _body(record: Record) -> Mapping[str, Any]:
    return record.body


def _ids(record: Record) -> list[int]:
    body = _body(record)
    return [document["_id"] for document in (*body["new"], *body["changed"])]


def _job_key(announcement: int, version: int, end: str) -> str:
    return f"announcement:{announcement}:{version}:{end}"


def _jobs(one: Announcement, now: int) -> list[NewJob]:
    """The last instant is inside the window: it closes with the next one."""
    body = {"id": one.id, "version": one.version}
    times = {"open": one.starts, "close": None if one.ends is None else one.ends + 1}
    return [
        NewJob(_job_key(one.id, one.version, end), TURN, at, body)
        for end, at in times.items()
        if at is not None and at > now
    ]


class Remove:
    """The end of an announcement. Body: ``id, released`` (its reference, or None)."""

    def __init__(self, told: Told, claims: Claims):
        self._told, self._claims = told, claims

    async def apply(self, record: Record, turn: Turn) -> None:
        kept, one, body = self._told.stores.announcements, _id(record), _body(record)
        await turn.write(
            partial(kept.delete, one, record), partial(kept.restamp_changed, [one], record.id)
        )
        if body["released"] is not None:
            await self._claims.release(body["released"], one)

    async def event(self, record: Record) -> Event:
        return await self._told.event(record, [_id(record)])


class Turned:
    """A window that opened or closed. Body: ``id, version``."""

    def __init__(self, told: Told):
        self._told = told

    async def apply(self, record: Record, turn: Turn) -> None:
        kept, one, version = self._told.stores.announcements, _id(record), _body(record)["version"]
        await turn.write(
            partial(kept.turn, one, version, record),
            partial(kept.restamp_changed, [one], record.id),
        )

    async def event(self, record: Record) -> Event:
        return await self._told.event(record, [_id(record)])


class Confirm:
    """Versions that a user confirmed. Body: ``keys`` ([id, version]); the actor is he."""

    def __init__(self, stores: Stores):
        self._stores = stores

    async def apply(self, record: Record, turn: Turn) -> None:
        assert record.actor is not None
        kept, user, keys = self._stores.confirmations, record.actor, _body(record)["keys"]
        await turn.write(
            partial(kept.confirm, user, keys, record),
            partial(kept.restamp_changed, user, [one for one, _ in keys], record.id),
        )

    async def event(self, record: Record) -> Event:
        """All his connections read what it is to him now, each in his language."""
        assert record.actor is not None
        signals = (Signal("reread", record.actor),)
        return Event(record.id, record.revision, signals=signals)


def _id(record: Record) -> int:
    one = record.body["id"]
    assert isinstance(one, int)
    return one
