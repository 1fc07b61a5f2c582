"""Subscribers: what they have, their addresses, merging two of them (alerts contract, 1.8, 3.8)."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Protocol

from domain.alert_addresses import is_address, key_of
from domain.alert_errors import NOT_AN_EMAIL, TAKEN, refused, unprocessable
from domain.alert_subscriptions import MERGED, UNSUBSCRIBED, merge
from domain.errors import NotFound
from models.alert_people import AlertPeople
from models.alert_subscribers import new_subscriber
from models.alert_subscriptions import as_active
from models.database import Document, Duplicate
from services.alert_changes import CHANGE, body_of, new_subscription
from services.changes import Changes, Draft

USUAL_ORDER: Final = "-created_at"
WRONG_ORDER: Final = "Order parameter not valid"

Pair = tuple[Document, Document]
_BY: Mapping[str, Callable[[Pair], Any]] = {
    "title": lambda pair: (pair[1]["title"].casefold(), pair[1]["title"]),
    "created_at": lambda pair: pair[0]["created_at"],
}


class Lists(Protocol):
    """What subscribers ask of lists."""

    async def get_all(self, ids: Collection[int]) -> dict[int, Document]: ...


class Subscribers:
    """Those who subscribed, by number and by address."""

    def __init__(self, people: AlertPeople, lists: Lists, changes: Changes):
        self._people, self._lists, self._changes = people, lists, changes
        self._rows = people.subscribers

    # Reading

    async def get(self, subscriber: int) -> Document:
        """One of them; raises `NotFound`."""
        return _there(await self._rows.get(subscriber))

    async def by_address(self, address: str) -> Document:
        """Whose address it is, however written; raises `NotFound`."""
        return _there(await self._rows.by_address(address))

    async def by_account(self, account: str) -> Document:
        """Who is linked with this account of another service; raises `NotFound`."""
        return _there(await self._rows.by_account(account))

    async def subscriptions(self, subscriber: int, order: str = USUAL_ORDER) -> list[Pair]:
        """The active ones, each with its list; those of one place by id. `order` was judged."""
        rows = await self._people.subscriptions.active_of(subscriber)
        lists = await self._lists.get_all({one["list"] for one in rows})
        pairs = [(one, lists[one["list"]]) for one in rows if one["list"] in lists]
        pairs.sort(key=lambda pair: pair[0]["_id"])
        # A sort that is reversed leaves equals as they are.
        return sorted(pairs, key=_BY[order.removeprefix("-")], reverse=order.startswith("-"))

    # Changing

    async def find_or_add(self, address: str, by: str | None) -> Document:
        """Whose address it is, made if it is nobody's; an address that was judged."""
        while True:
            found = await self._rows.by_address(address)
            if found is not None:
                return found
            number, now = await self._people.ids.take(), self._changes.clock.stamp()
            try:
                await self._rows.add(row := new_subscriber(number, address, by, now))
            except Duplicate:  # by another process, since we looked
                continue
            return row

    async def change_address(
        self, subscriber: int, address: str, *, merges: bool, by: str | None, user: int | None
    ) -> Document:
        """Give it another address; another one's with ``merges``, who is absorbed then.

        Raises `NotFound`, and `Invalid` for what is no address or is taken.
        """
        one = await self.get(subscriber)
        if not is_address(address):
            raise refused("address", NOT_AN_EMAIL)
        other = await self._rows.by_address(address)
        if other is not None and other["_id"] != subscriber:
            if not merges:
                raise refused("address", TAKEN)
            await self._absorb(one, other, address, by=by, user=user)
        else:
            await self._set_address(subscriber, address)
        after = await self.get(subscriber)
        if after["address"] is None or key_of(after["address"]) != key_of(address):
            raise refused("address", TAKEN)
        return after

    async def _set_address(self, subscriber: int, address: str) -> None:
        try:
            await self._rows.set_address(subscriber, address, self._changes.clock.stamp())
        except Duplicate as error:
            raise refused("address", TAKEN) from error

    async def _absorb(
        self, kept: Document, other: Document, address: str, *, by: str | None, user: int | None
    ) -> None:
        """One takes over the subscriptions and the address of the other, who has none then."""
        own = await self._people.subscriptions.active_of(kept["_id"])
        others = await self._people.subscriptions.active_of(other["_id"])
        plan, now = merge([*map(as_active, own)], [*map(as_active, others)]), self._now()
        begun = {one.list: new_subscription(one, kept["_id"], by, now) for one in plan.begun}
        ended = {one["_id"]: one["list"] for one in (*own, *others)}
        places = {one: begun[ended[one]]["_id"] for one in plan.ended if ended[one] in begun}
        moved = {"address": address, "of": other["_id"], "to": kept["_id"], "was": kept["address"]}
        body = body_of(plan, MERGED, begun=[*begun.values()], places=places, at=now, moved=moved)
        await self._changes.make(Draft(CHANGE, user, body))

    def _now(self) -> int:
        return self._changes.clock.stamp()

    async def unsubscribe(self, subscriber: int) -> None:
        """End all that is active; the address stays. Raises `NotFound`."""
        await self.get(subscriber)
        await self._people.subscriptions.end_all_of(subscriber, UNSUBSCRIBED, self._now())

    async def end_by_address(self, address: str, reason: str) -> None:
        """End all that is active at an address, which may be nobody's."""
        found = await self._rows.by_address(address)
        if found is not None:
            await self._people.subscriptions.end_all_of(found["_id"], reason, self._now())


def check_order(order: object) -> str:
    """An order of a list, the usual one for None; raises a 422 for any other."""
    text = USUAL_ORDER if order is None else order
    if not isinstance(text, str) or text.removeprefix("-") not in _BY:
        raise unprocessable(WRONG_ORDER)
    return text


def _there(row: Document | None) -> Document:
    if row is None:
        raise NotFound
    return row
