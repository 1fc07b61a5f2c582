"""Unread counters for those connected: counted, never kept (live, "Counters are counted")."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from domain.accounts import User
from domain.clock import Clock
from push import frames
from push.connection import LIVE, Connection
from push.counters import Counters
from push.hub import Hub
from services.mailboxes import Mailboxes

COALESCE_S = 0.03
SLICE = 200  # users told in one turn of the loop, when it is not urgent
COUNTS_PER_S, COUNTED_TOGETHER = 50, 10  # a crowd is one query, whatever its size
SETTLE_S = 1.0  # a count begins this long after the counters moved


class Unread:
    """Tells users how much is unread: at once what events add up to, soon after what is true."""

    def __init__(self, hub: Hub, mailboxes: Mailboxes, clock: Clock):
        self._hub, self._mailboxes, self._clock = hub, mailboxes, clock
        self._to_count: dict[int, None] = {}
        self._told_at_s = 0.0

    async def count(self, user: User) -> Mapping[str, int]:
        """Count now; what connections of this user are told from here on starts from it.

        Of one who was here a moment ago the ring knows it, and it is counted soon. What moved
        meanwhile may be in the count or not: then it is counted again soon. Else his other
        connections are told what was found.
        """
        resumed = self._resume(user)
        if resumed is not None:
            return resumed
        before, at = self._moves(user.id), self._clock.now()
        counts = await self._mailboxes.count_unread(user)
        known = self._hub.counters(user.id)
        if known is not None:
            known.set(counts, at, self._clock.now())
            if known.moves != before:
                self._to_count[user.id] = None
            else:
                self._tell(user.id, {})
        return counts

    def _moves(self, user: int) -> int:
        known = self._hub.counters(user)
        return 0 if known is None else known.moves

    def _resume(self, user: User) -> Mapping[str, int] | None:
        """What the ring says of one who is back; None for who was here all along, or is new."""
        known = self._hub.counters(user.id)
        if known is None or known.counts is not None or not self._hub.left.resume(user, known):
            return None
        self._to_count[user.id] = None
        return known.counts

    def note(self, connection: Connection) -> None:
        """This connection was told nothing while it was reading: count, and tell it."""
        connection.told_unread = None
        self._to_count[connection.user] = None

    def may_tell(self) -> bool:
        """Were none sent a moment ago? Else, in a burst, they wait for `tell_moved`."""
        return time.monotonic() - self._told_at_s >= COALESCE_S

    def tell_now(self) -> None:
        """Send ``unread`` with the frames of the event that moved the counters, in one write."""
        if self._hub.moved:
            self._told_at_s = time.monotonic()
            self._tell_all(self._take_moved())

    def tell_now_to(self, users: Iterable[int]) -> None:
        """The same for an event to these few, but for those of them who were told a moment ago."""
        now_s, moved = time.monotonic(), self._hub.moved
        for user in users:
            here = self._hub.present(user) if user in moved else None
            if here is not None and now_s - here.told_at_s >= COALESCE_S:
                if moved.pop(user):
                    self._to_count[user] = None
                self._tell(user, {})

    async def tell_moved(self) -> float | None:
        """Send ``unread`` to those whose counters events moved, a slice at a time."""
        if not self._hub.moved:
            return None
        await asyncio.sleep(COALESCE_S)
        moved = self._take_moved()
        for start in range(0, len(moved), SLICE):
            self._tell_all(moved[start : start + SLICE])
            await asyncio.sleep(0)
        self._told_at_s = time.monotonic()
        return None

    def _take_moved(self) -> list[int]:
        """Whom to tell; those of them who must be counted are noted."""
        moved, self._hub.moved = self._hub.moved, {}
        self._to_count.update(dict.fromkeys(user for user, must in moved.items() if must))
        return list(moved)

    def _tell_all(self, users: Sequence[int]) -> None:
        frames_by_counts: dict[object, bytes] = {}
        for user in users:
            self._tell(user, frames_by_counts)

    async def count_moved(self) -> float:
        """Count for some users whose counters moved, together; returns when to call again.

        One who could not be counted is counted later, after those who wait.
        """
        if not self._to_count:
            return SETTLE_S
        users = list(islice(self._to_count, COUNTED_TOGETHER))
        for user in users:
            del self._to_count[user]
        found = await asyncio.gather(*map(self._count_again, users), return_exceptions=True)
        for error in found:
            if error is not None:
                raise error
        return COUNTED_TOGETHER / COUNTS_PER_S

    async def _count_again(self, user: int) -> None:
        connections = self._hub.of_user(user)
        known = self._hub.counters(user)
        if connections and known is not None:
            try:
                await self._make_sure(connections[0].identity.user, known)
            except BaseException:
                self._to_count[user] = None
                raise

    async def _make_sure(self, user: User, known: Counters) -> None:
        """Count, and tell the difference, unless an event came in between."""
        moves, at = known.moves, self._clock.now()
        counts = await self._mailboxes.count_unread(user)
        if known.moves != moves:
            self._to_count[user.id] = None
        else:
            known.set(counts, at, self._clock.now())
            self._tell(user.id, {})

    def _tell(self, user: int, made: dict[object, bytes]) -> None:
        """Tell his connections that do not know; ``made`` keeps frames that others get too."""
        here = self._hub.present(user)
        if here is None or here.counters.counts is None:
            return
        counts, at = here.counters.counts, here.counters.at
        key = (at, *counts.values())
        for connection in here.connections:
            if connection.state == LIVE and connection.told_unread != counts:
                if key not in made:
                    made[key] = frames.unread(counts, at)
                connection.told_unread, here.told_at_s = counts, time.monotonic()
                connection.transport.write(made[key])
