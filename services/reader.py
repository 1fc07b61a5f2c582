"""How a connection catches up: the feed in pages until the ring reaches back, then the ring."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.accounts import User
from domain.closing import UNAVAILABLE
from domain.cursors import Cursor
from domain.errors import Unavailable
from domain.items import BOX_OF, Item
from push import frames
from push.connection import PAGE_BYTES, READING, Connection, Reading
from push.hub import Hub
from services.feed import Feed, Page, rows_of
from services.items import Shape
from services.mailboxes import Mailboxes
from services.tasks import Tasks

log = logging.getLogger("carillon.live")

FIRST_ASKED = 100  # rows of the first read for an answer: their size says how many more fit


@dataclass(frozen=True)
class Answer:
    """A page of the feed as ``change`` frames, and where to go on.

    ``is_news`` says that something is in it, or behind it, that the cursor did not know of.
    """

    changes: tuple[bytes, ...]
    cursor: Cursor
    more: bool = False
    reset: bool = False
    is_news: bool = False


class Reader:
    """Lets connections read, a few at a time, until they are live.

    ``caught_up`` gives the cursor of a live connection; ``became_live`` is told of every
    connection that was told nothing else meanwhile.
    """

    def __init__(
        self,
        feed: Feed,
        mailboxes: Mailboxes,
        shapes: Mapping[str, Shape],
        *,
        places: int,
        caught_up: Callable[[], Cursor],
        became_live: Callable[[Connection], None],
    ):
        self.feed = feed
        self.tasks = Tasks()
        self._mailboxes, self._shapes = mailboxes, shapes
        self._caught_up, self._became_live = caught_up, became_live
        self._places = asyncio.Semaphore(places)

    def read(self, hub: Hub, connection: Connection) -> None:
        """Let it read from where it stands; at once, if the ring covers that and it keeps up."""
        assert connection.reading is not None
        if hub.ring.covers(connection.reading.position) and hub.catch_up(connection):
            return
        self.tasks.begin(self._until_live(hub, connection), "reading")

    async def _until_live(self, hub: Hub, connection: Connection) -> None:
        """As fast as the socket drains. A stalled peer holds no place: only reading takes turns."""
        try:
            while connection.state == READING:
                await connection.transport.drained()
                async with self._places:
                    if connection.state == READING:
                        await self._step(hub, connection)
        except ConnectionError:
            hub.remove(connection)
        except Unavailable:
            connection.close(UNAVAILABLE, "try again")
        except Exception:
            log.exception("reading failed")
            connection.close(UNAVAILABLE, "try again")

    async def _step(self, hub: Hub, connection: Connection) -> None:
        assert connection.reading is not None
        if not hub.ring.covers(connection.reading.position):
            await self._tell_page(hub, connection, connection.reading)
        elif hub.catch_up(connection):
            connection.tell(frames.ping(self._caught_up().encode()))
            self._became_live(connection)

    async def _tell_page(self, hub: Hub, connection: Connection, reading: Reading) -> None:
        """One page of the feed; where it ends the ring goes on, from before the page was read."""
        noted, user = reading.begin_page(hub.ring.end), connection.identity.user
        page = await self.feed.read(user, reading.cursor, reading.rows)
        told = await self.frames_of(page.items)
        if connection.identity.user is not user:
            return  # what he may see changed meanwhile: the same stretch is read again
        if page.reset:
            told.append(frames.RESET)
        connection.tell(*told, frames.ping(page.cursor.encode()))
        reading.end_page(page.cursor, sum(map(len, told)))
        if not page.more:
            reading.position = noted

    async def answer(self, user: User, since: Cursor, limit: int) -> Answer:
        """At most ``limit`` changes after a cursor, fewer when they are large; none with a reset.

        What the cursor knows is not told again, unless something else is there.
        """
        async with self._places:
            page = await self.feed.read(user, since, min(limit, FIRST_ASKED))
            is_news = await self._is_news(user, since, page)
            if not is_news and since.seen is not None:
                return Answer((), since if page.more else page.cursor)
            page, changes = await self._go_on(user, page, limit)
        if page.reset:  # what stood before it is listed afresh
            return Answer((), page.cursor, reset=True, is_news=True)
        return Answer(tuple(changes), page.cursor, page.more, is_news=is_news)

    async def _is_news(self, user: User, since: Cursor, page: Page) -> bool:
        """Is something there that the cursor does not know? In the middle there always is."""
        if page.reset or since.page is not None or (page.more and since.seen == 0):
            return True
        if page.more:
            return await self.feed.has_news(user, since)
        return not since.knows(rows_of(page.items))

    async def _go_on(self, user: User, page: Page, limit: int) -> tuple[Page, list[bytes]]:
        """The changes of this page and of those behind it, as long as they are few and small."""
        changes = await self.frames_of(page.items)
        reading = Reading(page.cursor, rows=FIRST_ASKED)
        while page.more and len(changes) < limit and sum(map(len, changes)) < PAGE_BYTES:
            reading.end_page(page.cursor, sum(map(len, changes)))
            page = await self.feed.read(user, page.cursor, min(reading.rows, limit - len(changes)))
            changes += await self.frames_of(page.items)
        return page, changes

    async def frames_of(self, items: Sequence[Item]) -> list[bytes]:
        """The ``change`` frames of these items."""
        names = await self._mailboxes.names(items)
        return [self._shapes[BOX_OF[one.kind]].frame(one, names) for one in items]
