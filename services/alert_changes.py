"""The record by which subscriptions begin and end together, and subscribers come and merge.

One subscription ends and another takes its place; two documents, so a record comes first and any
process finishes what was left. What begins late, after somebody has ended it in the meantime or
subscribed anew, does not begin at all.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

from domain.alert_subscriptions import New, Plan
from domain.events import Event
from domain.records import Body, Record
from models.alert_people import AlertPeople
from models.database import Document, Duplicate
from services.turns import Turn

CHANGE: Final = "alerts.subscriptions"

Tell = Callable[[Document], Awaitable[object]]


class SubscriptionsChange:
    """A kind of record. ``tell`` confirms a new subscription to its subscriber, once however often.

    Body: ``subscriber`` (a new row or None), ``ended`` (``{id, by}``, ``by`` the id of what takes
    its place or None), ``reason``, ``begun`` (new rows), ``at``, ``is_told``, ``moved`` (None, or
    ``{address, of, to, was}``: another's address, whose, who has it then, and what he had).
    """

    def __init__(self, people: AlertPeople, tell: Tell):
        self._people, self._tell = people, tell

    async def apply(self, record: Record, turn: Turn) -> None:
        body: Mapping[str, Any] = record.body
        if body["subscriber"] is not None:
            with suppress(Duplicate):
                await self._people.subscribers.add(dict(body["subscriber"]))
        for one in body["ended"]:
            await self._people.subscriptions.end(
                one["id"], body["reason"], body["at"], replaced_by=one["by"]
            )
        for row in body["begun"]:
            await self._begin(dict(row), body)
        if body["moved"] is not None:
            with suppress(Duplicate):  # somebody else took it in between
                await self._people.subscribers.move_address(**body["moved"], now=body["at"])

    async def _begin(self, row: Document, body: Mapping[str, Any]) -> None:
        before = [one["id"] for one in body["ended"] if one["by"] == row["_id"]]
        if await self._may_begin(row, before):
            await self._people.subscriptions.add([row])
        if body["is_told"] and await self._people.subscriptions.get(row["_id"]) is not None:
            await self._tell(row)

    async def _may_begin(self, row: Document, before: Sequence[str]) -> bool:
        """Did it take the place of what it was to replace, and did nothing come after it?"""
        if before:
            ended = await self._people.subscriptions.get_all(before)
            return any(one.get("replaced_by") == row["_id"] for one in ended.values())
        latest = await self._people.subscriptions.latest(row["subscriber"], row["list"])
        is_last = latest is None or latest["created_at"] <= row["created_at"]
        return is_last and await self._people.subscribers.get(row["subscriber"]) is not None

    async def event(self, record: Record) -> Event:
        """Nobody who is connected is told."""
        return Event(record.id, record.revision)


def body_of(
    plan: Plan,
    reason: str,
    *,
    begun: Sequence[Document],
    places: Mapping[str, str],
    at: int,
    **more: object,
) -> Body:
    """The body of a record for a plan; ``places`` says what takes the place of what ends."""
    ended = [{"id": one, "by": places.get(one)} for one in plan.ended]
    usual = {"subscriber": None, "is_told": False, "moved": None}
    return {**usual, "ended": ended, "reason": reason, "begun": list(begun), "at": at, **more}


def new_subscription(new: New, subscriber: int, by: str | None, now: int) -> Document:
    """A row as it is stored at first; ``by`` is the id of the calling user as text."""
    return {
        "_id": str(uuid4()),
        "subscriber": subscriber,
        "list": new.list,
        "frequency": new.frequency,
        "source": new.source,
        "active": True,
        "ended_at": None,
        "ended_reason": None,
        "ended_email_id": None,
        "signon_user_uid": by,
        "created_at": now,
        "updated_at": now,
    }
