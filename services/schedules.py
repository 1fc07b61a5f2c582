"""Schedules: making, changing and ending them; firing them is a part (seeds 000 and 002)."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from domain.accounts import User
from domain.errors import Conflict, Invalid, NotFound
from domain.metrics import CREATED
from domain.records import Body, Key
from domain.schedules import Schedule, check_endpoint, edited
from domain.simulation import Instant, simulated
from domain.urls import target
from domain.windows import Listed, Window
from models.jobs import Jobs
from models.schedule_stores import Stores
from models.schedules import from_document, to_document
from services.calls import Calls, Post, uncounted
from services.changes import Changes, Draft, Kind
from services.creations import Creation
from services.failed_tasks import FailedTasks
from services.firing import Firing
from services.uses import UsedBy, Uses
from services.webhooks import ADDED, Webhooks
from settings import Schedules as Settings

CREATE = "schedules.create"
MOST_TRIES = 20  # of a change that others' changes overtake
SIMULATED = 10
IN_USE = "This schedule is in use by {}."
TOKEN_STAYS = "Give auth_token, too: it is not sent where its owner did not say."


def build(
    store: Stores, jobs: Jobs, changes: Changes, post: Post, settings: Settings
) -> "Schedules":
    """Schedules with their parts; ``post`` makes the calls."""
    calls = Calls(jobs, store, changes.clock, post, settings)
    webhooks = Webhooks(store, jobs, changes, calls, token=settings.webhook_token)
    firing = Firing(store, jobs, changes, calls)
    return Schedules(store, changes, firing, webhooks, FailedTasks(store, jobs, calls))


class Schedules:
    """All schedules. Whoever holds the right may change any; tokens are shown to few."""

    def __init__(
        self,
        store: Stores,
        changes: Changes,
        firing: Firing,
        webhooks: Webhooks,
        failed: FailedTasks,
    ):
        self._store, self._changes, self._clock = store, changes, changes.clock
        self._creation = Creation(self._insert)
        self.firing, self.webhooks, self.failed = firing, webhooks, failed
        self._uses = Uses(IN_USE)
        self.count: Callable[[str], None] = uncounted

    async def begin(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self._store.ensure_indexes()

    def kinds(self) -> Mapping[str, Kind]:
        """The records of schedules."""
        return {CREATE: self._creation, **self.firing.kinds(), **self.webhooks.kinds()}

    async def recover(self) -> None:
        """Make again the jobs that a process which died in between did not make."""
        await self.firing.recover()
        await self.webhooks.recover()

    def ask_before_delete(self, used_by: UsedBy) -> None:
        """Refuse to delete schedules of which this names what uses them."""
        self._uses.ask(used_by)

    # Reading

    async def listed(self, window: Window) -> Listed[Schedule]:
        """Every schedule, the newest first, as far as it lies in the window."""
        return await self._store.schedules.listed(window)

    async def get(self, schedule: int) -> Schedule:
        """One schedule; raises `NotFound`."""
        found = await self._store.schedules.get(schedule)
        if found is None:
            raise NotFound
        return found

    async def simulate(self, given: Mapping[str, Any]) -> list[Instant]:
        """When something so defined would be due; raises `Invalid`."""
        after = given.get("after", self._clock.wall())
        made = edited(_blank(0, None, after), given, after)
        return await asyncio.to_thread(_coming, made, after, given.get("count", SIMULATED))

    async def coming(self, schedule: Schedule, count: int) -> list[Instant]:
        """When a schedule will be due, from now on."""
        return await asyncio.to_thread(_coming, schedule, self._clock.wall(), count)

    # Writing

    async def create(
        self,
        user: User | None,
        given: Mapping[str, Any],
        key: Key | None = None,
        fingerprint: str = "",
    ) -> Schedule:
        """A new schedule of loaded values; without a user one that was imported.

        Raises `Invalid`, and as `Changes.make`. What is kept with a key is no more than the id and
        the moment: the rest of the answer follows from the request, which has the token.
        """
        by = None if user is None else user.id
        outcome = await self._changes.recall(key, fingerprint)
        if outcome is None:
            now = self._clock.wall()
            edited(_blank(0, by, now), given, now)  # what is refused takes no number
            number = await self._store.counters.schedules.take()
            made = _armed(_blank(number, by, now), _made(number, by, given, now))
            made = replace(made, is_new=await self.webhooks.is_waited_for(ADDED))
            body, answer = to_document(made), {"id": number, "now": now}
            draft = Draft(CREATE, by, body, answer=answer, key=key, fingerprint=fingerprint)
            outcome = await self._creation.make(self._changes, draft)
            self.count(CREATED)
        return _made(_int(outcome.answer["id"]), by, given, _int(outcome.answer["now"]))

    async def _insert(self, body: Body) -> None:
        made = from_document(body)
        await self._store.schedules.add(to_document(made))
        await self.firing.arm(made)
        if made.is_new:
            await self.webhooks.tell_later(made)

    async def change(
        self, user: User, schedule: int, given: Mapping[str, Any], *, partial: bool
    ) -> Schedule:
        """Change what is given, and when it is due accordingly; the schedule as it is then.

        Raises `NotFound`, `Invalid`, and `Conflict` when others change it again and again.
        """
        for _ in range(MOST_TRIES):
            old = await self.get(schedule)
            check_endpoint(old, given, partial=partial)
            now = max(self._clock.wall(), old.updated_at)
            new = edited(old, _of_caller(user, old, given), now)
            new = replace(_armed(old, new), updated_at=now, updated_by=user.id)
            if await self._store.schedules.save(old, new):
                await self.firing.move(old, new)
                return replace(new, version=old.version + 1)
        raise Conflict("This schedule is being changed by others.")

    async def delete(self, schedule: int) -> None:
        """End it: nothing of it is due any more. Raises `NotFound`, `Conflict` while in use."""
        old = await self.get(schedule)
        await self._uses.refuse(schedule)
        if not await self._store.schedules.delete(schedule, self._clock.wall()):
            raise NotFound
        await self._store.failed.delete_of_schedule(schedule)
        await self.firing.cancel(old)


def sees_token(user: User, schedule: Schedule) -> bool:
    """May he read what is sent to the endpoint: its owner, and administrators."""
    return user.holds_all or user.id == schedule.created_by


def _coming(schedule: Schedule, after: int, count: int) -> list[Instant]:
    """As many of the next firings as it is to fire yet; none when it is disabled.

    Rare dates, such as each 29 February, take up to half a second: not on the loop.
    """
    if not schedule.enabled:
        return []
    if schedule.frequency is not None:
        count = max(0, min(count, schedule.frequency - schedule.fired))
    return simulated(schedule.timing, after, count)


def _blank(number: int, by: int | None, now: int) -> Schedule:
    """What a new schedule is before anything is said of it."""
    return Schedule(
        id=number, created_at=now, created_by=by, updated_at=now, updated_by=by, anchor=now
    )


def _made(number: int, by: int | None, given: Mapping[str, Any], now: int) -> Schedule:
    return edited(_blank(number, by, now), given, now)


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _armed(old: Schedule, new: Schedule) -> Schedule:
    """With the id of the firing that is pending: another one when it is due at another time."""
    if new.next_send_at == old.next_send_at:
        return new
    return replace(new, arm=None if new.next_send_at is None else str(uuid4()))


def _of_caller(user: User, old: Schedule, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the caller may give: who cannot see the token does not remove it with an echo.

    Nor may he have it sent to another host, where he could read it: raises `Invalid`.
    """
    if sees_token(user, old) or old.auth_token is None:
        return given
    kept = {name: given[name] for name in given if (name, given[name]) != ("auth_token", None)}
    moves = _origin(kept.get("endpoint")) not in (None, _origin(old.endpoint))
    if moves and old.auth_token and "auth_token" not in kept:
        raise Invalid({"auth_token": [TOKEN_STAYS]})
    return kept


def _origin(url: str | None) -> tuple[str, str, int] | None:
    if url is None:
        return None
    where = target(url)
    return where.scheme, where.host, where.port
