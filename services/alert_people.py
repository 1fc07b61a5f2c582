"""Everything about those who hear of lists, built together."""

from dataclasses import dataclass
from typing import Protocol

from domain.alert_links import Links
from domain.errors import NotFound
from domain.mails import NewMail
from models.alert_lists import AlertLists
from models.alert_people import AlertPeople
from models.database import Document
from push.account_api import AccountApi
from push.outbound import Outbound
from services.alert_accounts import Accounts, AlertAccounts, NoAccounts
from services.alert_callbacks import Callbacks
from services.alert_changes import CHANGE, SubscriptionsChange
from services.alert_letters import LETTER, Letters
from services.alert_subscribers import Subscribers
from services.alert_subscribing import Subscribing
from services.alert_tokens import Tokens
from services.changes import Changes
from settings import AccountApi as AccountSettings


class Emails(Protocol):
    """What is asked of those e-mails that were queued."""

    async def set_notify_status(self, email: str, status: str) -> bool: ...


class Mail(Protocol):
    """Who sends e-mails."""

    @property
    def emails(self) -> Emails: ...

    async def queue(self, mail: NewMail) -> str: ...


@dataclass(frozen=True)
class Writing:
    """What links in e-mails are made of."""

    tokens: Tokens
    links: Links


class People:
    """Subscribers, subscriptions, and what they are told."""

    def __init__(
        self,
        people: AlertPeople,
        lists: AlertLists,
        changes: Changes,
        *,
        mail: Mail,
        writing: Writing,
        accounts: AccountSettings,
    ):
        self._lists, self.tokens, self.links = lists, writing.tokens, writing.links
        self.subscribing = Subscribing(people, changes)
        self.subscribers = Subscribers(people, lists, changes)
        self.letters = Letters(
            mail,
            changes,
            writing.tokens,
            writing.links,
            subscribers=people.subscribers,
            lists=lists,
        )
        self.callbacks = Callbacks(mail.emails, self.subscribers)
        self._outbound = Outbound(None, timeout_s=accounts.timeout_s)
        service = _accounts(accounts, self._outbound)
        self.forget_account = service.forget
        self.accounts = AlertAccounts(service, self.subscribers, people, self.letters, changes)
        changes.add_kinds(
            {
                CHANGE: SubscriptionsChange(people, self.letters.confirm),
                LETTER: self.letters.creation,
            }
        )

    async def list_by_id(self, number: int) -> Document:
        """A list; raises `NotFound`."""
        return _there(await self._lists.get(number))

    async def list_by_slug(self, slug: str) -> Document:
        """A list; raises `NotFound`."""
        return _there(await self._lists.by_slug(slug))

    async def list_of(self, subscription: Document) -> Document:
        """What a subscription is to; raises `NotFound`."""
        return await self.list_by_id(subscription["list"])

    async def close(self) -> None:
        """Let go of connections; may be called twice."""
        await self._outbound.close()


def _accounts(settings: AccountSettings, outbound: Outbound) -> Accounts:
    if settings.url is None:
        return NoAccounts()
    return AccountApi(outbound, settings.url, settings.token)


def _there(found: Document | None) -> Document:
    if found is None:
        raise NotFound
    return found
