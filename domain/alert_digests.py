"""Which content is in which of a subscriber's digest e-mails (alerts contract, 3.7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """A content in a digest's window; ``page`` is its content_id, None for a message."""

    id: str
    created_at: int
    page: str | None


@dataclass(frozen=True, slots=True)
class Wish:
    """A subscription, as far as the rule looks at it."""

    id: str
    list: int
    created_at: int


def share(
    wishes: Sequence[Wish], by_list: Mapping[int, Sequence[Item]]
) -> dict[str, tuple[Item, ...]]:
    """The items of each subscription of one subscriber, in the order of receipt.

    Of several changes to a page only the newest counts, in each e-mail for itself. A message is
    in one e-mail, that of the subscription that was made first. Without items there is no e-mail,
    and the subscription is left out.
    """
    told: set[str] = set()
    shares: dict[str, tuple[Item, ...]] = {}
    for wish in sorted(wishes, key=lambda one: (one.created_at, one.id)):
        items = _newest(by_list.get(wish.list, ()), told)
        told |= {item.id for item in items if item.page is None}
        if items:
            shares[wish.id] = items
    return shares


def _newest(items: Sequence[Item], told: set[str]) -> tuple[Item, ...]:
    in_order = sorted(items, key=lambda one: (one.created_at, one.id))
    last = {item.page: item.id for item in in_order if item.page is not None}
    return tuple(
        item
        for item in in_order
        if (item.id not in told if item.page is None else last[item.page] == item.id)
    )
