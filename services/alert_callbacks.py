"""What those who deliver e-mails tell afterwards (alerts contract, 1.13 and 3.11)."""

from typing import Final, Protocol

from domain.alert_subscriptions import NO_SUCH_EMAIL, SPAM
from services.alert_subscribers import Subscribers

DELIVERED: Final = "delivered"
GONE: Final = "permanent-failure"
LATER: Final = "temporary-failure"
STATUSES: Final = (DELIVERED, GONE, LATER)
WRONG_STATUS: Final = "status is not included in the list"


class Emails(Protocol):
    """What callbacks ask of e-mails."""

    async def set_notify_status(self, email: str, status: str) -> bool: ...


class Callbacks:
    """Notes what became of an e-mail; an address that is no more, or complains, is left alone."""

    def __init__(self, emails: Emails, subscribers: Subscribers):
        self._emails, self._subscribers = emails, subscribers

    async def note(self, reference: str, status: str, to: str | None) -> None:
        """What became of the e-mail with this id, which may be unknown; ``to`` where it went.

        When its address is gone for good, all that it was subscribed to ends.
        """
        await self._emails.set_notify_status(reference, status)
        if status == GONE and to is not None:
            await self._subscribers.end_by_address(to, NO_SUCH_EMAIL)

    async def complain(self, to: str) -> None:
        """The reader at this address called an e-mail spam: end all that it is subscribed to."""
        await self._subscribers.end_by_address(to, SPAM)
