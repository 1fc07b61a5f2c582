"""Sessions of the announcements' API: begun by anybody, good for something once authenticated.

An unauthenticated session is its token and nothing that is kept: the token carries its end and its
language, signed with this installation's secret. Authenticating makes a session of accounts out of
it, the same that a browser's cookie is: kept as a hash, and revocable.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain import announcement_errors as errors
from domain.accounts import Identity, User
from domain.announcement_errors import AnnouncementError
from domain.announcements import NOW
from domain.clock import DAY, SECOND
from domain.errors import NotAuthenticated
from domain.localization import choose
from models.accounts import AccountStore
from models.database import Document
from models.sessions import NewSession
from services.accounts import Accounts
from services.changes import Changes
from services.credentials import Credentials
from services.hashes import hash_of
from services.identities import Identities, password_stamp
from services.passwords import Passwords

LIFE_US = DAY
METHODS = ("easydb",)
_MAC = 32


@dataclass(frozen=True)
class ApiSession:
    """A session as it is: ``identity`` is None while nobody has authenticated.

    ``token`` is None for a browser's session, whose cookie no script may read. ``language`` is the
    front end's; ``asked`` the one that was asked for, if any: texts come in it, else in his own.
    """

    token: str | None
    language: str
    identity: Identity | None = None
    until: int = 0
    asked: str | None = None


def build(accounts: Accounts, identities: Identities, languages: Sequence[str]) -> "ApiSessions":
    """Sessions over the accounts' own."""
    return ApiSessions(
        accounts.store,
        accounts.changes,
        accounts.passwords,
        identities,
        accounts.credentials,
        languages,
    )


class ApiSessions:
    """Begins sessions, finds them, lets people in and out. ``languages``: the usual one first."""

    def __init__(
        self,
        store: AccountStore,
        changes: Changes,
        passwords: Passwords,
        identities: Identities,
        credentials: Credentials,
        languages: Sequence[str],
    ):
        self._store, self._changes, self._passwords = store, changes, passwords
        self._identities, self._credentials = identities, credentials
        self._languages = {one.lower(): one for one in languages}
        self._usual = languages[0]

    def language(self, asked: str) -> str:
        """A configured language; raises an `AnnouncementError` for another."""
        if asked.lower() not in self._languages:
            raise AnnouncementError(
                "error.user.language_not_found", f"language not found: {asked}", {"id": asked}
            )
        return self._languages[asked.lower()]

    async def begin(self, language: str | None) -> ApiSession:
        """A new session that nobody has authenticated yet."""
        asked = self.language(language) if language else None
        until = (self._changes.clock.now() + LIFE_US) // SECOND
        text = f"{until:x}~{asked or ''}~{secrets.token_hex(16)}"
        token = f"{text}~{await self._mac(text)}"
        return ApiSession(token, asked or self._usual, until=until * SECOND, asked=asked)

    async def find(self, token: str, language: str | None = None) -> ApiSession:
        """The session of this token; raises an `AnnouncementError` when there is none."""
        opened = await self._opened(token)
        try:
            identity: Identity | None = await self._identities.by_session(token)
        except NotAuthenticated:
            identity = None
        if opened is None and identity is None:
            raise errors.session_not_found()
        made = self._made(token, identity, language or (opened.asked if opened else None))
        return replace(made, until=opened.until if opened else 0)

    def of_browser(self, identity: Identity, language: str | None) -> ApiSession:
        """The session that a browser's cookie showed."""
        return self._made(None, identity, language)

    def _made(
        self, token: str | None, identity: Identity | None, language: str | None
    ) -> ApiSession:
        asked = self.language(language) if language else None
        shown = asked or self._language_of(identity)
        return ApiSession(token, shown, identity, asked=asked)

    async def begun(self, identity: Identity) -> int:
        """When (µs) its owner authenticated."""
        now = self._changes.clock.now()
        found = await self._store.sessions.get(identity.credential, now)
        return now if found is None else int(found["created"])

    async def groups_of(self, user: User) -> list[Document]:
        """The groups that he is in at present, those of everyone included."""
        return await self._store.groups.get_all(user.member.groups_at(NOW))

    def _language_of(self, identity: Identity | None) -> str:
        """The configured language that is nearest to his own, or the usual one."""
        own = identity.user.language if identity else None
        return choose({one: one for one in self._languages.values()}, own) or self._usual

    async def _opened(self, token: str) -> ApiSession | None:
        """What a token of ours says, or None for any other text and for one that is over."""
        text, _, mac = token.rpartition("~")
        if not hmac.compare_digest(
            (await self._mac(text)).encode(), mac.encode("utf-8", "replace")
        ):
            return None
        until, language, _ = text.split("~")
        moment = int(until, 16) * SECOND
        if moment <= self._changes.clock.now():
            return None
        asked = self._languages.get(language.lower())
        return ApiSession(token, asked or self._usual, until=moment, asked=asked)

    async def _mac(self, text: str) -> str:
        secret, words = (
            await self._store.meta.secret(),
            f"session~{text}".encode("utf-8", "replace"),
        )
        return hmac.digest(secret, words, "sha256").hex()[:_MAC]

    async def authenticate(self, session: ApiSession, login: str, password: str) -> ApiSession:
        """Let somebody in; whoever was in before is out. Raises an `AnnouncementError`."""
        if not login or not password:
            raise _refused("username_or_password_empty")
        user = await self._passwords.check(login, password)
        if user is None or session.token is None:
            raise _refused("login_failed")
        if session.identity is not None:
            if session.identity.user.id == user["_id"]:
                return session
            await self._credentials.sign_out(session.identity)
        now = self._changes.clock.now()
        kept = NewSession(
            id=hash_of(session.token),
            user=user["_id"],
            of_password=password_stamp(user),
            created=now,
            until=session.until or now + LIFE_US,
        )
        await self._store.sessions.add(kept)
        return await self.find(session.token, session.asked)

    async def deauthenticate(self, session: ApiSession) -> ApiSession:
        """Let whoever is in out; nothing happens when nobody is."""
        if session.identity is not None:
            await self._credentials.sign_out(session.identity)
        out = self._made(session.token, None, session.asked)
        return replace(out, until=session.until)


def _refused(what: str) -> AnnouncementError:
    return AnnouncementError(f"error.user.{what}", what.replace("_", " "))
