"""Asks the service that knows which e-mail address an account has (alerts contract, 3.10)."""

import json
import logging
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from domain.alert_accounts import Account, SessionUnknown, account_of
from domain.calls import CallFailed
from domain.errors import Unavailable
from domain.urls import Target, target
from push.outbound import Headers, Outbound

log = logging.getLogger("carillon.alerts")

USER: Final = "/api/user"
ACCOUNTS: Final = "/api/oidc-users/"
SESSION: Final = "GOVUK-Account-Session"
AWAY: Final = "The account service is not available."
LONGEST: Final = 8_192  # of a session: what is longer is no header that servers take


class AccountApi:
    """The service at ``url``, the operator's own, called with ``token`` if there is one."""

    def __init__(self, outbound: Outbound, url: str, token: str | None):
        self._outbound, self._url, self._token = outbound, url, token
        self._user: Target = target(f"{url}{USER}")

    async def look_up(self, session: str) -> Account:
        """Whose session it is. Raises `SessionUnknown`, and `Unavailable` without a good answer."""
        if not session.isascii() or not session.isprintable() or len(session) > LONGEST:
            raise SessionUnknown
        try:
            reply = await self._outbound.request("GET", self._user, headers=self._headers(session))
        except CallFailed as error:
            log.info("the account service did not answer: %s", error)
            raise Unavailable(AWAY) from error
        if reply.status == HTTPStatus.UNAUTHORIZED:
            raise SessionUnknown
        account = _read(reply.body) if reply.status == HTTPStatus.OK else None
        if account is None:
            log.info("the account service answered %d, or nothing to be read", reply.status)
            raise Unavailable(AWAY)
        return account

    async def forget(self, account: str) -> None:
        """Tell it that nobody here has this account any more; it need not know it.

        Raises `Unavailable` without a good answer.
        """
        where = target(f"{self._url}{ACCOUNTS}{quote(account, safe='')}")
        try:
            reply = await self._outbound.request("DELETE", where, headers=self._credentials())
        except CallFailed as error:
            raise Unavailable(AWAY) from error
        if reply.status >= HTTPStatus.BAD_REQUEST and reply.status != HTTPStatus.NOT_FOUND:
            log.info("the account service answered %d to a deletion", reply.status)
            raise Unavailable(AWAY)

    def _headers(self, session: str) -> Headers:
        """The service's own credentials, and whom it is asked about."""
        return [*self._credentials(), (SESSION, session)]

    def _credentials(self) -> Headers:
        return [] if self._token is None else [("Authorization", f"Bearer {self._token}")]


def _read(body: bytes) -> Account | None:
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    return account_of(answer) if isinstance(answer, dict) else None
