"""Unread counters for those connected: counted, never kept (live, "Counters are counted")."""

import asyncio
from collections.abc import Mapping

from domain.accounts import User
from domain.clock import Clock
from push import frames
from push.connection import LIVE, Connection
from push.counters import Counters
from push.hub import Hub
from services.mailboxes import Mailboxes

COALESCE_S = 0.03
SLICE = 200  # users told in one turn of the loop
COUNTS_PER_S = 50
SETTLE_S = 1.0  # a count begins this long after the counters moved


class Unread:
    """Tells users how much is unread: at once what events add up to, soon after what is true."""

    def __init__(self, hub: Hub, mailboxes: Mailboxes, clock: Clock):
        self._hub, self._mailboxes, self._clock = hub, mailboxes, clock
        self._to_count: dict[int, None] = {}

    async def count(self, user: User) -> Mapping[str, int]:
        """Count now; what connections of this user are told from here on starts from it."""
        at = self._clock.now()
        counts = await self._mailboxes.count_unread(user)
        known = self._hub.counters(user.id)
        if known is not None:
            known.set(counts, at)
        return counts

    def note(self, connection: Connection) -> None:
        """This connection was told nothing while it was reading: count, and tell it."""
        connection.told_unread = None
        self._to_count[connection.user] = None

    async def tell_moved(self) -> float | None:
        """Send ``unread`` to those whose counters events moved, a slice at a time."""
        if not self._hub.moved:
            return None
        await asyncio.sleep(COALESCE_S)
        moved = list(self._hub.moved)
        self._hub.moved.clear()
        for start in range(0, len(moved), SLICE):
            for user in moved[start : start + SLICE]:
                self._tell(user)
                self._to_count[user] = None
            await asyncio.sleep(0)
        return None

    async def count_moved(self) -> float:
        """Count for one user whose counters moved; returns when to call again."""
        if not self._to_count:
            return SETTLE_S
        user = next(iter(self._to_count))
        del self._to_count[user]
        connections = self._hub.of_user(user)
        known = self._hub.counters(user)
        if connections and known is not None:
            await self._make_sure(connections[0].identity.user, known)
        return 1 / COUNTS_PER_S

    async def _make_sure(self, user: User, known: Counters) -> None:
        """Count, and tell the difference, unless an event came in between."""
        moves, at = known.moves, self._clock.now()
        counts = await self._mailboxes.count_unread(user)
        if known.moves != moves:
            self._to_count[user.id] = None
        else:
            known.set(counts, at)
            self._tell(user.id)

    def _tell(self, user: int) -> None:
        known = self._hub.counters(user)
        if known is None or known.counts is None:
            return
        frame = None
        for connection in self._hub.of_user(user):
            if connection.state == LIVE and connection.told_unread != known.counts:
                frame = frame or frames.unread(known.counts, known.at)
                connection.told_unread = known.counts
                connection.tell(frame)
