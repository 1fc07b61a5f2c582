"""Announcements: made, changed and deleted by editors, confirmed by their readers (seed 004)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain import announcement_errors as errors
from domain.accounts import User
from domain.announcement_input import Given, check_window, read
from domain.announcements import Announcement, parse_key
from domain.clock import SECOND
from domain.fresh_ids import fresh_id
from domain.items import NOTICE, Item
from domain.jobs import Job
from domain.records import Key
from models.announcements import LARGEST_ID, content_of, from_document
from models.claims import Claims
from models.database import Document
from models.records import Records
from services.announcement_kinds import (
    CONFIRM,
    DELETE,
    SAVE,
    TURN,
    Confirm,
    Remove,
    Save,
    Told,
    Turned,
    reference_claim,
)
from services.announcement_views import Views
from services.changes import Changes, Draft, Kind
from services.items import Shape
from services.mailboxes import Mailboxes, Stores

RIGHT = "system.message"
MOST_AT_ONCE = 1_000
DEAD_AFTER_US = 30 * SECOND  # a claim whose record was not made by then never will be


class Announcements:
    """All announcements. Whoever holds the right sees and changes every one (contract 2.2)."""

    def __init__(
        self,
        stores: Stores,
        mailboxes: Mailboxes,
        changes: Changes,
        records: Records,
        claims: Claims,
        shapes: Mapping[str, Shape],
    ):
        self._stores, self._changes = stores, changes
        self._records, self._claims = records, claims
        self._announced = mailboxes.announced
        self._told = Told(stores, self._announced, shapes[NOTICE])
        self.views = Views(stores, self._announced, changes.clock)

    def kinds(self) -> Mapping[str, Kind]:
        """The records of announcements."""
        return {
            SAVE: Save(self._told, self._claims),
            DELETE: Remove(self._told, self._claims),
            TURN: Turned(self._told),
            CONFIRM: Confirm(self._stores),
        }

    # Editors

    async def listed(self, offset: int, limit: int) -> list[Announcement]:
        """A stretch of all of them, by id."""
        return [
            from_document(one) for one in await self._stores.announcements.listed(offset, limit)
        ]

    async def find(self, announcement: int) -> Announcement | None:
        """One of them, or None."""
        found = await self._stores.announcements.get(announcement)
        return None if found is None else from_document(found)

    async def get(self, announcement: int) -> Announcement:
        """One of them; raises an `AnnouncementError`."""
        found = await self.find(announcement)
        if found is None:
            raise errors.message_not_found(announcement)
        return found

    async def create(
        self, user: User, elements: Sequence[Any], key: Key | None, fingerprint: str
    ) -> list[Announcement]:
        """Make them all, or none; raises an `AnnouncementError`, and as `Changes.make`."""
        outcome = await self._changes.recall(key, fingerprint)
        if outcome is None:
            given = [read(one, at) for at, one in enumerate(elements)]
            for at, one in enumerate(given):
                _check_new(one, at)
            await self._check_people(given, user)
            first = await self._stores.counters.announcements.take(max(1, len(given)))
            made = [_new(one, first + n, user) for n, one in enumerate(given)]
            record = key.record_id if key else fresh_id()
            await self._claim(record, {}, _references(made))
            now = self._changes.clock.now()
            body = {"new": [_document(one, now) for one in made], "changed": [], "released": []}
            draft = Draft(SAVE, user.id, body, answer=_answer(made), id=record)
            draft = replace(draft, key=key, fingerprint=fingerprint)
            outcome = await self._changes.make(draft)
            if outcome.answer == draft.answer:  # else another request under this key was faster
                return made
        return await self._made(outcome.answer)

    async def update(self, user: User, elements: Sequence[Any]) -> list[Announcement]:
        """Change what is given of each, or nothing of any; raises as `create`."""
        given = [read(one, at) for at, one in enumerate(elements)]
        old = [await self._named(one, at) for at, one in enumerate(given)]
        if len({one.id for one in old}) < len(old):
            raise errors.bad_value("_id", "the same message twice")
        await self._check_people(given, None)
        new = [_changed(was, one) for was, one in zip(old, given, strict=True)]
        record = fresh_id()
        pairs = [(was, one) for was, one in zip(old, new, strict=True) if _differ(was, one)]
        references = _references([one for _, one in pairs])
        await self._claim(record, {one.key: one.id for one in new}, references)
        freed = [[claim, was.id] for was, _ in pairs if (claim := reference_claim(was))]
        changed = [_document(one, one.created_on) for one in new]
        body = {"new": [], "changed": changed, "released": freed}
        await self._changes.make(Draft(SAVE, user.id, body, id=record))
        return new

    async def delete(self, user: User, announcement: int) -> None:
        """Withdraw one for good; raises an `AnnouncementError`."""
        one, record = await self.get(announcement), fresh_id()
        claim = {f"{one.id}.deleted": one.id}
        if await self._claims.take(claim, record, self._changes.clock.now(), self._is_dead):
            raise errors.message_not_found(announcement)
        body = {"id": one.id, "released": reference_claim(one)}
        await self._changes.make(Draft(DELETE, user.id, body, id=record))

    async def turn(self, job: Job) -> None:
        """The job at an end of a window."""
        body = {"id": job.body["id"], "version": job.body["version"]}
        await self._changes.make(Draft(TURN, None, body, id=f"turn:{job.key}"))

    async def _made(self, answer: Mapping[str, Any]) -> list[Announcement]:
        """What an outcome made, in its order and as it made it."""
        keys: list[str] = list(answer["keys"])
        found = await self._stores.announcements.at_versions(keys)
        return [from_document(found[key]) for key in keys if key in found]

    async def _named(self, given: Given, at: int) -> Announcement:
        """The one that an update is about, whose next version it names."""
        if given.id is None and given.lookup is None:
            raise errors.expected(f"[{at}].message._id")
        if given.id is not None:
            one = await self.get(given.id)
        else:
            found = await self._stores.announcements.by_reference(given.lookup or "")
            if found is None:
                raise errors.message_not_found(given.lookup)
            one = from_document(found)
        if given.version is None:
            raise errors.expected(f"[{at}].message._version")
        if given.version != one.version + 1:
            raise errors.version_mismatch(given.version, one.version + 1)
        return one

    async def _check_people(self, given: Sequence[Given], creator: User | None) -> None:
        """Do all groups and owners exist, and is who creates the owner?"""
        groups = {group for one in given for group in one.groups or ()}
        users = {one.owner[1] for one in given if one.owner and one.owner[0] == "user"}
        groups |= {one.owner[1] for one in given if one.owner and one.owner[0] == "group"}
        have = await self._stores.groups.names(one for one in groups if 0 < one <= LARGEST_ID)
        for group in sorted(groups - have.keys()):
            raise errors.group_not_found(group)
        alive = await self._stores.users.names(users)
        for user in sorted(users - alive.keys()):
            raise errors.user_not_found(user)
        if creator and any(one.owner not in (None, ("user", creator.id)) for one in given):
            raise errors.owner_changed()

    # Claims

    async def _claim(
        self, record: str, versions: Mapping[str, int], references: Sequence[tuple[str, int]]
    ) -> None:
        """Take these versions and references for a record, all or none; raises what is taken."""
        if len(dict(references)) < len(references):
            raise errors.reference_taken(_twice([name for name, _ in references])[4:])
        wanted = {**versions, **dict(references)}
        now = self._changes.clock.now()
        taken = await self._claims.take(wanted, record, now, self._is_dead)
        if taken is None:
            return
        if taken.startswith("ref:"):
            raise errors.reference_taken(taken[4:])
        version = int(taken.partition(".")[2])
        raise errors.version_mismatch(version, version + 1)

    async def _is_dead(self, claim: Document) -> bool:
        """Was a claim left by a process that died before its record was made?"""
        what: str = claim["_id"]
        is_young = claim["at"] > self._changes.clock.now() - DEAD_AFTER_US
        if is_young or await self._records.get(claim["by"]) is not None:
            return False
        one = await self.find(claim["of"])
        if what.startswith("ref:"):
            return one is None or what != reference_claim(one)
        version = what.partition(".")[2]
        return one is not None and (version == "deleted" or one.version < int(version))

    # Readers

    async def pending(self, user: User, language: str | None = None) -> list[Item]:
        """What he must confirm, by id, in his language or in another (contract 2.6)."""
        reader = user if language is None else replace(user, language=language)
        seen = await self._announced.visible(reader)
        return sorted((one for one in seen if not one.is_read), key=lambda one: one.id)

    async def check_confirmed(self, user: User) -> None:
        """Raise when something must be confirmed first."""
        if await self.pending(user):
            raise errors.tasks_not_confirmed()

    async def confirm(self, user: User, keys: Sequence[str]) -> None:
        """Confirm versions by their keys; what he does not see or has confirmed is passed over.

        Raises an `AnnouncementError` for a text that is no key.
        """
        parsed = [(text, parse_key(text)) for text in keys]
        wrong = [text for text, key in parsed if key is None]
        if wrong:
            raise errors.bad_value("message_key", "not a key of a message")
        standing = await self._stores.announcements.standing()
        now = self._changes.clock.now()
        seen = {
            one.id: one for one in map(from_document, standing) if one.is_visible(user.member, now)
        }
        wanted = {key for _, key in parsed if key is not None and key[0] in seen}
        mine = await self._stores.confirmations.of(user.id, {one for one, _ in wanted})
        fresh = [
            [one, version]
            for one, version in sorted(wanted)
            if mine.get(one, {"confirmed": 0})["confirmed"] < version <= seen[one].version
        ]
        if fresh:
            await self._changes.make(Draft(CONFIRM, user.id, {"keys": fresh}))


def _check_new(given: Given, at: int) -> None:
    if given.id is not None or given.lookup is not None:
        raise errors.not_accepted(f"[{at}].message._id")
    if given.version not in (None, 1):
        raise errors.version_mismatch(given.version or 0, 1)


def _new(given: Given, number: int, user: User) -> Announcement:
    blank = Announcement(number, 0, {}, owner={"kind": "user", "id": user.id})
    return _changed(blank, given)


def _changed(old: Announcement, given: Given) -> Announcement:
    """The next version: a text that is given replaces all its cultures (surface)."""
    merged = {**old.fields, **given.fields}
    starts, ends = check_window(merged)
    return replace(
        old,
        version=old.version + 1,
        fields={key: value for key, value in merged.items() if value is not None},
        groups=old.groups if given.groups is None else given.groups,
        owner=old.owner
        if given.owner is None
        else dict(zip(("kind", "id"), given.owner, strict=True)),
        starts=starts,
        ends=ends,
    )


def _document(one: Announcement, created_on: int) -> dict[str, Any]:
    return {"_id": one.id, **content_of(one), "created_on": created_on}


def _answer(made: Sequence[Announcement]) -> dict[str, Any]:
    return {"keys": [one.key for one in made]}


def _references(these: Sequence[Announcement]) -> list[tuple[str, int]]:
    claims = ((reference_claim(one), one.id) for one in these)
    return [(claim, of) for claim, of in claims if claim is not None]


def _differ(old: Announcement, new: Announcement) -> bool:
    return reference_claim(old) != reference_claim(new)


def _twice(names: Sequence[str]) -> str:
    return next(name for name in names if names.count(name) > 1)
