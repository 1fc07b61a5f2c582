"""Reading the feed by asking: a page now, or the next one as soon as there is news."""

import asyncio
from dataclasses import dataclass

from domain.accounts import Identity
from domain.closing import DISMISSED, LEAVING, SIGNED_OUT, SILENT, TOO_MANY
from domain.cursors import Cursor
from domain.errors import Forbidden, NotAuthenticated, TooMany, Unavailable
from domain.roster import Caller
from push.connection import LIVE, UNKNOWN, Connection
from services.live import NO_ROOM, Live
from services.reader import Answer

CHANGE = b'{"type":"change"'
PASSING = {None, SILENT, LEAVING}


@dataclass(frozen=True)
class Poll:
    """What a caller asks for: without ``since`` a cursor for now, else at most ``limit`` changes.

    With ``wait_s`` the answer may take so long, until there is something to tell. ``device`` is
    what its client calls itself.
    """

    since: Cursor | None
    limit: int
    wait_s: float = 0
    device: str | None = None
    caller: Caller = UNKNOWN


class Bell:
    """A `push.connection.Transport` that carries nothing: it rings when there is a change."""

    unsent_bytes = 0

    def __init__(self) -> None:
        self.code: int | None = None
        self._rung = asyncio.Event()

    def write(self, *frames: bytes) -> None:
        if any(frame.startswith(CHANGE) for frame in frames):
            self._rung.set()

    def ping(self) -> bool:
        return False

    def close(self, code: int, reason: str) -> None:
        self.code = code
        self._rung.set()

    async def drained(self) -> None:
        if self.code is not None:
            raise ConnectionError("the poll is over")

    def hush(self) -> None:
        """What rang until now is looked at."""
        if self.code is None:
            self._rung.clear()

    async def rings(self, deadline_s: float) -> bool:
        """Wait for a change; False when the time is over, in the loop's own, or the poll."""
        try:
            async with asyncio.timeout_at(deadline_s):
                await self._rung.wait()
        except TimeoutError:
            return False
        return self.code is None


class Polls:
    """Plain and long polls. One that waits is a connection of its user, as a websocket is."""

    def __init__(self, live: Live):
        self._live = live

    async def answer(self, identity: Identity, poll: Poll, bell: Bell) -> Answer:
        """The next page of the feed; closing the ``bell`` ends the wait for one.

        Raises `NotAuthenticated` when the credential ends meanwhile, `Unavailable` when a store is
        away or there are too many connections.
        """
        if poll.since is None:
            return await self._here(identity)
        if poll.wait_s <= 0:
            return await self._page(identity, poll.since, poll.limit)
        connection = Connection(
            identity, bell, most_unsent_bytes=0, device=poll.device, caller=poll.caller
        )
        self._live.hub.add(connection)
        connection.state = LIVE
        try:
            await self._live.admit(connection)
            if not self._live.feed.is_stale(poll.since):
                self._live.marks.asked_on(connection, poll.since)
            return await self._news(connection, poll, bell)
        finally:
            self._live.hub.remove(connection)

    async def _news(self, connection: Connection, poll: Poll, bell: Bell) -> Answer:
        """A page with something new in it, or the page as it is when the time is over.

        The connection was registered before: what comes after a page was read rings the bell. Who
        was told all that this process heard of waits for it first, and reads once.
        """
        assert poll.since is not None
        deadline_s = asyncio.get_running_loop().time() + poll.wait_s
        if self._is_up_to_date(connection.user, poll.since):
            await bell.rings(deadline_s)
        while True:
            bell.hush()
            page = await self._page(connection.identity, poll.since, poll.limit)
            if page.is_news or not await bell.rings(deadline_s):
                self._check(bell.code)
                return page

    def _check(self, code: int | None) -> None:
        """Why it was closed, in the words of an answer."""
        if code == SIGNED_OUT:
            raise NotAuthenticated("Signed out.")
        if code == DISMISSED:
            raise Forbidden("Ended by an administrator.")
        if code == TOO_MANY:
            raise TooMany(NO_ROOM)
        if code not in PASSING:
            raise Unavailable("Try again.", retry_after_s=1)

    def _is_up_to_date(self, user: int, since: Cursor) -> bool:
        return self._live.answered.is_all(user, since) and self._live.reaches_back(since)

    async def _here(self, identity: Identity) -> Answer:
        position = self._live.hub.ring.end
        cursor = await self._live.feed.here(identity.user)
        self._live.answered.keep(identity.user.id, cursor, position)
        return Answer((), cursor)

    async def _page(self, identity: Identity, since: Cursor, limit: int) -> Answer:
        """A page; at the feed's end it is noted up to where in the ring it goes."""
        position = self._live.hub.ring.end
        answer = await self._live.reader.answer(identity.user, since, limit)
        if not answer.more:
            self._live.answered.keep(identity.user.id, answer.cursor, position)
        return answer
