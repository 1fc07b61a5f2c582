"""Connections as administrators see them: listed over all processes, ended wherever they are."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.errors import Invalid, NotFound
from domain.events import Event, Signal
from domain.records import Record
from domain.roster import Row, Seat, place_of
from models.rosters import Chunk, Rosters, chunk_id
from services.changes import Changes, Draft
from services.roster import DISMISSED, Roster
from services.turns import Turn

DISMISS = "live.dismiss"
READ_AT_ONCE = 4  # chunks of a page


@dataclass(frozen=True)
class Page:
    """Some rows, where the next page begins (None: there is none), and how many are open in all."""

    rows: tuple[Row, ...]
    next: str | None
    total: int


class Dismissal:
    """The record of a connection that is to end: whoever has it ends it, Redis or not."""

    async def apply(self, record: Record, turn: Turn) -> None:
        """Nothing is kept: what is to be done is done by who hears of it."""

    async def event(self, record: Record) -> Event:
        user, connection = record.body["user"], record.body["connection"]
        assert isinstance(user, int)
        signal = Signal(DISMISSED, user, str(connection))
        return Event(record.id, record.revision, signals=(signal,))


class Connections:
    """Lists of rows: this process's as of now, those of others as of about a second ago."""

    def __init__(self, roster: Roster, rosters: Rosters, changes: Changes, *, process: str):
        self._roster, self._rosters, self._changes = roster, rosters, changes
        self._process = process
        changes.add_kinds({DISMISS: Dismissal()})

    async def page(self, *, user: int | None, after: str | None, limit: int) -> Page:
        """At most ``limit`` rows behind the place ``after``, of one user or of all.

        Raises `Invalid` for a place that is none, `Unavailable`.
        """
        start = _start(after)
        rows: list[tuple[int, Row]] = []
        places = sorted(await self._places(user))
        places = [place for place in places if place >= start[:2]]
        for first in range(0, len(places), READ_AT_ONCE):
            for chunk in await self._chunks(places[first : first + READ_AT_ONCE]):
                rows += [(chunk.number, row) for row in _rows(chunk, start, user)]
            if len(rows) > limit:
                break
        total = len(self._roster) if user is None else self._roster.open_of(user)
        found = tuple(row for _, row in rows[:limit])
        return Page(found, _place(*rows[limit - 1]) if len(rows) > limit else None, total)

    async def _places(self, user: int | None) -> set[tuple[str, int]]:
        """Which chunks to read: (process, number)."""
        own = {(self._process, number) for number in range(len(self._roster.book.written))}
        if user is None:
            others = self._roster.others.items()
            return own | {(name, n) for name, one in others for n in range(len(_seats(one.facts)))}
        found = {(one.process, one.number) for one in await self._rosters.of_user(user)}
        return own | {place for place in found if place[0] in self._roster.others}

    async def _chunks(self, places: list[tuple[str, int]]) -> list[Chunk]:
        own = [self._roster.book.chunk(n) for process, n in places if process == self._process]
        ids = [chunk_id(*place) for place in places if place[0] != self._process]
        found = [*own, *await self._rosters.read(ids)]
        return sorted(found, key=lambda chunk: (chunk.process, chunk.number))

    async def end(self, connection_id: str, *, actor: int) -> None:
        """End one wherever it is, for good (3503); raises `NotFound`."""
        seat = self._find(connection_id)
        if seat is None:
            raise NotFound("There is no such connection.")
        body = {"connection": connection_id, "user": seat.user}
        await self._changes.make(Draft(DISMISS, actor, body))

    def _find(self, connection_id: str) -> Seat | None:
        place = place_of(connection_id)
        if place is None:
            return None
        if place[0] != self._process:
            return self._roster.mirror.find(*place)
        connection = self._roster.book.find(place[1])
        return None if connection is None else self._roster.book.seat_of(connection)


def _seats(facts: object) -> list[int]:
    found = facts.get("seats", []) if isinstance(facts, dict) else []
    return found if isinstance(found, list) else []


def _rows(chunk: Chunk, start: tuple[str, int, int], user: int | None) -> Iterator[Row]:
    for row in sorted(chunk.rows, key=lambda row: row.seat.number):
        if (chunk.process, chunk.number, row.seat.number) <= start:
            continue
        if user in (None, row.seat.user):
            yield row


def _place(chunk: int, row: Row) -> str:
    return f"{row.seat.process}:{chunk}:{row.seat.number}"


def _start(after: str | None) -> tuple[str, int, int]:
    """The place that a page begins behind."""
    if not after:
        return "", 0, 0
    process, chunk, number = (after.rsplit(":", 2) + ["", ""])[:3]
    if not (process and chunk.isdecimal() and number.isdecimal() and len(after) < 100):
        raise Invalid({"cursor": ["Not a cursor."]})
    return process, int(chunk), int(number)
