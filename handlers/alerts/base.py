"""What the alerts' routes share: dialect, permissions, parameters from wherever they come."""

from http import HTTPStatus
from typing import Any, ClassVar

from domain.alert_errors import MissingParameter, MissingPermission
from domain.errors import MethodNotAllowed, ProductError
from handlers import keys
from handlers.alerts import params
from handlers.alerts.dialect import ALERTS, status_of
from handlers.base import ApiHandler
from handlers.credentials import SESSION_COOKIE

INTERNAL_APP, STATUS_UPDATES = "internal_app", "status_updates"
CONTENT_TYPE = "application/json; charset=utf-8"


class AlertsHandler(ApiHandler):
    """A route of the area; ``needs`` is one of the two permissions.

    Whoever may do everything holds both; a token with one of them cannot use the other's routes.
    """

    dialect = ALERTS
    needs: ClassVar[str | None] = INTERNAL_APP

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Content-Type", CONTENT_TYPE)

    # Judging a request

    async def judge(self) -> None:
        """A verb that no route has is refused whoever calls (surface, "Slashless inbox paths")."""
        verb = self.request.method or ""
        if verb not in self.allowed_verbs():
            raise MethodNotAllowed(verb)
        await super().judge()

    async def know_caller(self) -> None:
        """Unless the configuration lets anybody call."""
        if self.app.settings.alerts.auth:
            await super().know_caller()

    def check_permission(self) -> None:
        if self.needs is not None and not self.user.may(self.needs):
            raise MissingPermission(self.needs)

    def _check_representation(self) -> None:
        """Whatever is asked for is JSON; unknown parameters, ``format`` too, are ignored (1.0)."""

    @property
    def actor(self) -> str | None:
        """Who made something, as it is noted there; None when nobody is asked who he is."""
        return None if self.identity is None else str(self.identity.user.id)

    def params(self) -> dict[str, Any]:
        """What the call says, in its query or its body; raises `Malformed` and its kin."""
        kind = self.request.headers.get("Content-Type")
        return params.read(self.request.query, kind, self.raw_body())

    def fingerprint(self) -> str:
        """Of all that the call says: what stands in its query makes it another one, too."""
        query = self.request.query.encode("utf-8", "replace")
        return keys.fingerprint((query + b"\n" if query else b"") + self.raw_body())

    @staticmethod
    def required(given: dict[str, Any], name: str) -> Any:
        """A parameter that must be there, whatever its value; raises `MissingParameter`."""
        if name not in given:
            raise MissingParameter(name)
        return given[name]

    # Answering

    def reply(self, payload: Any, status: int = HTTPStatus.OK) -> None:
        """Answer with JSON, and to None with an empty body."""
        if payload is None:
            self.reply_empty(status)
        else:
            super().reply(payload, status)

    def status_of(self, error: ProductError) -> int:
        return status_of(error)

    def _challenge(self) -> None:
        """Tell a caller without credentials from one whose credentials are not good (1.0)."""
        scheme, _, rest = self.request.headers.get("Authorization", "").strip().partition(" ")
        is_token = scheme.lower() in self.dialect.credentials and bool(rest.strip())
        was_given = is_token or bool(self.get_cookie(SESSION_COOKIE))
        reason = "invalid_token" if was_given else "invalid_request"
        self.set_header("WWW-Authenticate", f'Bearer error="{reason}"')
