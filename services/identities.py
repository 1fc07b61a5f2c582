"""From a credential to who is calling, and what he may do."""

import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

from domain.accounts import Identity, User
from domain.audiences import GROUPS_OF_EVERYONE, Member, Stay
from domain.clock import Clock
from domain.errors import NotAuthenticated
from domain.events import Event
from models.accounts import AccountStore
from models.database import Document
from services.hashes import csrf_token, hash_of
from services.memory import Memory
from services.passwords import Passwords
from services.remembered import Remembered

MOST_SETS = 1_000  # of groups that somebody is in; more begin afresh
NO_TOKEN = "Invalid token."
NOT_ACTIVE = "User inactive or deleted."
WRONG_PASSWORD = "Invalid username/password."


class Identities:
    """Who a credential belongs to; every way raises `NotAuthenticated` with the contract's text.

    ``rights_of_everyone`` come from the configuration. What was found is kept in ``memory``.
    """

    def __init__(
        self,
        store: AccountStore,
        passwords: Passwords,
        *,
        clock: Clock,
        memory: Memory,
        rights_of_everyone: Iterable[str] = (),
    ):
        self._store, self._passwords = store, passwords
        self._clock, self._memory = clock, memory
        self._rights_of_everyone = frozenset(rights_of_everyone)
        self._key = secrets.token_bytes(32)
        self._groups_of: dict[frozenset[int], Remembered[list[Document]]] = {}

    # The ways to show who one is

    async def by_token(self, text: str) -> Identity:
        """The owner of a token."""
        return await self._of(hash_of(text), is_session=False)

    async def by_cookie(self, value: str) -> Identity:
        """Whose session it is; the identity carries the token that its writes must send."""
        return replace(await self.by_session(value), by_cookie=True, csrf_token=csrf_token(value))

    async def by_session(self, value: str) -> Identity:
        """Whose session it is, for one who names it himself: nothing comes along unasked."""
        return await self._of(hash_of(value), is_session=True)

    async def by_basic(self, username: str, password: str) -> Identity:
        """The account of this name and password; its hash is worked out every few seconds."""
        both = f"{hash_of(username)}{hash_of(password)}".encode()
        key = f"b{hmac.digest(self._key, both, 'sha256').hex()}"
        return await self._memory.recall(key, lambda: self._of_password(username, password))

    async def by_ticket(self, text: str) -> Identity:
        """The owner of a ticket, which is used up; its credential must still be good."""
        ticket = await self._store.tickets.use(hash_of(text), self._clock.now())
        if ticket is None:
            raise NotAuthenticated(NO_TOKEN)
        return await self._of(ticket["credential"], is_session=ticket["is_session"])

    async def check(self, identity: Identity) -> Identity:
        """Is it still good, for a connection that is registered already?

        What is remembered was read lately, and nothing has ended it since that was heard here; what
        is heard later reaches the connection (hole H16). So only what is not remembered is read.
        """
        fresh = await self._of(identity.credential, is_session=identity.is_session)
        return replace(fresh, by_cookie=identity.by_cookie, csrf_token=identity.csrf_token)

    async def user(self, user: int) -> User:
        """An active account as it is now."""
        document = await self._store.users.get(user)
        if document is None or not document["is_active"]:
            raise NotAuthenticated(NOT_ACTIVE)
        return await self._as_user(document)

    async def lately(self, user: int) -> User:
        """An active account as it was no longer ago than a look takes; raises as `user`."""

        async def find() -> Identity:
            return Identity(await self.user(user), f"u{user}")

        return (await self._memory.recall(f"u{user}", find)).user

    def forget(self, event: Event) -> None:
        """Obey an event: those whom its signals name are asked about afresh."""
        for signal in event.signals:
            if signal.what in ("changed", "revoked"):
                self._memory.forget(signal.user)

    # Asking the database

    async def _of(self, credential: str, *, is_session: bool) -> Identity:
        find = self._of_session if is_session else self._of_token
        key = f"{'s' if is_session else 't'}{credential}"
        return await self._memory.recall(key, lambda: find(credential))

    async def _of_token(self, token: str) -> Identity:
        found = await self._store.tokens.get(token)
        if found is None:
            raise NotAuthenticated(NO_TOKEN)
        return Identity(await self.user(found["user"]), token, until=found.get("until"))

    async def _of_session(self, session: str) -> Identity:
        found = await self._store.sessions.get(session, self._clock.now())
        if found is None:
            raise NotAuthenticated
        document = await self._store.users.get(found["user"])
        if document is None or not document["is_active"]:
            raise NotAuthenticated(NOT_ACTIVE)
        if found["of_password"] < password_stamp(document):
            raise NotAuthenticated
        user = await self._as_user(document)
        return Identity(user, session, is_session=True, until=found["until"])

    async def _of_password(self, username: str, password: str) -> Identity:
        document = await self._passwords.check(username, password)
        if document is None:
            raise NotAuthenticated(WRONG_PASSWORD)
        return Identity(await self._as_user(document), f"basic:{document['_id']}")

    async def _as_user(self, document: Document) -> User:
        member = as_member(document)
        groups = await self._groups(present_groups(document) | GROUPS_OF_EVERYONE)
        of_groups = {right for group in groups for right in group["rights"]}
        rights = self._rights_of_everyone | of_groups | set(document["rights"])
        return _as_user(document, member, rights)

    async def _groups(self, ids: frozenset[int]) -> list[Document]:
        """These groups: many people are in the same ones, and ask in the same moment."""
        if len(self._groups_of) > MOST_SETS:
            self._groups_of.clear()
        read = partial(self._store.groups.get_all, ids)
        return await self._groups_of.setdefault(ids, self._memory.of(read)).get()


def password_stamp(document: Mapping[str, object]) -> int:
    """When the account's present password was decided; 0 for its first one."""
    decided = document["decided"]
    assert isinstance(decided, Mapping)
    return int(decided.get("password", 0))


def present_groups(document: Document) -> frozenset[int]:
    """The groups that the account is in now, those of everyone left out."""
    return frozenset(stay["group"] for stay in document["stays"] if stay["until"] is None)


def as_member(document: Document) -> Member:
    """Since when the account exists, and its stays in groups."""
    stays = (Stay(one["group"], one["since"], one["until"]) for one in document["stays"])
    return Member(document["since"], tuple(stays))


def _as_user(document: Document, member: Member, rights: frozenset[str]) -> User:
    return User(
        id=document["_id"],
        username=document["username"],
        member=member,
        email=document["email"],
        is_active=document["is_active"],
        is_admin=document["is_admin"],
        rights=rights,
        language=document["language"],
        time_zone=document["time_zone"],
    )
