"""Accounts: making, changing and ending them; their credentials, groups and own pages are parts."""

from collections.abc import Mapping
from typing import Any

from domain.audiences import SYSTEM_GROUP_IDS
from domain.clock import DAY
from domain.errors import Conflict, NotAuthenticated, NotFound
from domain.records import Key
from models.accounts import AccountStore
from models.database import Document, Duplicate
from models.jobs import Jobs
from models.users import NewUser
from services import account_kinds
from services.account_kinds import PurgeMailbox
from services.changes import Changes, Draft, Kind
from services.credentials import Credentials
from services.directory import Directory
from services.groups import Groups
from services.passwords import Passwords
from services.people import People
from services.preferences import OwnPreferences
from services.profiles import Profiles

SERVICES = "services"


class Accounts:
    """Everybody's accounts.

    What those connected must notice is made as a record; a new account concerns nobody yet.
    ``purge_mailbox`` removes a deleted account's copies and may be called again.
    """

    def __init__(
        self,
        store: AccountStore,
        changes: Changes,
        *,
        passwords: Passwords,
        purge_mailbox: PurgeMailbox,
        jobs: Jobs,
        session_days: int,
    ):
        self.store, self.changes, self.passwords = store, changes, passwords
        self.credentials = Credentials(store, changes, passwords, session_us=session_days * DAY)
        self.groups = Groups(store, changes, jobs)
        self.directory = Directory(store)
        self.people = People(store, changes, passwords, self)
        self.profiles = Profiles(store, passwords, self.change)
        self.preferences = OwnPreferences(store.users, self.change)
        self._purge_mailbox = purge_mailbox

    def kinds(self) -> Mapping[str, Kind]:
        """How the records of accounts are carried out, by their names."""
        return {
            account_kinds.CHANGE: account_kinds.Change(self.store),
            account_kinds.CREATE: self.people.creation,
            account_kinds.DELETE: account_kinds.Delete(self.store, self._purge_mailbox),
            account_kinds.REVOKE: account_kinds.Revoke(self.store),
            account_kinds.STAYS: account_kinds.Stays(self.store),
            account_kinds.TOKEN: self.credentials.token_creation,
            account_kinds.GROUP: self.groups.creation,
            account_kinds.END_GROUP: account_kinds.EndGroup(self.store, self.groups.empty_later),
        }

    async def begin(self) -> None:
        """Make the indexes and the system groups that are missing; may be called again."""
        await self.store.ensure_indexes()
        await self.store.groups.ensure(SYSTEM_GROUP_IDS, self.changes.clock.stamp())

    async def add(self, new: NewUser) -> int:
        """Make an account and return its id; raises `Conflict` when a name is taken."""
        user = await self.store.counters.users.take()
        try:
            await self.store.users.add(new.to_document(user, self.changes.clock.stamp()))
        except Duplicate as error:
            key, value = next(iter(error.key.items()), ("username", new.username))
            raise Conflict(f"The {key} {value!r} is taken.") from error
        return user

    async def named(self, name: str) -> Document:
        """The account of this username or, in digits, of this id; raises `NotFound`."""
        found = await self.store.users.by_username(name)
        if found is None and name.isdecimal() and len(name) < 18:
            found = await self.store.users.get(int(name))
        if found is None:
            raise NotFound(f"There is no user {name!r}.")
        return found

    async def change(
        self,
        user: int,
        fields: Mapping[str, Any],
        *,
        actor: int | None = None,
        keep: str | None = None,
    ) -> None:
        """Set fields of an account; a new password ends its sessions, except ``keep``."""
        body: dict[str, Any] = {"user": user, "set": dict(fields)}
        if "password" in fields:
            sessions = await self.store.sessions.of(user)
            body |= {"keep": keep, "ends": [one for one in sessions if one != keep]}
        await self.changes.make(Draft(account_kinds.CHANGE, actor, body))

    async def set_password(self, user: int, password: str) -> None:
        """Give an account a new password and end all its sessions."""
        await self.change(user, {"password": await self.passwords.hash(password)})

    async def deactivate(self, user: int) -> None:
        """Let nobody in on this account any more, and cut its connections."""
        await self.change(user, {"is_active": False})

    async def activate(self, user: int) -> None:
        """Let its owner in again, with the tokens and the password that he had."""
        await self.change(user, {"is_active": True})

    async def delete(self, user: int, *, actor: int | None = None) -> None:
        """End an account for good: credentials, mailbox and all that says who it was."""
        await self.changes.make(Draft(account_kinds.DELETE, actor, {"user": user}))

    async def token_for(self, email: str, key: Key | None = None, fingerprint: str = "") -> str:
        """A new token of the account whose username is this address, which is made if need be.

        Raises as `Credentials.make_token`.
        """
        user = await self._id_of(email)
        if user is None:
            try:
                user = await self.add(NewUser(email, email=email, rights=(SERVICES,)))
            except Conflict:  # somebody else made it just now
                user = await self._id_of(email)
        if user is None:
            raise Conflict("The account was deleted just now.")
        return await self.credentials.make_token(user, key=key, fingerprint=fingerprint)

    async def token_by_password(self, username: str, password: str) -> str:
        """A new token for who knows the password; raises `NotAuthenticated`."""
        user = await self.passwords.check(username, password)
        if user is None:
            raise NotAuthenticated
        return await self.credentials.make_token(user["_id"])

    async def _id_of(self, username: str) -> int | None:
        return (await self.store.users.ids_of([username])).get(username)
