"""Who is connected, over all processes: told at once by the broker, within seconds by the database.

A process tells of comings and goings in one envelope per moment, and writes them about each second;
what an envelope did not bring is read when its process says that it is there. There is no leader:
each process draws its own conclusions, and all draw the same.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain import closing
from domain.clock import Clock
from domain.events import Event
from domain.roster import Seat, place_of, surplus
from models.processes import Presence, Processes
from models.rosters import Rosters, chunk_id
from push import envelopes
from push.broker import Broker
from push.connection import CLOSED, Connection
from services.book import Book
from services.mirror import Change, Mirror
from services.peers import Peers

log = logging.getLogger("carillon.roster")

TOLD_AFTER_S = 0.02  # comings and goings of one moment are told together
MOST_TOLD = 500
UNSEEN_S = 3.0  # for so long after its last news a process may be without a document
REWRITTEN_EVERY = 30  # writes: should others have removed what is ours, it comes back
DISMISSED = "dismissed"


@dataclass(frozen=True)
class RosterStore:
    """What is kept of processes and their connections."""

    processes: Processes
    rosters: Rosters


class Roster:
    """The connections of this process, entered by the hub, and what is known of the others'."""

    def __init__(
        self, store: RosterStore, broker: Broker, clock: Clock, *, process: str, limit: int
    ):
        self._rosters, self._processes = store.rosters, store.processes
        self.process, self._broker, self._limit = process, broker, limit
        self.peers = Peers()
        self.others: dict[str, Presence] = {}
        self.book, self.mirror = Book(process, clock), Mirror()
        self._untold: list[Change] = []
        self._telling: asyncio.TimerHandle | None = None
        self._own: dict[int, set[Connection]] = {}
        self._removed: set[str] = set()
        self._heard_s: dict[str, float] = {}
        self._writes, self._is_seen = 0, False

    # This process's

    def came(self, connection: Connection) -> None:
        """A connection was registered here."""
        self._own.setdefault(connection.user, set()).add(connection)
        self._tell(self.book.add(connection))

    def went(self, connection: Connection) -> None:
        """A connection is gone; may be called twice."""
        change = self.book.remove(connection)
        if change is None:
            return
        here = self._own[connection.user]
        here.discard(connection)
        if not here:
            del self._own[connection.user]
        self._tell(change)

    def open_of(self, user: int) -> int:
        """How many connections of a user are open, as far as this process has heard."""
        return len(self._open_seats(user)) + len(self.mirror.of_user(user))

    def _open_seats(self, user: int) -> dict[Seat, Connection]:
        entered = ((self.book.seat_of(one), one) for one in self._own.get(user, ()))
        return {seat: one for seat, one in entered if seat is not None and one.state != CLOSED}

    def is_ahead(self) -> bool:
        """Does another process have fewer connections, by more than one?"""
        sizes = [self.mirror.size_of(one) for one in self.others]
        return bool(sizes) and len(self.book) > min(sizes) + 1

    def users(self) -> int:
        """How many people are connected, over all processes."""
        return len(self._own.keys() | set(self.mirror.users))

    def __len__(self) -> int:
        return len(self.book) + len(self.mirror)

    # Telling

    def _tell(self, change: Change) -> None:
        self._untold.append(change)
        if len(self._untold) >= MOST_TOLD:
            self._tell_now()
        elif self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(TOLD_AFTER_S, self._tell_now)

    def _tell_now(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        changes, self._untold = self._untold, []
        if changes:
            told = {"seats": [_told(one) for one in changes]}
            nobodys = ()  # everybody hears it on one channel, so once
            self._broker.publish(envelopes.news(self.process, told), nobodys)

    def facts(self) -> dict[str, Any]:
        """What this process says in its own small document of what it has written."""
        return {"seats": self.book.written}

    # Hearing

    def hear(self, process: str, news: Mapping[str, Any]) -> None:
        """Take what another process told; a heartbeat tells that it is there."""
        self.peers.hear(process)
        if "seats" not in news:
            return
        try:
            changes = [_change(process, *one) for one in news["seats"]]
        except (TypeError, ValueError) as error:
            log.warning("news of %s could not be read: %s", process, error)
            return
        self._heard_s[process] = time.monotonic()
        for change in changes:
            self.mirror.change(change)
        self._end_surplus({change.seat.user for change in changes if change.is_coming})

    def _end_surplus(self, users: Iterable[int]) -> None:
        """End those of ours that are too many: several processes may each have let one in."""
        for user in users:
            ours = self._open_seats(user)
            for seat in surplus([*ours, *self.mirror.of_user(user)], self._limit) if ours else ():
                if seat in ours:
                    ours[seat].close(closing.TOO_MANY, "too many connections")

    def obey(self, event: Event) -> None:
        """End a connection of ours that an administrator dismissed."""
        for signal in event.signals:
            if signal.what == DISMISSED and signal.credential is not None:
                process, number = place_of(signal.credential) or ("", 0)
                connection = self.book.find(number) if process == self.process else None
                if connection is not None:
                    connection.close(closing.DISMISSED, "ended by an administrator")

    # Again and again

    async def begin(self) -> None:
        await self._rosters.ensure_indexes()

    async def write(self) -> None:
        """Write what changed; raises `Unavailable`, and then the next call does it."""
        self._writes += 1
        if self._writes % REWRITTEN_EVERY == 0:
            self.book.note_lost()
        for chunk in list(self.book.unwritten()):
            await self._rosters.write(chunk)
            self.book.note_written(chunk)

    async def look(self) -> None:
        """Read what others say they have written, and forget those that are gone.

        Raises `Unavailable`; what was known then stays.
        """
        processes = await self._processes.all()
        living = {_name(one): one for one in processes if not one.is_gone and one.facts}
        gone = {_name(one) for one in processes if one.is_gone} - living.keys()
        if self.process in living:
            self._is_seen = True
        elif self._is_seen:
            self._is_seen = False
            self.book.note_lost()
        self.others = {name: one for name, one in living.items() if name != self.process}
        self.peers.see(self.others)
        if not self._broker.is_linked:
            self.peers.excuse()
        await self._read_missing()
        await self._forget(gone | self._lost())

    def _lost(self) -> set[str]:
        """Those that left, or died before they were seen to live: of others news come."""
        long_ago_s = time.monotonic() - UNSEEN_S
        known = set(self.mirror.processes) - self.others.keys()
        return {one for one in known if self._heard_s.get(one, 0) < long_ago_s}

    async def _read_missing(self) -> None:
        wanted = [
            chunk_id(process, number)
            for process, one in self.others.items()
            for number in self.mirror.missing(process, one.facts.get("seats", ()))
        ]
        users: set[int] = set()
        for chunk in await self._rosters.read(wanted):
            seats = [row.seat for row in chunk.rows]
            self.mirror.take(chunk.process, chunk.number, chunk.version, seats)
            users |= {seat.user for seat in seats}
        self._end_surplus(users)

    async def _forget(self, processes: set[str]) -> None:
        self._removed &= processes
        for process in processes:
            self.mirror.forget(process)
            self._heard_s.pop(process, None)
        fresh = processes - self._removed
        if fresh:
            await self._rosters.forget(fresh)
            self._removed |= fresh

    async def end(self) -> None:
        """Leave nothing behind; may be called twice."""
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        if any(self.book.written):
            await self._rosters.forget({self.process})


def _name(one: Presence) -> str:
    """A process that was slow, and declared gone, lives on with a dot and a number in its name."""
    return one.process.partition(".")[0]


def _told(one: Change) -> list[int | bool]:
    seat = one.seat
    return [one.chunk, one.version, seat.number, seat.user, seat.since, one.is_coming]


def _change(process: str, *told: int) -> Change:
    chunk, version, number, user, since, is_coming = map(int, told)
    return Change(chunk, version, Seat(since, process, number, user), bool(is_coming))
