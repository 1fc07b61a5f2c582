"""One's own account: what its owner sees of it and may change himself."""

from collections.abc import Mapping
from typing import Any, Protocol

from domain.accounts import Identity
from domain.coercion import REQUIRED
from domain.errors import Invalid, NotAuthenticated
from models.accounts import AccountStore
from models.database import Document
from models.users import address
from services.identities import NOT_ACTIVE, present_groups
from services.passwords import Passwords

WRONG_PASSWORD = "Wrong password."


class Change(Protocol):
    """How an account's fields are set."""

    async def __call__(
        self, user: int, fields: Mapping[str, Any], *, actor: int | None, keep: str | None
    ) -> None: ...


class Profiles:
    """Shows and edits the caller's own account."""

    def __init__(self, store: AccountStore, passwords: Passwords, change: Change):
        self._store, self._passwords, self._change = store, passwords, change

    async def show(self, user: int) -> Mapping[str, object]:
        """The account as its owner sees it; groups that everyone is in are not listed."""
        document = await self._get(user)
        groups = await self._store.groups.get_all(present_groups(document))
        return {
            "id": user,
            "username": document["username"],
            "email": document["email"],
            "email_verified": document["email_verified"],
            "language": document["language"],
            "time_zone": document["time_zone"],
            "is_admin": document["is_admin"],
            "groups": [{"id": one["_id"], "name": one["name"]} for one in groups],
        }

    async def edit(self, identity: Identity, edit: Mapping[str, Any]) -> Mapping[str, object]:
        """Change what is given and differs, in one step; the account as it is then.

        A changed address is not verified any more. A new password needs the present one when a
        browser asks, and ends the account's other sessions. Raises `Invalid`.
        """
        document = await self._get(identity.user.id)
        fields = {
            name: edit[name]
            for name in ("language", "time_zone")
            if name in edit and edit[name] != document[name]
        }
        if "email" in edit and edit["email"] != document["email"]:
            fields |= address(edit["email"], is_verified=False)
        if "password" in edit:
            await self._check(identity, document, edit.get("current_password"))
            fields["password"] = await self._passwords.hash(edit["password"])
        if fields:
            user, keep = identity.user.id, identity.credential if identity.is_session else None
            await self._change(user, fields, actor=user, keep=keep)
        return await self.show(identity.user.id)

    async def _get(self, user: int) -> Document:
        document = await self._store.users.get(user)
        if document is None:
            raise NotAuthenticated(NOT_ACTIVE)
        return document

    async def check_present(self, identity: Identity, given: str | None) -> None:
        """Raise `Invalid` unless a browser also sends the present password, if there is one."""
        document = await self._get(identity.user.id)
        if document["password"] is not None:
            await self._check(identity, document, given)

    async def _check(self, identity: Identity, document: Document, given: str | None) -> None:
        if not identity.by_cookie:
            return
        if given is None:
            raise Invalid({"current_password": [REQUIRED]})
        if not await self._passwords.is_right(given, document["password"]):
            raise Invalid({"current_password": [WRONG_PASSWORD]})
