"""Accounts as administrators keep them: found, made, changed and ended.

Invariant: somebody who administers is left. Of two administrators who end each other at once, one
is told that he is the last.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from domain.clock import Clock
from domain.errors import Conflict, Invalid, NotFound
from domain.instants import to_text
from domain.records import Body, Key
from domain.windows import Listed, Window
from models.accounts import AccountStore
from models.database import Document
from models.users import NewUser, address
from services.account_kinds import CREATE
from services.addresses import giving
from services.changes import Changes, Draft
from services.creations import Creation
from services.groups import OF_THE_SYSTEM
from services.passwords import Passwords, readable_password

LAST = "This is the last administrator who can sign in."
NO_GROUP = "There is no group {}."
TAKEN = "The {} {!r} is taken."
NEEDS_EMAIL = "An address that is verified needs an email."
PLAIN = ("is_active", "is_admin", "rights", "language", "time_zone")
ADMINISTRATORS = "administrators"


class Ending(Protocol):
    """What ends an account, and what changes it (`services.accounts`)."""

    async def change(
        self, user: int, fields: Mapping[str, Any], *, actor: int | None = None
    ) -> None: ...

    async def delete(self, user: int, *, actor: int | None = None) -> None: ...


class People:
    """What is done with other people's accounts; raises `NotFound` for one that is not there."""

    def __init__(self, store: AccountStore, changes: Changes, passwords: Passwords, ending: Ending):
        self._store, self._changes, self._passwords = store, changes, passwords
        self._ending = ending
        self.creation = Creation(self._insert)

    @property
    def _clock(self) -> Clock:
        return self._changes.clock

    async def listed(self, window: Window, words: str | None = None) -> Listed[Document]:
        """Accounts, the newest first; ``words``: one of whose words begins so."""
        return await self._store.users.listed(window, words)

    async def get(self, user: int) -> Document:
        found = await self._store.users.get(user)
        if found is None:
            raise NotFound
        return found

    async def create(
        self,
        actor: int | None,
        given: Mapping[str, Any],
        key: Key | None = None,
        fingerprint: str = "",
    ) -> Document:
        """A new account; without the hash of a ``password`` it is signed in to by tokens alone.

        Raises `Invalid` for a group that is not there or that nobody joins, `Conflict` for a name
        that is taken, and as `Changes.make`.
        """
        outcome = await self._changes.recall(key, fingerprint)
        if outcome is None:
            new = await self._new(given)
            user = await self._store.counters.users.take()
            document = new.to_document(user, self._clock.stamp())
            draft = Draft(
                CREATE, actor, document, answer={"id": user}, key=key, fingerprint=fingerprint
            )
            email = new.email if new.email_verified else None
            async with giving(self._store, self._clock, email, None):
                outcome = await self.creation.make(self._changes, draft)
        made = outcome.answer["id"]
        assert isinstance(made, int)
        found = await self._store.users.get(made)
        if found is None:
            raise Conflict("Somebody else took the name, or the account was deleted since.")
        return found

    async def _new(self, given: Mapping[str, Any]) -> NewUser:
        groups = tuple(given.get("groups", ()))
        await self._check_groups(groups)
        await self._check_free(given["username"], given.get("identities", ()))
        email = given.get("email")
        is_verified = given.get("email_verified", False)
        if is_verified and not email:
            raise Invalid({"email_verified": [NEEDS_EMAIL]})
        fields = {name: given[name] for name in PLAIN if name in given}
        fields["rights"] = tuple(given.get("rights", ()))
        return NewUser(
            given["username"],
            email=email,
            email_verified=is_verified,
            identities=tuple(given.get("identities", ())),
            groups=groups,
            password=given.get("password"),
            **fields,
        )

    async def _check_groups(self, groups: tuple[int, ...]) -> None:
        found = {one["_id"]: one for one in await self._store.groups.get_all(groups)}
        texts = [NO_GROUP.format(one) for one in groups if one not in found]
        texts += [OF_THE_SYSTEM for one in found.values() if one["is_system"]]
        if texts:
            raise Invalid({"groups": texts})

    async def _check_free(self, username: str, identities: tuple[str, ...]) -> None:
        if await self._store.users.by_username(username) is not None:
            raise Conflict(TAKEN.format("username", username))
        for taken in sorted(await self._store.users.taken_identities(identities)):
            raise Conflict(TAKEN.format("identity", taken))

    async def _insert(self, document: Body) -> None:
        await self._store.users.add_all([dict(document)])

    async def change(self, actor: int | None, user: int, given: Mapping[str, Any]) -> Document:
        """Set what is given and differs; the account as it is then.

        An address that changes is not verified, unless that is said. Raises `Conflict` when nobody
        would be left who administers, or a verified address is another account's. Without an
        ``actor`` it is the command line's, which may end the last: it can make another.
        """
        document = await self.get(user)
        fields = {name: given[name] for name in PLAIN if name in given}
        fields |= _address(document, given)
        fields = {name: value for name, value in fields.items() if value != document[name]}
        if not fields:
            return document
        ends = fields.get("is_admin") is False or fields.get("is_active") is False
        email = fields.get("email", document["email"]) if fields.get("email_verified") else None
        async with (
            giving(self._store, self._clock, email, user),
            self.leaving_one(user, may_end=ends and actor is not None),
        ):
            await self._ending.change(user, fields, actor=actor)
        return await self.get(user)

    async def delete(self, actor: int, user: int) -> None:
        """End an account for good; raises as `change`."""
        await self.get(user)
        async with self.leaving_one(user, may_end=True):
            await self.end(actor, user)

    async def end(self, actor: int | None, user: int) -> None:
        """End an account, whoever is left."""
        await self._ending.delete(user, actor=actor)

    @asynccontextmanager
    async def leaving_one(self, user: int, *, may_end: bool) -> AsyncIterator[None]:
        """One at a time ends an administrator, and never the last; raises `Conflict`."""
        if not may_end:
            yield
            return
        async with self._store.locks.held(ADMINISTRATORS, self._clock.now()):
            if await self._store.users.administrators() == [user]:
                raise Conflict(LAST)
            yield

    async def set_password(self, actor: int, user: int, password: str | None) -> str | None:
        """A new password, which ends all his sessions; the one that was made when none is given."""
        await self.get(user)
        made = readable_password() if password is None else None
        hashed = await self._passwords.hash(password or made or "")
        await self._ending.change(user, {"password": hashed}, actor=actor)
        return made


def _address(document: Document, given: Mapping[str, Any]) -> Document:
    """The fields of a changed address; raises `Invalid`."""
    if "email" not in given and "email_verified" not in given:
        return {}
    email = given.get("email", document["email"])
    is_same = email == document["email"]
    is_verified = given.get("email_verified", document["email_verified"] and is_same)
    if is_verified and not email:
        raise Invalid({"email_verified": [NEEDS_EMAIL]})
    return address(email, is_verified=is_verified)


def shown(user: Document, groups: Sequence[object]) -> dict[str, Any]:
    """An account as administrators see it, with ``groups`` as the caller shows them."""
    plain = ("username", "email", "email_verified", "is_active", "is_admin", "rights")
    return {
        "id": user["_id"],
        **{name: user[name] for name in plain},
        "groups": groups,
        "identities": user.get("identities", []),
        "has_password": user["password"] is not None,
        "language": user["language"],
        "time_zone": user["time_zone"],
        "created_at": to_text(user["since"]),
    }
