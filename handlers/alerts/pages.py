"""What the subscribers' pages share: HTML from templates, a strict policy, the session's cookie.

They work without script: every change is a form, which a link alone never sends.
"""

import hmac
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from tornado.template import Loader

from domain.alert_links import SIGN_IN
from domain.alert_subscriptions import DAILY, IMMEDIATELY, WEEKLY
from domain.errors import MethodNotAllowed, ProductError
from handlers.base import ApiHandler
from handlers.bodies import FormData, shape
from handlers.queries import last
from services.alert_pages import AlertPages, Session

HTML: Final = "text/html; charset=utf-8"
COOKIE: Final = "carillon_alerts"
PATH: Final = "/email"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
LOADER: Final = Loader(str(Path(__file__).parents[2] / "templates" / "pages"))
HOW_OFTEN: Final = {
    IMMEDIATELY: "Each time something is added or changed",
    DAILY: "Once a day",
    WEEKLY: "Once a week",
}
NOT_GOOD: Final = "This link has expired, or is not complete. Ask for a new one."


class AlertPage(ApiHandler):
    """A page that needs no account here: it is somebody's by a link in his mail."""

    open_verbs: ClassVar[frozenset[str]] = SAFE | {"POST"}

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Content-Type", HTML)
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("Referrer-Policy", "no-referrer")  # the address holds a token
        self.set_header("X-Robots-Tag", "noindex")

    def _check_representation(self) -> None:
        """Whatever is asked for is a page."""

    @property
    def pages(self) -> AlertPages:
        return self.app.alerts.pages

    # Reading

    def asked(self, name: str) -> str:
        """A value of the query, or an empty text."""
        return last(self.query(), name) or ""

    def form(self) -> dict[str, str]:
        """The fields that were sent as a form; raises `Malformed` and its kin."""
        body = self.body()
        fields = shape(body, ()) if isinstance(body, FormData) else {}
        assert isinstance(fields, dict)
        return {name: value for name, value in fields.items() if isinstance(value, str)}

    def session(self) -> Session | None:
        """Whose pages these are by his cookie, or None."""
        cookie = self.get_cookie(COOKIE)
        return None if cookie is None else self.pages.session(cookie)

    def proven(self, form: dict[str, str]) -> Session | None:
        """The session, if the form came from one of its own pages."""
        session = self.session()
        if session is None:
            return None
        is_good = hmac.compare_digest(form.get("proof", "").encode(), session.proof.encode())
        return session if is_good else None

    # Answering

    def show(self, page: str, status: int = HTTPStatus.OK, **values: Any) -> None:
        """Answer with a page of ``templates/pages``."""
        self.set_status(status)
        self.finish(LOADER.load(f"{page}.html").generate(how_often=HOW_OFTEN, **values))

    def say(self, title: str, text: str, status: int = HTTPStatus.OK) -> None:
        """Answer with a page that says one thing."""
        self.show("said", status, title=title, text=text, is_signed_in=self.session() is not None)

    def show_sign_in(
        self, status: int = HTTPStatus.OK, *, address: str = "", problem: str = "", note: str = ""
    ) -> None:
        """Answer with the form that asks for a link."""
        self.show("sign-in", status, address=address, problem=problem, note=note, action=SIGN_IN)

    def go(self, path: str) -> None:
        """Have the browser fetch another page."""
        self.set_header("Location", path)
        self.reply_empty(HTTPStatus.SEE_OTHER)

    def remember(self, subscriber: int) -> None:
        """Let the following pages be this subscriber's, for an hour."""
        self.set_cookie(
            COOKIE,
            self.pages.new_session(subscriber),
            path=PATH,
            httponly=True,
            secure=self._is_secure(),
            samesite="Lax",  # Strict would be left out where the link was followed from a mail
        )

    def _is_secure(self) -> bool:
        root = self.app.settings.alerts.website_root or ""
        return self.is_https() or urlsplit(root).scheme == "https"

    def forget(self) -> None:
        self.clear_cookie(COOKIE, path=PATH)

    def options(self, *_: str, **__: str) -> None:
        """The verbs are in ``Allow``; there is nothing more to say of a page."""
        self.reply_empty(HTTPStatus.NO_CONTENT)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A page that says what went wrong, without a word of insides."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if not isinstance(error, ProductError) or isinstance(error, MethodNotAllowed):
            self.set_header("Content-Type", "application/json")
            super().write_error(status_code, **kwargs)
            return
        for name, value in error.headers.items():
            self.set_header(name, value)
        self.say(HTTPStatus(error.status).phrase, error.detail, error.status)
