"""Subscribing, subscribing otherwise and unsubscribing (alerts contract, 1.8 and 3.8)."""

from dataclasses import dataclass
from typing import Any, Final, Protocol

from domain.alert_subscriptions import (
    FREQUENCIES,
    FREQUENCY_CHANGED,
    UNSUBSCRIBED,
    Plan,
    subscribe,
)
from domain.errors import Conflict, NotFound
from domain.records import Key
from models.alert_people import AlertPeople
from models.alert_subscribers import new_subscriber
from models.alert_subscriptions import as_active
from models.database import Document
from services.alert_changes import CHANGE, body_of, new_subscription
from services.changes import Changes, Draft, Outcome

MOST_TRIES: Final = 20  # of a change that others' changes overtake
OVERTAKEN: Final = "This subscription is being changed by others."


class Lists(Protocol):
    """What subscriptions ask of lists."""

    async def get(self, number: int) -> Document | None: ...


@dataclass(frozen=True)
class Asked:
    """What somebody wants to subscribe to; ``by`` is the calling user's id as text.

    ``address`` and ``frequency`` were judged before, and the list is there.
    """

    address: str
    alert_list: int
    frequency: str
    by: str | None = None
    is_quiet: bool = False


@dataclass(frozen=True)
class Caller:
    """Who asks, for the record: his number, and the key of his request with its body's hash."""

    user: int | None = None
    key: Key | None = None
    fingerprint: str = ""


class Subscribing:
    """Makes, changes and ends subscriptions."""

    def __init__(self, people: AlertPeople, changes: Changes):
        self._people, self._changes = people, changes
        self._rows = people.subscriptions

    # Reading

    async def get(self, subscription: str) -> Document:
        """One, ended or not; raises `NotFound`."""
        return _there(await self._rows.get(subscription))

    async def latest(self, subscription: str) -> Document:
        """The one made last for the same subscriber and list; raises `NotFound`."""
        one = await self.get(subscription)
        return _there(await self._rows.latest(one["subscriber"], one["list"]))

    # Subscribing

    async def subscribe(self, asked: Asked, caller: Caller | None = None) -> Document:
        """The subscription that there is then: a new one, or the one there was if it is the same.

        The subscriber is made with it, and told of it unless ``is_quiet``. Of several at once one
        makes it. Raises `Conflict` and as `Changes.make`.
        """
        caller = caller or Caller()
        first = await self._changes.recall(caller.key, caller.fingerprint)
        made = None if first is None else await self._made(first)
        if made is not None:
            return made
        if first is not None:  # another one took its place, and that one holds
            caller = Caller(caller.user)
        for _ in range(MOST_TRIES):
            subscriber = await self._people.subscribers.by_address(asked.address)
            active = None
            if subscriber is not None:
                active = await self._rows.active(subscriber["_id"], asked.alert_list)
            there = None if active is None else as_active(active)
            plan = subscribe(asked.alert_list, asked.frequency, there)
            if active is not None and not plan.begun:
                return active
            made = await self._make(asked, subscriber, plan, caller)
            if made is not None:
                return made
            caller = Caller(caller.user)
        raise Conflict(OVERTAKEN)

    async def _make(
        self, asked: Asked, subscriber: Document | None, plan: Plan, caller: Caller
    ) -> Document | None:
        """Carry it out; None when somebody else was faster."""
        now = self._changes.clock.stamp()
        newcomer = None
        if subscriber is None:
            number = await self._people.ids.take()
            newcomer = new_subscriber(number, asked.address, asked.by, now)
        whose = newcomer or subscriber or {}
        row = new_subscription(plan.begun[0], whose["_id"], asked.by, now)
        body = body_of(
            plan,
            FREQUENCY_CHANGED,
            begun=[row],
            places=dict.fromkeys(plan.ended, str(row["_id"])),
            at=now,
            subscriber=newcomer,
            is_told=not asked.is_quiet,
        )
        answer = {"subscription": row["_id"]}
        draft = Draft(
            CHANGE,
            caller.user,
            body,
            answer=answer,
            key=caller.key,
            fingerprint=caller.fingerprint,
        )
        return await self._made(await self._changes.make(draft))

    async def _made(self, outcome: Outcome) -> Document | None:
        answer: Any = outcome.answer
        return await self._rows.get(answer["subscription"])

    # Changing

    async def change(
        self, subscription: str, frequency: str, by: str | None, user: int | None = None
    ) -> Document:
        """The subscription with this frequency: a new one, unless it had it; nobody is told.

        Raises `NotFound` for one that ended.
        """
        for _ in range(MOST_TRIES):
            one = await self.active(subscription)
            plan = subscribe(one["list"], frequency, as_active(one))
            if not plan.begun:
                return one
            now = self._changes.clock.stamp()
            row = new_subscription(plan.begun[0], one["subscriber"], by, now)
            places = {one["_id"]: row["_id"]}
            body = body_of(plan, FREQUENCY_CHANGED, begun=[row], places=places, at=now)
            answer = {"subscription": row["_id"]}
            made = await self._made(
                await self._changes.make(Draft(CHANGE, user, body, answer=answer))
            )
            if made is not None:
                return made
        raise Conflict(OVERTAKEN)

    async def active(self, subscription: str) -> Document:
        """One that is not ended; raises `NotFound`."""
        one = await self.get(subscription)
        if not one.get("active"):
            raise NotFound
        return one

    async def unsubscribe(self, subscription: str) -> None:
        """End it; raises `NotFound` when it is not there or ended before."""
        now = self._changes.clock.stamp()
        if not await self._rows.end(subscription, UNSUBSCRIBED, now):
            raise NotFound


def is_frequency(value: object) -> bool:
    """Is it one of the three?"""
    return isinstance(value, str) and value in FREQUENCIES


def _there(row: Document | None) -> Document:
    if row is None:
        raise NotFound
    return row
