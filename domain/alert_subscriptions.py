"""Subscriptions of alerts: how often, why they began and ended, and what subscribing again means.

A subscription never changes but by ending: another frequency is another one (contract 2.3, 3.8).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

IMMEDIATELY: Final = "immediately"
DAILY: Final = "daily"
WEEKLY: Final = "weekly"
FREQUENCIES: Final = (IMMEDIATELY, DAILY, WEEKLY)  # the most frequent first

# Sources
SIGNED_UP: Final = "user_signed_up"
FREQUENCY_CHANGED: Final = "frequency_changed"  # of the new one, and the reason of the old one
MERGED: Final = "subscriber_merged"  # so too
IMPORTED: Final = "imported"

# Reasons of an end
UNSUBSCRIBED: Final = "unsubscribed"
NO_SUCH_EMAIL: Final = "non_existent_email"
SPAM: Final = "marked_as_spam"
BULK: Final = "bulk_unsubscribed"
REASONS: Final = (
    *(UNSUBSCRIBED, NO_SUCH_EMAIL, FREQUENCY_CHANGED, "subscriber_list_changed", SPAM),
    *("unpublished", "bulk_immediate_to_digest", MERGED, BULK, "bulk_migrated"),
)


@dataclass(frozen=True, slots=True)
class Active:
    """A subscription that is not ended, as far as the rules look at it."""

    id: str
    list: int
    frequency: str


@dataclass(frozen=True, slots=True)
class New:
    """A subscription to be made."""

    list: int
    frequency: str
    source: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Which subscriptions end, and which begin; both empty when all stays as it is."""

    ended: tuple[str, ...] = ()
    begun: tuple[New, ...] = ()


def subscribe(list_id: int, frequency: str, active: Active | None) -> Plan:
    """What subscribing does, given the one that is active on this list, if any (3.8).

    The same frequency changes nothing; another one ends the old and begins anew. Those that ended
    before do not count.
    """
    if active is None:
        return Plan(begun=(New(list_id, frequency, SIGNED_UP),))
    if active.frequency == frequency:
        return Plan()
    return Plan((active.id,), (New(list_id, frequency, FREQUENCY_CHANGED),))


def merge(kept: Sequence[Active], absorbed: Sequence[Active]) -> Plan:
    """What becomes of the absorbed subscriber's subscriptions (3.8).

    All of them end. On each of their lists the keeper has afterwards the more frequent of the two;
    upstream compared the names of frequencies (Appendix B, 1), which is not copied.
    """
    by_list: Mapping[int, Active] = {one.list: one for one in kept}
    ended: list[str] = []
    begun: list[New] = []
    for other in absorbed:
        ended.append(other.id)
        own = by_list.get(other.list)
        if own is not None and _rank(own.frequency) <= _rank(other.frequency):
            continue
        ended += [] if own is None else [own.id]
        begun.append(New(other.list, other.frequency, MERGED))
    return Plan(tuple(ended), tuple(begun))


def _rank(frequency: str) -> int:
    """How rarely it is: 0 is at once."""
    return FREQUENCIES.index(frequency)
