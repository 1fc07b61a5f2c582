"""The live channel's use case: connections come, catch up, stay told, and go."""

import asyncio
import logging
import random
from collections.abc import Coroutine

from domain.accounts import Identity
from domain.cursors import Cursor
from domain.errors import Invalid, NotAuthenticated, TooMany, Unavailable
from domain.events import Event
from domain.items import BOX_OF
from push import frames
from push.connection import READING, Connection, Transport
from push.hub import FROM_THE_FEED, SIGNED_OUT, Hub
from push.ring import Ring
from services.changes import Changes
from services.feed import Feed
from services.identities import Identities
from services.items import Shape
from services.mailboxes import Mailboxes
from services.unread import Unread
from settings import Live as LiveSettings

log = logging.getLogger("carillon.live")

PAGE = 500
DRAIN_S = 5.0  # how long a draining server spreads its closes over
SHUTDOWN, RESYNC, UNAVAILABLE = 3001, 3010, 3011
DEAF_S = 30.0  # a process that could not look for so long closes its sockets
PINGS_MISSED = 2.5


class Live:
    """Every connection of this process: `open` it, and it is told until it is closed."""

    def __init__(
        self,
        *,
        feed: Feed,
        changes: Changes,
        mailboxes: Mailboxes,
        identities: Identities,
        shapes: dict[str, Shape],
        settings: LiveSettings,
    ):
        self.feed, self.settings = feed, settings
        self.hub = Hub(Ring(settings.ring_bytes, changes.clock.now()), self._fell_behind)
        self.unread = Unread(self.hub, mailboxes, changes.clock)
        self.is_draining = False
        self._changes, self._mailboxes, self._identities = changes, mailboxes, identities
        self._shapes = shapes
        self._tasks: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(settings.readers)

    # Coming

    def cursor(self, text: str | None) -> Cursor | None:
        """The cursor that a client hands in; raises `Invalid` for a text that is none."""
        if not text:
            return None
        try:
            return Cursor.decode(text)
        except ValueError as error:
            raise Invalid({"since": ["Not a cursor."]}) from error

    def check_room(self, user: int) -> None:
        """Raise when this process takes no more connections, or none of this user."""
        if self.is_draining:
            raise Unavailable("The server is leaving. Connect again.", retry_after_s=1)
        if len(self.hub.of_user(user)) >= self.settings.connections_per_user:
            raise TooMany("Too many connections.")

    async def open(
        self, identity: Identity, transport: Transport, since: Cursor | None
    ) -> Connection:
        """Register a connection, greet it, and let it read what it missed since its cursor.

        It is registered first and checked after, so that no revocation slips between (H16).
        """
        connection = Connection(
            identity, transport, most_unsent_bytes=self.settings.max_unsent_bytes
        )
        self.hub.add(connection)
        begun = self._caught_up()
        try:
            await self._identities.check(identity)
            unread = await self.unread.count(identity.user)
        except NotAuthenticated:
            connection.close(SIGNED_OUT, "signed out")
            return connection
        except Unavailable:
            connection.close(UNAVAILABLE, "try again")
            return connection
        self._greet(connection, since, begun, dict(unread))
        self._read(connection)
        return connection

    def _greet(
        self, connection: Connection, since: Cursor | None, begun: Cursor, unread: dict[str, int]
    ) -> None:
        """Hello, with the cursor that is true before anything else was told."""
        is_stale = since is not None and self.feed.is_stale(since)
        cursor = begun if since is None or is_stale else since
        connection.told, connection.cursor = unread, begun
        connection.tell(
            frames.hello(
                cursor=cursor.encode(),
                epoch=self.feed.epoch,
                unread=unread,
                ping_s=self.settings.ping_interval_s,
            )
        )
        if is_stale:
            connection.tell(frames.RESET)
        elif since is not None:
            is_recent = since.page is None and since.base.revision >= self.hub.ring.covered_from
            connection.position = self.hub.ring.start if is_recent else FROM_THE_FEED
            connection.cursor = since

    def _caught_up(self) -> Cursor:
        """The cursor of a live connection: all that was settled before the last look."""
        return self.feed.now(self._changes.heard_until)

    # Reading

    def _fell_behind(self, connection: Connection) -> None:
        """A live connection missed something: from here it can be read again."""
        connection.cursor = self._caught_up()
        self._read(connection)

    def _read(self, connection: Connection) -> None:
        if self.hub.ring.covers(connection.position) and self.hub.catch_up(connection):
            return
        self._own(self._read_until_live(connection), "reading")

    def _own(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _read_until_live(self, connection: Connection) -> None:
        """Pages from the feed until the ring reaches back, then the ring, as the socket drains.

        A stalled peer waits here without holding a place: only reading itself takes turns.
        """
        try:
            while connection.state == READING:
                await connection.transport.drained()
                async with self._places:
                    if connection.state == READING:
                        await self._step(connection)
        except ConnectionError:
            self.close(connection)
        except Unavailable:
            connection.close(UNAVAILABLE, "try again")
        except Exception:
            log.exception("reading failed")
            connection.close(UNAVAILABLE, "try again")

    async def _step(self, connection: Connection) -> None:
        if not self.hub.ring.covers(connection.position):
            await self._tell_page(connection)
        elif self.hub.catch_up(connection):
            connection.tell(frames.ping(self._caught_up().encode()))
            self.unread.note(connection)

    async def _tell_page(self, connection: Connection) -> None:
        """One page of the feed; what is newer than its end is in the ring from ``noted`` on."""
        assert connection.cursor is not None
        noted = self.hub.ring.end
        page = await self.feed.read(connection.identity.user, connection.cursor, PAGE)
        names = await self._mailboxes.names(page.items)
        told = [self._shapes[BOX_OF[one.kind]].frame(one, names) for one in page.items]
        if page.reset:
            told.append(frames.RESET)
        connection.tell(*told, frames.ping(page.cursor.encode()))
        connection.cursor = page.cursor
        if not page.more:
            connection.position = noted

    # Staying

    def ping_due(self, now_s: float) -> None:
        """A sign of life to those whose turn it is; those silent for too long are closed."""
        interval_s = self.settings.ping_interval_s
        live = frames.ping(self._caught_up().encode())
        for connection in self.hub:
            if connection.heard_at_s and now_s - connection.heard_at_s > PINGS_MISSED * interval_s:
                self.close(connection)
            elif now_s >= connection.ping_at_s:
                connection.ping_at_s = now_s + interval_s * random.uniform(0.8, 1.0)  # noqa: S311
                if connection.cursor is None:
                    connection.tell(live)
                connection.transport.ping()

    def hear(self, event: Event) -> None:
        """Tell an event to whom it concerns; every event of the system comes by here."""
        self.hub.deliver(event)
        for signal in event.signals:
            if signal.what == "changed" and self.hub.of_user(signal.user):
                self._own(self._renew(signal.user), "renewing")

    async def _renew(self, user: int) -> None:
        """Look at a connected user afresh; what he may see may have changed, so he reads it."""
        try:
            fresh = await self._identities.user(user)
        except NotAuthenticated:
            return
        self.hub.renew(fresh)
        for connection in self.hub.of_user(user):
            self.hub.set_reading(connection, FROM_THE_FEED)

    # Going

    def close(self, connection: Connection) -> None:
        """Forget a connection whose peer is gone."""
        connection.close(1001, "")
        self.hub.remove(connection)

    def close_all(self, code: int, reason: str) -> None:
        for connection in self.hub:
            connection.close(code, reason)

    async def drain(self, limit_s: float = DRAIN_S) -> None:
        """Say goodbye to all, spread over a while so that they do not come back as one."""
        self.is_draining = True
        everyone = list(self.hub)
        pause_s = min(0.01, limit_s / max(1, len(everyone)))
        for connection in everyone:
            connection.tell(frames.bye(random.randint(0, 1_000)))  # noqa: S311
            connection.close(SHUTDOWN, "leaving")
            await asyncio.sleep(pause_s)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
