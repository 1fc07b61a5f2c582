"""/api/v1/session: beginning one, letting people in and out, confirming (contract 2.6)."""

from typing import Any, ClassVar

from domain import announcement_errors as errors
from domain.accounts import Identity, User
from domain.announcement_errors import AnnouncementError
from domain.clock import SECOND
from domain.errors import NotAuthenticated
from domain.instants import to_text
from domain.version import VERSION
from handlers.announcements.base import API_VERSION, SCHEMA_VERSION, AnnouncementsHandler
from handlers.announcements.shapes import whole_group
from handlers.base import SAFE
from handlers.credentials import identify, session_token
from services.announcement_views import task_of
from services.api_sessions import METHODS, ApiSession

INSTANCE = {
    "api": API_VERSION,
    "server_version": VERSION,
    "solution": "carillon",
    "user-schema": SCHEMA_VERSION,
    "name": "Carillon",
}


class _Session(AnnouncementsHandler):
    """Always allowed: what waits for a confirmation is confirmed here."""

    needs = None
    open_verbs: ClassVar[frozenset[str]] = frozenset({"GET", "POST"})

    async def session(self) -> ApiSession | None:
        """The session that the call names, by token or by a browser's cookie; None: it names none.

        Raises an `AnnouncementError` for a token of no session.
        """
        sessions, language = self.app.sessions, self.parameter("language")
        token = session_token(self) or self.parameter("token")
        if token:
            return await sessions.find(token, language)
        identity = await self._of_cookie()
        return None if identity is None else sessions.of_browser(identity, language)

    async def named(self) -> ApiSession:
        """The session; raises an `AnnouncementError` when the call names none."""
        found = await self.session()
        if found is None:
            raise errors.session_not_found()
        return found

    async def _of_cookie(self) -> Identity | None:
        try:
            identity = await identify(self)
        except NotAuthenticated:
            return None
        if identity is not None and self.request.method not in SAFE:
            self._check_csrf(identity)
        return identity

    async def show(self, session: ApiSession) -> None:
        """Answer with a session as it is."""
        shown: dict[str, Any] = {
            "token": session.token,
            "authentication_methods": [{"method": method} for method in METHODS],
            "instance": INSTANCE,
            "frontend_language": session.language,
            "frontend_locale": session.language,
            "config": {"base": {}, "defaults": {}, "extensions": {}},
        }
        if session.identity is not None:
            shown |= await self._authenticated(session, session.identity)
        self.reply(shown)

    async def _authenticated(self, session: ApiSession, identity: Identity) -> dict[str, Any]:
        user = identity.user
        short = {"_id": user.id, "login": user.username, "displayname": user.username}
        begun = await self.app.sessions.begun(identity)
        groups = await self.app.sessions.groups_of(user)
        pending = await self.app.announcements.pending(user, session.asked)
        return {
            "user": {"_basetype": "user", "user": {**short, "email": user.email}},
            "groups": [whole_group(one) for one in groups],
            "system_rights": _rights(user),
            "authenticated": {"method": METHODS[0], "timestamp": to_text(begun // SECOND * SECOND)},
            "pending_tasks": [task_of(item) for item in pending],
            "current_max_message_id": self.app.clock.now(),
        }


def _rights(user: User) -> dict[str, dict[str, str]]:
    """Rights of the system, without parameters: none has any."""
    own = {right for right in user.rights if right.startswith("system.")}
    return {right: {} for right in sorted(own | ({"system.root"} if user.is_admin else set()))}


class SessionHandler(_Session):
    """The session that is named, or a new one."""

    open_verbs: ClassVar[frozenset[str]] = frozenset({"GET"})

    async def get(self) -> None:
        found = await self.session()
        await self.show(found or await self.app.sessions.begin(self.parameter("language")))


class AuthenticateHandler(_Session):
    """Letting somebody in with login and password."""

    open_verbs: ClassVar[frozenset[str]] = frozenset({"POST"})
    limited = {"POST": "sign_in"}

    async def post(self) -> None:
        session = await self.named()
        for method in (self.parameter("method") or METHODS[0]).split(","):
            if method not in METHODS:
                code = "error.user.authentication_method_not_allowed"
                raise AnnouncementError(code, f"method not allowed: {method}", {"method": method})
        login, password = self.parameter("login") or "", self.parameter("password") or ""
        await self.show(await self.app.sessions.authenticate(session, login, password))


class DeauthenticateHandler(_Session):
    """Letting whoever is in out."""

    open_verbs: ClassVar[frozenset[str]] = frozenset({"POST"})

    async def post(self) -> None:
        await self.show(await self.app.sessions.deauthenticate(await self.named()))


class ConfirmHandler(_Session):
    """Confirming messages by their keys."""

    open_verbs: ClassVar[frozenset[str]] = frozenset({"POST"})

    async def post(self) -> None:
        session = await self.named()
        if session.identity is None:
            raise errors.not_authenticated()
        keys = self.elements()
        if not all(isinstance(key, str) for key in keys):
            raise errors.type_mismatch("body", "an array of texts")
        await self.app.announcements.confirm(session.identity.user, keys)
        await self.show(session)


ROUTES = [
    (r"/api/v1/session", SessionHandler),
    (r"/api/v1/session/authenticate", AuthenticateHandler),
    (r"/api/v1/session/deauthenticate", DeauthenticateHandler),
    (r"/api/v1/session/messages_confirm", ConfirmHandler),
]
