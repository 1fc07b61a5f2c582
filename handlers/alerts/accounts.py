"""/subscribers/govuk-account: subscribers by their account elsewhere (alerts contract, 1.12)."""

from collections.abc import Awaitable
from http import HTTPStatus

from domain.alert_accounts import SessionUnknown
from domain.errors import NotFound
from handlers.alerts.people import PeopleHandler
from handlers.alerts.shapes import subscriber
from services.alert_accounts import SignedIn

SESSION = "govuk_account_session"


class _ByAccount(PeopleHandler):
    def sign_in(self, session: str) -> Awaitable[SignedIn]:
        raise NotImplementedError

    async def post(self) -> None:
        session = self.required(self.params(), SESSION)
        if not isinstance(session, str):
            self.reply_empty(HTTPStatus.UNPROCESSABLE_ENTITY)
            return
        try:
            found = await self.sign_in(session)
        except SessionUnknown:
            self.reply_empty(HTTPStatus.UNAUTHORIZED)
            return
        renamed = {} if found.session is None else {SESSION: found.session}
        if found.subscriber is None:
            self.reply(renamed, HTTPStatus.FORBIDDEN)
        else:
            self.reply({**renamed, "subscriber": subscriber(found.subscriber)})


class AccountsHandler(_ByAccount):
    """The subscriber with the verified address of a session's account."""

    audits = {"POST": "alerts.subscribers.sign_in"}

    def sign_in(self, session: str) -> Awaitable[SignedIn]:
        return self.people.accounts.sign_in(session, self.actor)


class LinkHandler(_ByAccount):
    """The same, whose account it is from now on."""

    audits = {"POST": "alerts.subscribers.link"}

    def sign_in(self, session: str) -> Awaitable[SignedIn]:
        return self.people.accounts.link(session, self.actor)


class AccountHandler(PeopleHandler):
    """The subscriber who is linked with an account."""

    async def get(self, account: str) -> None:
        try:
            found = await self.people.subscribers.by_account(account)
        except NotFound:
            self.reply_empty(HTTPStatus.NOT_FOUND)
        else:
            self.reply({"subscriber": subscriber(found)})


ROUTES = [
    (r"/subscribers/govuk-account", AccountsHandler),
    (r"/subscribers/govuk-account/link", LinkHandler),
    (r"/subscribers/govuk-account/(?!link$)([^/]+)", AccountHandler),
]
