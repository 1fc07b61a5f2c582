"""Who somebody is and what he may do: values that travel between the layers."""

from dataclasses import dataclass, field

from domain.audiences import Member

ROOT = "system.root"


@dataclass(frozen=True, slots=True)
class User:
    """An account as services see it; ``rights`` are his own and his groups' together."""

    id: int
    username: str
    member: Member
    email: str | None = None
    is_active: bool = True
    is_admin: bool = False
    rights: frozenset[str] = frozenset()
    language: str | None = None
    time_zone: str | None = None

    @property
    def holds_all(self) -> bool:
        """Is he an administrator, or holds what includes all rights?"""
        return self.is_admin or ROOT in self.rights

    def may(self, right: str) -> bool:
        """Rights add up; administrators and ``system.root`` hold all (surface, "Rights")."""
        return self.holds_all or right in self.rights


@dataclass(frozen=True, slots=True)
class Identity:
    """A user and the credential that showed it: the hash of a token or, ``is_session``, a session.

    ``by_cookie`` says how it came: a browser sends a cookie along whichever page asks for it.
    ``until`` is when the credential ends by itself (µs); None: it does not.
    """

    user: User
    credential: str
    is_session: bool = False
    by_cookie: bool = False
    csrf_token: str | None = field(default=None, repr=False)
    until: int | None = None

    def has_ended(self, now: int) -> bool:
        return self.until is not None and self.until <= now
