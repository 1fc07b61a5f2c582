"""The browser's session: begun with a password, kept by a cookie that no script can read."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from domain.accounts import Identity
from domain.clock import SECOND
from domain.errors import Forbidden, NotFound
from handlers.base import ApiHandler
from handlers.bodies import shape
from handlers.credentials import SESSION_COOKIE
from models.account_schemas import SIGN_IN
from models.schemas import load

FOREIGN_ORIGIN: Final = "Sign in from this server's own pages."


class SessionHandler(ApiHandler):
    """Signing in, who is signed in, signing out."""

    open_verbs = frozenset({"POST"})
    limited = {"POST": "sign_in"}

    async def post(self) -> None:
        self._check_origin()
        body = load(SIGN_IN, shape(self.body(), ()))
        credentials = self.app.accounts.credentials
        cookie = await credentials.sign_in(body["username"], body["password"])
        self._set_session(cookie, credentials.session_us // SECOND)
        self.reply(_shown(await self.app.identities.by_cookie(cookie)))

    async def get(self) -> None:
        assert self.identity is not None
        self.reply(_shown(self.identity))

    async def delete(self) -> None:
        assert self.identity is not None
        if not self.identity.is_session:
            raise NotFound("A token has no session to end.")
        await self.app.accounts.credentials.sign_out(self.identity)
        self.clear_cookie(SESSION_COOKIE, **self._manners())
        self.reply_empty(204)

    def _check_origin(self) -> None:
        """Another site must not sign its visitors in here as somebody else."""
        origin = self.request.headers.get("Origin")
        if origin is None:
            return
        public = urlsplit(self.app.settings.server.public_url or "").netloc
        own = {self.request.host.lower(), public.lower()} - {""}
        if origin.partition("://")[2].lower() not in own:
            raise Forbidden(FOREIGN_ORIGIN)

    def _set_session(self, cookie: str, age_s: int) -> None:
        self.set_cookie(SESSION_COOKIE, cookie, max_age=age_s, **self._manners())

    def _manners(self) -> dict[str, Any]:
        """No script reads it, no other site's form sends it, and with https nothing else does."""
        return {"httponly": True, "samesite": "Lax", "secure": self.is_https()}


def _shown(identity: Identity) -> Mapping[str, object]:
    user = identity.user
    shown = {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "is_admin": user.is_admin,
        "language": user.language,
        "time_zone": user.time_zone,
    }
    return {"user": shown, "csrf_token": identity.csrf_token}


ROUTES = [(r"/session", SessionHandler)]
