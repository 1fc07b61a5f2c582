"""The live channel's use case: connections come, catch up, stay told, and go."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from domain.accounts import Identity
from domain.closing import LEAVING, RESYNC, SIGNED_OUT, SILENT, TOO_MANY, UNAVAILABLE
from domain.cursors import Cursor
from domain.errors import Invalid, NotAuthenticated, TooMany, Unavailable
from domain.events import Event
from domain.roster import Caller
from push import frames
from push.connection import CLOSED, FROM_THE_FEED, LIVE, UNKNOWN, Connection, Reading, Transport
from push.hub import Hub
from push.ring import Ring
from services.answered import Answered
from services.changes import Changes
from services.feed import Feed
from services.identities import Identities
from services.items import Shape
from services.mailboxes import Mailboxes
from services.marks import DeviceMarks
from services.reader import Reader
from services.tasks import Tasks
from services.telling import Telling
from services.unread import Unread
from settings import Live as LiveSettings

DRAIN_S = 5.0  # how long a draining server spreads its closes over
DEAF_S = 30.0  # a process that could not look for so long closes its connections
PINGS_MISSED = 2.5
KEPT_EVERY_S = 1.0
NO_ROOM = "Too many connections."


class Live:
    """Every connection of this process: `open` it, and it is told until it is closed."""

    def __init__(
        self,
        *,
        feed: Feed,
        changes: Changes,
        mailboxes: Mailboxes,
        identities: Identities,
        shapes: Mapping[str, Shape],
        settings: LiveSettings,
    ):
        self.feed, self.settings = feed, settings
        self.hub = Hub(Ring(settings.ring_bytes), self._fell_behind)
        self.unread = Unread(self.hub, mailboxes, changes.clock)
        self.answered = Answered(self.hub.ring)
        self.telling = Telling(self.hub, self.unread)
        self.marks = DeviceMarks(
            self.hub, mailboxes.devices, changes.clock, caught_up=self._caught_up
        )
        self.reader = Reader(
            feed,
            mailboxes,
            shapes,
            places=settings.readers,
            caught_up=self._caught_up,
            became_live=self.unread.note,
        )
        self.is_draining = False
        self.open_of: Callable[[int], int] = self.open_here  # the roster knows the others' too
        self._changes, self._identities = changes, identities
        self._renewals = Tasks()

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
        if self._changes.deaf_for_s() > DEAF_S:
            raise Unavailable("The server does not hear of changes.", retry_after_s=5)
        if self.open_of(user) >= self.settings.connections_per_user:
            raise TooMany(NO_ROOM)

    def open_here(self, user: int) -> int:
        """How many connections of a user are open on this process."""
        return sum(one.state != CLOSED for one in self.hub.of_user(user))

    async def open(
        self,
        identity: Identity,
        transport: Transport,
        since: Cursor | None,
        *,
        device: str | None = None,
        caller: Caller = UNKNOWN,
    ) -> Connection:
        """Register a connection, greet it, and let it read what it missed since its cursor.

        It is registered first and checked after, so that no revocation slips between (H16).
        ``device`` is what its client calls itself.
        """
        connection = Connection(
            identity,
            transport,
            most_unsent_bytes=self.settings.max_unsent_bytes,
            device=device,
            caller=caller,
        )
        reading = Reading(self._caught_up(), self.hub.add(connection))
        try:
            await self._admit(connection, reading, since)
        except NotAuthenticated:
            connection.close(SIGNED_OUT, "signed out")
        except TooMany:
            connection.close(TOO_MANY, "too many connections")
        except Unavailable:
            connection.close(UNAVAILABLE, "try again")
        except BaseException:
            self.close(connection)
            raise
        return connection

    async def _admit(self, connection: Connection, reading: Reading, since: Cursor | None) -> None:
        if self.is_draining:
            connection.close(LEAVING, "leaving")
            return
        await self.admit(connection)
        await self.unread.count(connection.identity.user)
        if connection.state != CLOSED:
            self._greet(connection, reading, since)
            self.reader.read(self.hub, connection)

    async def admit(self, connection: Connection) -> None:
        """Check one that was registered: is there room, and is its credential good still?

        Raises `Unavailable`, `TooMany` or `NotAuthenticated`.
        """
        if self.is_draining:
            raise Unavailable
        if self.open_of(connection.user) > self.settings.connections_per_user:
            raise TooMany(NO_ROOM)
        await self.check(connection)

    async def check(self, connection: Connection) -> None:
        """Ask the database whether its credential is good; raises `NotAuthenticated`."""
        asked = self.hub.ask()
        fresh = await self._identities.check(connection.identity)
        self.hub.renew(fresh.user, asked)

    def _greet(self, connection: Connection, reading: Reading, since: Cursor | None) -> None:
        """Hello, with the cursor that is true before anything else was told."""
        is_stale = since is not None and self.feed.is_stale(since)
        if since is not None and not is_stale:
            reading = self._reading_since(since)
            self.marks.resumed(connection, since)
        known = self.hub.counters(connection.user)
        assert known is not None
        assert known.counts is not None
        connection.reading, connection.told_unread = reading, known.counts
        now_s = time.monotonic()
        connection.heard(now_s)
        connection.ping_at_s = self._next_ping_s(now_s, least=0.0)
        hello = frames.hello(
            cursor=reading.cursor.encode(),
            epoch=self.feed.epoch,
            unread={**known.counts, "at": known.at},
            ping_s=self.settings.ping_interval_s,
        )
        connection.tell(*([hello, frames.RESET] if is_stale else [hello]))

    def _reading_since(self, since: Cursor) -> Reading:
        """From the ring if it reaches back that far. The youngest stretch is read once more."""
        since = replace(since, page=None)
        if not self.reaches_back(since):
            return Reading(since, FROM_THE_FEED)
        return Reading(since, self.hub.ring.start, not_before=since.base.revision)

    def reaches_back(self, since: Cursor) -> bool:
        """Does the ring hold all that was stamped after this cursor?"""
        covered_from = max(self.hub.ring.covered_from, self._changes.heard_from)
        return since.base.revision >= covered_from

    def resume_from(self, connection: Connection) -> Cursor | None:
        """Where a live connection may resume after all that it was told; None while it reads."""
        return self._caught_up() if connection.state == LIVE else None

    def _caught_up(self) -> Cursor:
        """The cursor of a live connection: all that was settled before the last look."""
        return self.feed.now(self._changes.heard_until)

    def _fell_behind(self, connection: Connection, position: int) -> None:
        """A live connection missed something: from here it can be read again."""
        connection.reading = Reading(self._caught_up(), position)
        self.reader.read(self.hub, connection)

    # Staying

    async def keep(self) -> None:
        """Give those whose turn it is a sign of life; close those that gave none for too long, and
        those whose credential is over.

        A process that could not look for so long that it is deaf closes all.
        """
        if self._changes.deaf_for_s() > DEAF_S:
            self.close_all(RESYNC, "resync")
        now, now_s = self._changes.clock.now(), time.monotonic()
        live = frames.ping(self._caught_up().encode())
        limit_s = PINGS_MISSED * self.settings.ping_interval_s
        for connection in self.hub:
            if connection.is_silent(now_s, limit_s):
                self.close(connection)
            elif connection.identity.has_ended(now):
                connection.close(SIGNED_OUT, "the session is over")
            elif connection.heard_at_s and now_s >= connection.ping_at_s:
                self._ping(connection, now_s, live)

    def _ping(self, connection: Connection, now_s: float, live: bytes) -> None:
        """A ping carries where to resume: for who reads, as far as he was told the feed."""
        connection.ping_at_s = self._next_ping_s(now_s, least=0.8)
        reading = connection.reading
        connection.tell(live if reading is None else frames.ping(reading.cursor.encode()))
        if connection.transport.ping():
            connection.unanswered += 1
        else:
            connection.heard(now_s)

    def _next_ping_s(self, now_s: float, *, least: float) -> float:
        """At random, and so that `keep` comes by once more before the interval is over."""
        latest_s = max(0.0, self.settings.ping_interval_s - KEPT_EVERY_S)
        return now_s + latest_s * random.uniform(least, 1.0)  # noqa: S311

    async def take_identity(self, connection: Connection, identity: Identity) -> None:
        """A fresh credential of the same user takes the place of the one he came with.

        Taken first and checked after, as when it was opened; raises `NotAuthenticated`.
        """
        if identity.user.id != connection.user:
            raise NotAuthenticated("This token is another user's.")
        connection.identity = replace(identity, user=connection.identity.user)
        try:
            await self.check(connection)
        except NotAuthenticated:
            connection.close(SIGNED_OUT, "signed out")

    def hear(self, events: Sequence[Event]) -> None:
        """Tell events to whom they concern; every event of the system comes by here."""
        self.telling.tell(events)
        for event in events:
            self.marks.hear(event)
            for signal in event.signals:
                if signal.what == "changed" and self.hub.of_user(signal.user):
                    self._renewals.begin(self._renew(signal.user), "renewing")

    async def _renew(self, user: int) -> None:
        """Look at a connected user afresh; while that cannot be done he must come again."""
        asked = self.hub.ask()
        try:
            self.hub.renew(await self._identities.user(user), asked)
        except NotAuthenticated:
            return  # his connections are being closed: that is another signal
        except Unavailable:
            for connection in self.hub.of_user(user):
                connection.close(UNAVAILABLE, "try again")

    # Going

    def close(self, connection: Connection) -> None:
        """Forget a connection whose peer is gone."""
        connection.close(SILENT, "")
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
            if connection.heard_at_s:
                connection.tell(frames.bye(random.randint(0, 1_000)))  # noqa: S311
            connection.close(LEAVING, "leaving")
            await asyncio.sleep(pause_s)
        await self.reader.tasks.stop()
        await self._renewals.stop()
