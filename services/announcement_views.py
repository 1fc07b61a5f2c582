"""What editors look at: who sees an announcement and who confirmed, its versions, a preview."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.announcements import Announcement
from domain.audiences import SYSTEM_GROUP_IDS, Audience
from domain.clock import Clock
from domain.items import Item
from models.announcements import from_document
from models.database import Document
from services.announced import Announced
from services.identities import as_member
from services.mailboxes import Stores

FALLBACK = SYSTEM_GROUP_IDS[":fallback"]


@dataclass(frozen=True)
class People:
    """Groups, and the names of users, that announcements speak of; what is gone is missing."""

    groups: Mapping[int, Document]
    users: Mapping[int, str]

    def owner_of(self, one: Announcement) -> tuple[str, int]:
        """("user" or "group", id): a deleted owner's fall to the group `:fallback` (2.4)."""
        kind, number = one.owner["kind"], one.owner["id"]
        is_there = number in (self.users if kind == "user" else self.groups)
        return (kind, number) if is_there else ("group", FALLBACK)


@dataclass(frozen=True)
class Reach:
    """How many are in the audience, and how many of these confirmed it, or any version of it."""

    users: int
    confirmed: int
    confirmed_any: int
    is_in_force: bool


class Views:
    """Reads for editors; nothing here changes anything."""

    def __init__(self, stores: Stores, announced: Announced, clock: Clock):
        self._stores, self._announced, self._clock = stores, announced, clock

    async def people(self, these: Iterable[Announcement]) -> People:
        """All that are needed to show these announcements."""
        groups: set[int] = {FALLBACK}
        users: set[int] = set()
        for one in these:
            groups |= set(one.groups)
            (users if one.owner["kind"] == "user" else groups).add(one.owner["id"])
        found = await self._stores.groups.get_all(groups)
        names = await self._stores.users.names(users)
        return People({one["_id"]: one for one in found}, names)

    async def reach(self, one: Announcement) -> Reach:
        """Whom it is for now, counted over all accounts."""
        members = {head["_id"]: as_member(head) for head in await self._stores.users.heads()}
        readers = {user for user, member in members.items() if one.is_for(member)}
        confirmed = await self._stores.confirmations.users_of(one.id)
        mine = {user: version for user, version in confirmed.items() if user in readers}
        return Reach(
            users=len(readers),
            confirmed=sum(one.is_confirmed(version) for version in mine.values()),
            confirmed_any=len(mine),
            is_in_force=one.is_in_force(self._clock.now()),
        )

    async def versions(self, one: Announcement) -> list[tuple[Announcement, int, int | None]]:
        """Every version, the oldest first, with when (µs) and by whom it was made."""
        found = await self._stores.announcements.versions(one.id)
        return [(from_document(row), row["at"], row["by"]) for row in found]

    def preview(
        self, one: Announcement, language: str | None, groups: Sequence[int]
    ) -> tuple[Item, bool]:
        """It as somebody of this language is shown it; would he, in these groups, see it now?"""
        audience = Audience(frozenset(one.groups))
        is_seen = bool(audience.groups and audience.groups & set(groups))
        return self._announced.shown(one, language), is_seen and one.is_in_force(self._clock.now())

    @property
    def languages(self) -> Sequence[str]:
        """The configured languages, the usual one first."""
        return self._announced.languages


def task_of(item: Item) -> dict[str, Any]:
    """A pending task of a session (contract 2.6)."""
    shown = item.announcement or {}
    message = {
        **(shown["props"] or {}),
        "title": shown["title"],
        "message": item.content or None,
        "message_key": shown["message_key"],
        "confirm": shown["confirm"],
    }
    return {"type": "message", "updated": shown["updated"], "message": message}
