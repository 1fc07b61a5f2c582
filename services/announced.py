"""Announcements as their readers have them: which of them, in which language, in which version."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import nh3
import orjson

from domain.accounts import User
from domain.announcements import Announcement
from domain.clock import Clock
from domain.items import ANNOUNCEMENT, Item
from domain.localization import choose
from models.announcements import Announcements, from_document
from models.confirmations import Confirmations
from models.database import Document
from models.feeds import item_key

NO_RECEIPT: Mapping[str, int] = {"confirmed": 0, "version": 0, "revision": 0}


class Announced:
    """Reads announcements for one user at a time. ``languages`` come before any other."""

    def __init__(
        self,
        announcements: Announcements,
        confirmations: Confirmations,
        clock: Clock,
        languages: Sequence[str] = (),
    ):
        self._announcements, self._confirmations = announcements, confirmations
        self._clock, self.languages = clock, languages

    async def visible(self, user: User, standing: Iterable[Document] | None = None) -> list[Item]:
        """What he sees now, in no order; of ``standing``, when it is known already."""
        found = await self._announcements.standing() if standing is None else standing
        now = self._clock.now()
        seen = [one for one in map(from_document, found) if one.is_visible(user.member, now)]
        receipts = await self._receipts(user, seen)
        return [self.of(one, user, receipts.get(one.id, NO_RECEIPT)) for one in seen]

    async def changed(self, user: User, since: int, until: int) -> list[Item]:
        """What came, changed or went for him with ``since`` ≤ revision ≤ ``until``, and more."""
        changed, receipts = await asyncio.gather(
            self._announcements.changed_between(since, until),
            self._confirmations.changed_between(user.id, since, until),
        )
        if _moved_between(user, since, until):
            changed = await self._announcements.standing() + changed
        by_id = {one["_id"]: one for one in changed}
        confirmed = {one["announcement"] for one in receipts}
        for one in await self._announcements.get_all(confirmed - by_id.keys()):
            by_id[one["_id"]] = one
        now = self._clock.now()
        reached = [one for one in map(from_document, by_id.values()) if _concerns(one, user, now)]
        mine = await self._receipts(user, reached)
        return [self.of(one, user, mine.get(one.id, NO_RECEIPT)) for one in reached]

    async def _receipts(self, user: User, these: Sequence[Announcement]) -> dict[int, Document]:
        if not these:
            return {}
        return await self._confirmations.of(user.id, [one.id for one in these])

    def of(self, one: Announcement, user: User, receipt: Mapping[str, Any]) -> Item:
        """It as he has it: in his language, or as a tombstone when he does not see it now."""
        revision, version = one.place(user.member)
        item = self.shown(one, user.language, receipt["confirmed"])
        is_visible = one.is_visible(user.member, self._clock.now())
        return Item(
            kind=ANNOUNCEMENT,
            id=one.id,
            key=item_key("a", one.id),
            version=version + receipt["version"],
            revision=max(revision, receipt["revision"]),
            content=item.content if is_visible else "",
            sent_on=one.since,
            is_read=item.is_read,
            is_deleted=not is_visible,
            expires_at=one.ends,
            announcement=item.announcement if is_visible else None,
        )

    def shown(self, one: Announcement, language: str | None, confirmed: int = 0) -> Item:
        """It as somebody of this language is shown it, in its own version and place."""
        texts = {name: choose(one.text(name), language, self.languages) for name in _TEXTS}
        props = one.fields.get("webfrontend_props")
        return Item(
            kind=ANNOUNCEMENT,
            id=one.id,
            key=item_key("a", one.id),
            version=one.live,
            revision=one.revision,
            content=sanitised(texts["message"]) or "",
            sent_on=one.since,
            is_read=not one.is_pending or one.is_confirmed(confirmed),
            expires_at=one.ends,
            announcement={
                "title": texts["title"],
                "confirm": texts["confirmation"],
                "updated": confirmed > 0 and not one.is_confirmed(confirmed),
                "message_key": one.key,
                "type": one.fields.get("webfrontend_type"),
                "props": None if props is None else orjson.loads(props),
            },
        )


_TEXTS = ("title", "message", "confirmation")


def sanitised(html: str | None) -> str | None:
    """A text as it may stand in a page: no scripts, no handlers, no foreign styles."""
    return None if html is None else nh3.clean(html)


def _moved_between(user: User, since: int, until: int) -> bool:
    """Did his account begin, or he join or leave a group, in this stretch?"""
    stays = user.member.stays
    edges = [
        user.member.since,
        *(stay.since for stay in stays),
        *(stay.until or 0 for stay in stays),
    ]
    return any(since <= edge <= until for edge in edges)


def _concerns(one: Announcement, user: User, now: int) -> bool:
    """Does he see it, or could he have seen it before? Of what is yet to come he is not told."""
    return one.is_visible(user.member, now) or one.may_have_reached(user.member)
