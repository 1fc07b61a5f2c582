"""What is older than the retention leaves the inbox: as deletes, so that every device sees it go.

A job for each day goes through the accounts and goes on in a next job before its time is over; any
process may run it, and twice does no harm.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from domain.accounts import User
from domain.clock import DAY, Clock
from domain.items import MESSAGE, NOTICE
from domain.jobs import Job
from models.database import Document
from services.changes import Changes, Draft
from services.identities import as_member
from services.items import of_copy
from services.mailboxes import Stores, identifiers

RETIRE: Final = "inbox.retire"
USERS_AT_ONCE: Final = 500
ITEMS_AT_ONCE: Final = 100  # more are read from the feed by who is connected
RUN_S: Final = 20.0


class Retention:
    """Ends copies, sent messages and notices of before so many days; None keeps all."""

    def __init__(
        self,
        stores: Stores,
        changes: Changes,
        days: int | None,
        monotonic: Callable[[], float] = time.monotonic,
    ):
        self._stores, self._changes, self._days = stores, changes, days
        self._monotonic = monotonic

    @property
    def _clock(self) -> Clock:
        return self._changes.clock

    async def begin_day(self) -> bool:
        """Add today's job, unless it was added or nothing is to end; was it added?"""
        if self._days is None:
            return False
        now = self._clock.wall()
        body = {"before": now - self._days * DAY, "after": 0, "day": now // DAY}
        return await self._stores.jobs.add(f"{RETIRE}:{now // DAY}", RETIRE, now, body)

    async def run(self, job: Job) -> None:
        """The job: notices to audiences first, then person by person from ``after`` on."""
        body: Any = job.body
        before, after, until_s = body["before"], body["after"], self._monotonic() + RUN_S
        if after == 0:
            await self._withdraw(before)
        while users := await self._stores.users.after(after, USERS_AT_ONCE):
            for user in users:
                await self._retire(user, before)
                after = user["_id"]
                if self._monotonic() >= until_s:
                    return await self._go_on(body, after)

    async def _go_on(self, body: Any, after: int) -> None:
        key = f"{RETIRE}:{body['day']}:{after}"
        more = {**body, "after": after}
        await self._stores.jobs.add(key, RETIRE, self._clock.wall(), more)

    async def _withdraw(self, before: int) -> None:
        for notice in await self._stores.notices.sent_before(before):
            body = {"notice_id": notice, "keep": False}
            await self._changes.make(Draft("inbox.expire", None, body, id=f"retire:{notice}"))

    async def _retire(self, document: Document, before: int) -> None:
        user = User(document["_id"], document["username"], as_member(document))
        window = {"since": 0, "until": before - 1, "limit": ITEMS_AT_ONCE}
        while True:
            kinds = (MESSAGE, NOTICE)
            copies = await self._stores.deliveries.newest(user.id, kinds, None, **window)
            if copies:
                await self._mark(user, copies)
            sent = await self._stores.messages.newest(user.id, **window)
            if sent:
                body = {"messages": [one["_id"] for one in sent], "keep": False}
                await self._changes.make(Draft("inbox.delete_sent", user.id, body))
            if max(len(copies), len(sent)) < ITEMS_AT_ONCE:
                return

    async def _mark(self, user: User, copies: list[Document]) -> None:
        items = [of_copy(one) for one in copies]
        body = {"fields": {"deleted": True}, "keep": False, **identifiers(items)}
        await self._changes.make(Draft("inbox.mark", user.id, body))
