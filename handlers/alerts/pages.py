"""What the subscribers' pages share: whose they are, by the session's cookie."""

import hmac
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from domain.alert_links import SIGN_IN
from domain.alert_subscriptions import DAILY, IMMEDIATELY, WEEKLY
from handlers.plain_pages import PlainPage
from services.alert_pages import AlertPages, Session

COOKIE: Final = "carillon_alerts"
PATH: Final = "/email"
HOW_OFTEN: Final = {
    IMMEDIATELY: "Each time something is added or changed",
    DAILY: "Once a day",
    WEEKLY: "Once a week",
}
NOT_GOOD: Final = "This link has expired, or is not complete. Ask for a new one."


class AlertPage(PlainPage):
    """A page about somebody's subscriptions."""

    @property
    def pages(self) -> AlertPages:
        return self.app.alerts.pages

    # Reading

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
        super().show(page, status, how_often=HOW_OFTEN, **values)

    def say(self, title: str, text: str, status: int = HTTPStatus.OK) -> None:
        """Answer with a page that says one thing."""
        self.show("said", status, title=title, text=text, is_signed_in=self.session() is not None)

    def show_sign_in(
        self, status: int = HTTPStatus.OK, *, address: str = "", problem: str = "", note: str = ""
    ) -> None:
        """Answer with the form that asks for a link."""
        self.show("sign-in", status, address=address, problem=problem, note=note, action=SIGN_IN)

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
