"""Sessions, tokens and tickets: how an account is come by, made and ended."""

from collections.abc import Sequence

from domain.accounts import Identity
from domain.clock import SECOND
from domain.errors import Conflict, Invalid, NotAuthenticated, NotFound
from domain.records import Body, Key
from models.accounts import AccountStore
from models.database import Document
from models.sessions import NewSession
from models.tickets import NewTicket
from services.account_kinds import REVOKE, TOKEN
from services.changes import Changes, Draft
from services.creations import Creation
from services.hashes import hash_of, new_secret, new_token, token_under
from services.identities import password_stamp
from services.passwords import Passwords

TICKET_LIFE_US = 10 * SECOND
SHORTEST_PREFIX = 8
SHORTEST_KEY = 16  # characters of a key that a token follows from
KEY_TOO_SHORT = f"Must have at least {SHORTEST_KEY} characters here, and be random."
WRONG = "Invalid username or password."

_HEX = frozenset("0123456789abcdef")


class Credentials:
    """Makes credentials, whose plain text only the caller ever has, and revokes them.

    A revocation is a record: connections made with the credential are cut.
    """

    def __init__(
        self, store: AccountStore, changes: Changes, passwords: Passwords, *, session_us: int
    ):
        self._store, self._changes, self._passwords = store, changes, passwords
        self.session_us = session_us
        self.token_creation = Creation(self._insert_token)

    async def sign_in(self, username: str, password: str) -> str:
        """A new session's cookie; `NotAuthenticated` says nothing of what was wrong."""
        user = await self._passwords.check(username, password)
        if user is None:
            raise NotAuthenticated(WRONG)
        cookie, now = new_secret(), self._changes.clock.now()
        session = NewSession(
            id=hash_of(cookie),
            user=user["_id"],
            of_password=password_stamp(user),
            created=now,
            until=now + self.session_us,
        )
        await self._store.sessions.add(session)
        return cookie

    async def sign_out(self, identity: Identity) -> None:
        """End the session that the identity came with; may be called again."""
        await self._revoke(identity.user.id, actor=identity.user.id, session=identity.credential)

    async def make_token(
        self, user: int, name: str | None = None, *, key: Key | None = None, fingerprint: str = ""
    ) -> str:
        """A new token of 40 hexadecimal characters; those before it stay good.

        The same key gives the same token, which nobody keeps: it follows from the key and a secret
        of this installation. So the key must be one that cannot be guessed: raises `Invalid`, and
        as `Changes.make`.
        """
        token = new_token() if key is None else await self._token_under(key)
        now = self._changes.clock.now()
        body = {"token": hash_of(token), "user": user, "name": name, "created": now}
        draft = Draft(TOKEN, key.user if key else None, body, key=key, fingerprint=fingerprint)
        await self.token_creation.make(self._changes, draft)
        return token

    async def _token_under(self, key: Key) -> str:
        if len(key.text) < SHORTEST_KEY:
            raise Invalid({"Idempotency-Key": [KEY_TOO_SHORT]})
        return token_under(await self._store.meta.secret(), key.scope)

    async def _insert_token(self, body: Body) -> None:
        await self._store.tokens.add_all(
            [{"_id": body["token"], **{name: body[name] for name in ("user", "name", "created")}}]
        )

    async def tokens(self, user: int | None = None) -> list[Document]:
        """The tokens of one account, or everybody's, oldest first."""
        if user is None:
            return await self._store.tokens.all()
        return await self._store.tokens.of(user)

    async def revoke_token(self, which: str) -> Document:
        """End a token, given whole or by at least the first 8 characters of its hash.

        Returns what was kept of it. Raises `NotFound`, and `Conflict` when more than one fits.
        """
        found = await self._matching(which)
        if not found:
            raise NotFound("There is no such token.")
        if len(found) > 1:
            raise Conflict("More than one token begins so; give more of it.")
        await self._revoke(found[0]["user"], token=found[0]["_id"])
        return found[0]

    async def _matching(self, which: str) -> Sequence[Document]:
        whole = await self._store.tokens.get(hash_of(which))
        if whole is not None:
            return [whole]
        if len(which) < SHORTEST_PREFIX or not _HEX.issuperset(which):
            return []
        return await self._store.tokens.beginning(which)

    async def _revoke(
        self,
        user: int,
        *,
        actor: int | None = None,
        token: str | None = None,
        session: str | None = None,
    ) -> None:
        ended = {"tokens": [token] if token else [], "sessions": [session] if session else []}
        await self._changes.make(Draft(REVOKE, actor, {"user": user, **ended}))

    async def end(self, kind: str, prefix: str, *, actor: int) -> None:
        """End the token or the session that begins so; as `found`, raising the same."""
        one = await self.found(kind, prefix)
        await self._revoke(one["user"], actor=actor, **{kind: one["_id"]})

    async def found(self, kind: str, prefix: str) -> Document:
        """The ``token`` or ``session`` whose hash begins with at least 8 characters.

        Raises `NotFound`, and `Conflict` when more than one fits.
        """
        kept = self._store.tokens if kind == "token" else self._store.sessions
        found = await kept.beginning(prefix) if len(prefix) >= SHORTEST_PREFIX else []
        if not found:
            raise NotFound
        if len(found) > 1:
            raise Conflict("More than one begins so; give more of it.")
        return found[0]

    async def make_ticket(self, identity: Identity) -> str:
        """A ticket that opens one connection within ten seconds, as the identity's credential."""
        ticket = new_secret()
        await self._store.tickets.add(
            NewTicket(
                id=hash_of(ticket),
                user=identity.user.id,
                credential=identity.credential,
                is_session=identity.is_session,
                until=self._changes.clock.now() + TICKET_LIFE_US,
            )
        )
        return ticket
