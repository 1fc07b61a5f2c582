"""Removing what is old, and forgetting who somebody was (alerts contract, 2.8 and 3.12).

Everything in batches, and everything may be done again, by any number of processes.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from domain.clock import DAY, Clock
from domain.errors import Unavailable
from domain.jobs import Job
from domain.spans import Spans
from domain.telling import Tell, untold
from models.alert_contents import KINDS, AlertContents
from models.alert_digests import DigestRuns
from models.alert_emails import Emails
from models.database import Document
from services.alert_generation import Kept

log = logging.getLogger("carillon.alerts")

TIDY: Final = "alerts.tidy"
AT_ONCE: Final = 1_000
EMAILS_US: Final = 7 * DAY
NULLIFIED_US: Final = 28 * DAY
EMPTY_LISTS_US: Final = 7 * DAY
HISTORY_US: Final = 365 * DAY

Forget = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class Old:
    """What may grow old."""

    emails: Emails
    kept: Kept
    contents: AlertContents
    runs: DigestRuns


class Tidying:
    """What is kept for a time and not for ever. ``at`` is the moment that ages are counted to.

    ``forget`` tells the service of accounts to forget one.
    """

    def __init__(self, old: Old, forget: Forget, clock: Clock):
        self._emails, self._contents, self._runs = old.emails, old.contents, old.runs
        self._sent, self._lists, self._last = old.kept.sent, old.kept.lists, old.kept.last
        self._subscribers = old.kept.subscribers
        self._subscriptions = old.kept.subscriptions
        self._forget_account, self._clock = forget, clock

    async def run_job(self, job: Job) -> None:
        """The hourly job; once a day it removes history too."""
        now = self._clock.wall()
        await self.hourly(now)
        if job.body["daily"]:
            await self.daily(now)

    async def tidy(self, at: int, tell: Tell = untold) -> dict[str, int]:
        """Everything; returns how much of each was removed, or nullified."""
        return {**await self.hourly(at, tell), **await self.daily(at, tell)}

    async def hourly(self, at: int, tell: Tell = untold) -> dict[str, int]:
        """E-mails older than a week, and who he was of whoever is not subscribed for four."""
        return {
            "emails": await self._old_emails(at - EMAILS_US, tell),
            "nullified": await self._nullify(at - NULLIFIED_US, tell),
        }

    async def daily(self, at: int, tell: Tell = untold) -> dict[str, int]:
        """What is over for a year, and lists that nobody ever subscribed to (in this order)."""
        return {
            "contents": await self._old_contents(at - HISTORY_US, tell),
            "digests": await self._old_runs(at - HISTORY_US),
            "subscriptions": await self._old_subscriptions(at - HISTORY_US, tell),
            "lists": await self._empty_lists(at - EMPTY_LISTS_US),
            "subscribers": await self._old_subscribers(at - HISTORY_US, tell),
        }

    # Each kind

    async def _old_emails(self, before: int, tell: Tell) -> int:
        """With what was noted as being in them, first: without an e-mail nobody would find it."""
        removed = 0
        while ids := await self._emails.made_before(before, AT_ONCE):
            await self._sent.remove_of(ids)
            removed += await self._emails.remove(ids)
            tell("e-mails", removed, None)
        return removed

    async def _nullify(self, before: int, tell: Tell) -> int:
        count = 0
        async for batch in self._made_before(before, tell):
            named = [one for one in batch if one["address"] is not None]
            busy = await self._busy(named, before)
            for subscriber in named:
                if subscriber["_id"] not in busy:
                    count += await self._forget(subscriber)
        return count

    async def _forget(self, subscriber: Document) -> bool:
        """Elsewhere first: nullified, nobody would know the account any more."""
        account = subscriber["govuk_account_id"]
        if account is not None:
            try:
                await self._forget_account(account)
            except Unavailable as error:
                log.warning("subscriber %s is not forgotten yet: %s", subscriber["_id"], error)
                return False
        return await self._subscribers.nullify(subscriber["_id"], self._clock.stamp())

    async def _busy(self, subscribers: Sequence[Document], since: int) -> set[int]:
        ids = [one["_id"] for one in subscribers]
        return await self._subscriptions.subscribed_after(ids, since)

    async def _old_contents(self, before: int, tell: Tell) -> int:
        removed = 0
        for kind in KINDS:
            while ids := await self._contents.received_between(kind, 0, before, AT_ONCE):
                removed += await self._contents.remove(kind, ids)
                tell("contents", removed, None)
        return removed

    async def _old_runs(self, before: int) -> int:
        found = await self._runs.made_between(0, before - 1)
        return await self._runs.remove([run.id for run in found]) if found else 0

    async def _old_subscriptions(self, before: int, tell: Tell) -> int:
        removed = 0
        while ids := await self._subscriptions.ended_between(0, before, AT_ONCE):
            removed += await self._subscriptions.remove(ids)
            tell("subscriptions", removed, None)
        return removed

    async def _empty_lists(self, before: int) -> int:
        removed = 0
        for one in await self._lists.made_before(before):
            if not await self._subscriptions.has_list(one["_id"]):
                removed += await self._lists.delete(one["_id"])
        return removed

    async def _old_subscribers(self, before: int, tell: Tell) -> int:
        removed = 0
        async for batch in self._made_before(before, tell):
            busy = await self._busy(batch, -1)
            removed += await self._subscribers.remove(
                [one["_id"] for one in batch if one["_id"] not in busy]
            )
        return removed

    async def _made_before(self, before: int, tell: Tell) -> AsyncIterator[list[Document]]:
        """Subscribers made before then, in windows of their ids, of which ``tell`` hears."""
        last = await self._last()
        spans = Spans(last)
        while (span := spans.next()) is not None:
            found = await self._subscribers.between(*span)
            spans.held(len(found))
            yield [one for one in found if one["created_at"] < before]
            tell("subscribers", span[1] - 1, last)
