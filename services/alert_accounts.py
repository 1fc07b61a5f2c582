"""Subscribers and accounts of another service: who signs in there, and linking the two (1.12)."""

from dataclasses import dataclass
from typing import Protocol

from domain.alert_accounts import Account
from domain.alert_addresses import is_address
from domain.errors import Unavailable
from models.alert_people import AlertPeople
from models.database import Document
from services.alert_letters import Letters
from services.alert_subscribers import Subscribers
from services.changes import Changes

UNSET = "No account service is configured (alerts.account_api.url)."


class Accounts(Protocol):
    """Who knows which account a session belongs to."""

    async def look_up(self, session: str) -> Account:
        """The account. Raises `SessionUnknown` and `Unavailable`."""

    async def forget(self, account: str) -> None:
        """Tell it that nobody here has this account any more. Raises `Unavailable`."""


class NoAccounts:
    """Nobody does: nothing is configured."""

    async def look_up(self, session: str) -> Account:
        raise Unavailable(UNSET)

    async def forget(self, account: str) -> None:
        """There is nobody to be told."""


@dataclass(frozen=True)
class SignedIn:
    """What a session showed: ``subscriber`` is None without a verified address."""

    subscriber: Document | None
    session: str | None


class AlertAccounts:
    """Signing in by, and linking with, an account."""

    def __init__(
        self,
        accounts: Accounts,
        subscribers: Subscribers,
        people: AlertPeople,
        letters: Letters,
        changes: Changes,
    ):
        self._accounts, self._subscribers, self._people = accounts, subscribers, people
        self._letters, self._clock = letters, changes.clock

    async def sign_in(self, session: str, by: str | None) -> SignedIn:
        """The subscriber with the account's verified address, who is made if there is none."""
        account = await self._accounts.look_up(session)
        return SignedIn(await self._subscriber(account, by), account.session)

    async def link(self, session: str, by: str | None) -> SignedIn:
        """The same, and note whose account it is; who had none hears what he can manage there."""
        account = await self._accounts.look_up(session)
        before = await self._subscriber(account, by)
        if before is None:
            return SignedIn(None, account.session)
        if before["govuk_account_id"] is None:  # told first: a repeated call tells nobody twice
            pairs = await self._subscribers.subscriptions(before["_id"], "title")
            if pairs:
                await self._letters.tell_linked(before, account.id, [one for _, one in pairs])
        await self._people.subscribers.link(before["_id"], account.id, self._clock.stamp())
        return SignedIn(await self._subscribers.get(before["_id"]), account.session)

    async def _subscriber(self, account: Account, by: str | None) -> Document | None:
        if account.email is None or not account.is_verified or not is_address(account.email):
            return None
        return await self._subscribers.find_or_add(account.email, by)
