"""Webhooks: who is told by HTTP that something happened, and telling him (contract 4)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import orjson

from domain.accounts import User
from domain.calls import Call
from domain.clock import SECOND
from domain.errors import NotFound
from domain.jobs import Job
from domain.records import Body, Key
from domain.schedules import Schedule
from domain.windows import Listed, Window
from models.database import Document
from models.jobs import Jobs
from models.schedule_stores import Stores
from services.calls import Calls
from services.changes import Changes, Draft, Kind
from services.creations import Creation

ADDED: Final = "schedule.added"
CREATE: Final = "webhooks.create"
TELL: Final = "webhooks.tell"
OVERDUE_US = 10 * SECOND

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Webhooks:
    """Keeps who wants to be told, and tells him; a save never waits for that, nor fails by it."""

    def __init__(
        self, store: Stores, jobs: Jobs, changes: Changes, calls: Calls, *, token: str | None
    ):
        self._store, self._jobs, self._changes, self._calls = store, jobs, changes, calls
        self._clock, self._token = changes.clock, token
        self._creation = Creation(self._insert)

    def kinds(self) -> Mapping[str, Kind]:
        """The records that are made here."""
        return {CREATE: self._creation}

    # Who is told

    async def listed(self, window: Window) -> Listed[Document]:
        """Every webhook, the newest first."""
        return await self._store.webhooks.listed(window)

    async def get(self, webhook: int) -> Document:
        """One webhook; raises `NotFound`."""
        found = await self._store.webhooks.get(webhook)
        if found is None:
            raise NotFound
        return found

    async def create(
        self, user: User, given: Mapping[str, Any], key: Key | None = None, fingerprint: str = ""
    ) -> Document:
        """A new webhook of its maker. Raises as `Changes.make`."""
        outcome = await self._changes.recall(key, fingerprint)
        if outcome is None:
            number, now = await self._store.counters.webhooks.take(), self._clock.wall()
            body = {"_id": number, **given, "user": user.id, "created": now, "updated": now}
            draft = Draft(CREATE, user.id, body, answer=body, key=key, fingerprint=fingerprint)
            outcome = await self._creation.make(self._changes, draft)
        return dict(outcome.answer)

    async def _insert(self, body: Body) -> None:
        await self._store.webhooks.add(dict(body))

    async def change(
        self, user: User, webhook: int, given: Mapping[str, Any], *, partial: bool
    ) -> Document:
        """Change what is given; its maker stays who he is. Raises `NotFound`."""
        old = await self.get(webhook)
        changes = {**given, "updated": max(self._clock.wall(), old["updated"] + 1)}
        if not await self._store.webhooks.change(webhook, changes):
            raise NotFound
        return await self.get(webhook)

    async def delete(self, webhook: int) -> None:
        """Tell him no more; raises `NotFound`."""
        if not await self._store.webhooks.delete(webhook, self._clock.wall()):
            raise NotFound

    # Telling

    async def is_waited_for(self, event: str) -> bool:
        """Does anybody want to be told of it?"""
        return bool(await self._store.webhooks.of_event(event))

    async def tell_later(self, schedule: Schedule) -> None:
        """Have it told that a schedule was made; may be called again."""
        key, now = f"schedule:{schedule.id}:added", self._clock.wall()
        await self._jobs.add(key, TELL, now, {"schedule": schedule.id})

    async def recover(self) -> None:
        """Make again the jobs that a process which died in between did not make."""
        for schedule in await self._store.schedules.untold(self._clock.wall() - OVERDUE_US):
            await self.tell_later(schedule)

    async def tell(self, job: Job) -> None:
        """The job: one call for each who waits."""
        number = job.body["schedule"]
        assert isinstance(number, int)
        schedule = await self._store.schedules.get(number)
        if schedule is None:
            return
        for hook in await self._store.webhooks.of_event(ADDED):
            await self._calls.begin(self._call(hook, schedule))
        await self._store.schedules.told(number)

    def _call(self, hook: Document, schedule: Schedule) -> Call:
        name = f"carillon:webhook:{hook['_id']}:{schedule.id}:{schedule.created_at}"
        payload = orjson.dumps(_payload(hook, schedule)).decode()
        token = self._token
        return Call(
            str(uuid5(NAMESPACE_URL, name)), hook["target"], payload, token, self._clock.wall()
        )


def _payload(hook: Document, schedule: Schedule) -> dict[str, Any]:
    """What upstream's hooks say: no token, and instants with ``+00:00``."""
    data = {
        "id": schedule.id,
        "frequency": schedule.frequency,
        "triggered": schedule.fired,
        "cron_definition": schedule.cron_definition,
        "interval_definition": schedule.interval_definition,
        "endpoint": schedule.endpoint,
        "payload": orjson.Fragment(schedule.payload),
        "next_send_at": _text(schedule.next_send_at),
        "enabled": schedule.enabled,
        "created_at": _text(schedule.created_at),
        "updated_at": _text(schedule.updated_at),
    }
    shown = {"id": hook["_id"], "event": hook["event"], "target": hook["target"]}
    return {"hook": shown, "data": data}


def _text(us: int | None) -> str | None:
    return None if us is None else (_EPOCH + timedelta(microseconds=us)).isoformat()
