"""How much was unread for those who just left: when they come back, the ring tells the rest.

A crowd that comes back after a cut of the network would else have everybody's items counted.
"""

from domain.accounts import User
from domain.audiences import Audience
from domain.events import Event, Part
from push.counters import Counters
from push.ring import Ring

MOST_KEPT = 20_000  # users; those who left first are forgotten first


class Left:
    """Counters by user, each true up to a position of the ring."""

    def __init__(self, ring: Ring):
        self._ring = ring
        self._of: dict[int, tuple[Counters, int]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def keep(self, user: int, counters: Counters) -> None:
        """He left; what is delivered from now on is not in his counters."""
        if counters.counts is None:
            return
        self._of.pop(user, None)
        if len(self._of) >= MOST_KEPT:
            del self._of[next(iter(self._of))]
        self._of[user] = (counters, self._ring.end)

    def resume(self, user: User, known: Counters) -> bool:
        """Bring fresh counters of one who came back up to the ring's end; False: count them."""
        counters, position = self._of.pop(user.id, (None, 0))
        if counters is None or not self._ring.covers(position):
            return False
        events = [event for _, event in self._ring.for_user(user.id, position)]
        if any(_is_bulk(event, user) for event in events):
            return False
        is_certain = all(
            counters.move(*part.unread, event.revision)
            for event in events
            for part in event.parts
            if part.unread is not None and _concerns(part, user)
        )
        if is_certain:
            known.go_on_from(counters)
        return is_certain


def _is_bulk(event: Event, user: User) -> bool:
    """Did more change than is told one by one?"""
    return any(one.user == user.id and one.what == "reread" for one in event.signals)


def _concerns(part: Part, user: User) -> bool:
    if isinstance(part.to, Audience):
        return part.to.includes(user.member, part.as_of)
    return user.id in part.to
