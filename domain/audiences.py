"""Audiences: everyone, or groups, and who was in one at a given moment (live, "Membership")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

EVERYONE = "everyone"
FIRST_SYSTEM_GROUP = 1_000_001
SYSTEM_GROUPS = (
    ":all",
    ":authenticated",
    ":non_system",
    ":anonymous",
    ":easydb",
    ":email",
    ":collection",
    ":easydb-self-register",
    ":internet_connection",
    ":intranet_connection",
    ":sso",
    ":fallback",
)
SYSTEM_GROUP_IDS = {name: FIRST_SYSTEM_GROUP + n for n, name in enumerate(SYSTEM_GROUPS)}
# Every account is in these from its first moment to its last.
GROUPS_OF_EVERYONE = frozenset(
    SYSTEM_GROUP_IDS[name] for name in (":all", ":authenticated", ":non_system")
)


@dataclass(frozen=True, slots=True)
class Stay:
    """One interval in a group, in revisions: from ``since`` on, before ``until`` (None: still)."""

    group: int
    since: int
    until: int | None = None

    def covers(self, moment: int) -> bool:
        return self.since <= moment and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True)
class Member:
    """When an account began and all its stays in groups."""

    since: int
    stays: tuple[Stay, ...] = ()

    def groups_at(self, moment: int) -> frozenset[int]:
        """The groups this account was in at ``moment``, those of everyone included."""
        stays = frozenset(stay.group for stay in self.stays if stay.covers(moment))
        return stays | GROUPS_OF_EVERYONE if self.since <= moment else stays


@dataclass(frozen=True)
class Audience:
    """Whom a notice is for: everyone (``groups`` is None), or those in one of ``groups``."""

    groups: frozenset[int] | None = None

    @property
    def is_everyone(self) -> bool:
        """Is it for every account that had begun when the notice was sent?"""
        return self.groups is None or bool(self.groups & GROUPS_OF_EVERYONE)

    def includes(self, member: Member, moment: int) -> bool:
        """Was he in this audience at ``moment``? Joining or leaving later changes nothing."""
        if self.is_everyone:
            return member.since <= moment
        groups = self.groups or frozenset()
        return any(stay.group in groups and stay.covers(moment) for stay in member.stays)

    def to_document(self) -> object:
        """``"everyone"`` or ``{"group_ids": [ascending]}``: the same in API, store and envelope."""
        return EVERYONE if self.groups is None else {"group_ids": sorted(self.groups)}

    @classmethod
    def from_document(cls, document: object) -> "Audience":
        """The inverse of ``to_document``; raises ValueError for anything else."""
        if document == EVERYONE:
            return cls()
        if isinstance(document, Mapping) and isinstance(document.get("group_ids"), Sequence):
            return cls(frozenset(int(group) for group in document["group_ids"]))
        raise ValueError(f"not an audience: {document!r}")


def join(member: Member, group: int, moment: int) -> Member:
    """The member with a stay in ``group`` from ``moment`` on; unchanged when already in it."""
    if any(stay.group == group and stay.until is None for stay in member.stays):
        return member
    return Member(member.since, (*member.stays, Stay(group, moment)))


def leave(member: Member, group: int, moment: int) -> Member:
    """The member with his open stay in ``group`` ended at ``moment``, if there is one."""
    stays = tuple(
        Stay(stay.group, stay.since, moment) if stay.group == group and stay.until is None else stay
        for stay in member.stays
    )
    return Member(member.since, stays)
