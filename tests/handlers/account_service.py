"""The service that knows accounts, as a stub on a real socket (alerts contract, 3.10)."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from tests.handlers.alert_people import ADDRESS

NAME = "govuk_account_session"
VERIFIED = {"id": "internal-user-id", "email": "Test@Example.com", "email_verified": True}
ACCOUNTS: Mapping[str, Any] = {
    "verified": {**VERIFIED, "mfa": False, "services": {}},
    "renamed": {**VERIFIED, NAME: "new name"},
    "other id": {**VERIFIED, "id": "other-id"},
    "newcomer": {**VERIFIED, "id": 7, "email": "new@example.com"},
    "unverified": {**VERIFIED, "email_verified": False, NAME: "new name"},
    "without email": {"id": "1", "email": None, "email_verified": True},
    "without flag": {"id": "1", "email": ADDRESS},
    "odd email": {**VERIFIED, "email": "me@localhost"},
    "odd": [],
    "no id": {"email": ADDRESS, "email_verified": True},
}


class _Accounts(RequestHandler):
    """The other service: who a session belongs to, for those who know its own token."""

    def get(self) -> None:
        assert self.request.headers["Authorization"] == "Bearer of-the-service"
        session = self.request.headers["GOVUK-Account-Session"]
        if session == "broken":
            self.set_status(500)
        elif session not in ACCOUNTS:
            self.set_status(401)
        elif isinstance(ACCOUNTS[session], dict):
            self.finish(ACCOUNTS[session])


@asynccontextmanager
async def account_service(port: int) -> AsyncIterator[None]:
    """Serve while the block runs."""
    http = HTTPServer(Application([("/api/user", _Accounts)], log_function=lambda one: None))
    http.listen(port, "127.0.0.1")
    yield
    http.stop()
    await http.close_all_connections()


def asking_it(port: int) -> dict[str, str]:
    """The settings, as the environment gives them, of a site that asks this service."""
    return {
        "CARILLON_ALERTS_ACCOUNT_API_URL": f"http://127.0.0.1:{port}",
        "CARILLON_ALERTS_ACCOUNT_API_TOKEN": "of-the-service",
    }
