"""Announcements: what one is, when it is in force, for whom, and what must be confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from domain.audiences import GROUPS_OF_EVERYONE, Audience, Member
from domain.localization import Texts

# A reader has the sum of the announcement's version, his receipt's and his joins and leaves. A
# frame that all get at once carries the first alone, so each step is higher than any sum before.
STEP: Final = 1_000_000
NOW: Final = 2**62  # of stays: whoever is in a group at present, whenever it was decided


@dataclass(frozen=True)
class Announcement:
    """One announcement as it stands; ``fields`` are those that were given, under their new names.

    ``starts`` and ``ends`` are the window in µs, both included. ``version`` is the editors',
    ``live`` the readers'. ``reached`` are all groups that it was shown to.
    """

    id: int
    version: int
    fields: Mapping[str, Any]
    groups: tuple[int, ...] = ()
    owner: Mapping[str, Any] = field(default_factory=dict)
    starts: int | None = None
    ends: int | None = None
    created_on: int = 0
    live: int = STEP
    revision: int = 0
    reached: frozenset[int] = frozenset()
    is_deleted: bool = False

    @property
    def is_pending(self) -> bool:
        """Must its readers confirm it? Not what clients show at a place of their own (2.3)."""
        return not self.fields.get("webfrontend_type")

    @property
    def key(self) -> str:
        """What confirms exactly this version (surface, "Announcements")."""
        return f"{self.id}.{self.version}"

    @property
    def since(self) -> int:
        """When its readers got it: it was made, or its window opened later."""
        return max(self.created_on, self.starts or 0)

    def text(self, name: str) -> Texts | None:
        """One of its texts, by culture."""
        found: Texts | None = self.fields.get(name)
        return found

    def is_in_force(self, now: int) -> bool:
        """Is ``now`` inside the window? Both of its ends are."""
        is_over = self.ends is not None and now > self.ends
        return not (self.is_deleted or is_over) and now >= (self.starts or now)

    def is_for(self, member: Member) -> bool:
        """Is he in its audience at present? Without groups nobody is."""
        return Audience(frozenset(self.groups)).includes(member, NOW)

    def is_visible(self, member: Member, now: int) -> bool:
        """Does he see it now?"""
        return self.is_in_force(now) and self.is_for(member)

    def may_have_reached(self, member: Member) -> bool:
        """Could he have seen it at any time, so that he must be told of its end?"""
        groups = self.reached
        return bool(groups & GROUPS_OF_EVERYONE) or any(s.group in groups for s in member.stays)

    def is_confirmed(self, confirmed: int) -> bool:
        """Is it confirmed by who confirmed up to version ``confirmed`` (0: none)? (2.6)"""
        if self.fields.get("confirm_every_version"):
            return confirmed >= self.version
        return confirmed > 0

    def edges(self, member: Member) -> list[int]:
        """When he joined and left the groups that it is or was for (hole H10)."""
        groups = self.reached | set(self.groups)
        stays = [stay for stay in member.stays if stay.group in groups]
        ends = [stay.until for stay in stays if stay.until is not None]
        return [*(stay.since for stay in stays), *ends]

    def place(self, member: Member) -> tuple[int, int]:
        """(revision, version) that it has for him, his receipt left aside.

        Once it is deleted joining and leaving move it no more.
        """
        edges = self.edges(member)
        if self.is_deleted:
            return self.revision, self.live + len(edges)
        begun = [member.since] if self.reached & GROUPS_OF_EVERYONE else []
        return max(self.revision, *edges, *begun, 0), self.live + len(edges)


def parse_key(text: str) -> tuple[int, int] | None:
    """(id, version) of a message key, or None when it is none."""
    number, dot, version = text.partition(".")
    if not dot or not _is_short(number) or not _is_short(version):
        return None
    return int(number), int(version)


def _is_short(digits: str) -> bool:
    return digits.isascii() and digits.isdecimal() and len(digits) <= 18
