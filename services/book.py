"""The connections of one process, in numbered chunks that are written when they changed."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.clock import Clock
from domain.roster import Row, Seat
from models.rosters import Chunk
from push.connection import Connection
from services.mirror import Change

ROWS = 200  # in a chunk: about 40 KB, written whole each second in which it changed


@dataclass(slots=True)
class _Entry:
    """A connection in its chunk, and what was last written of what changes by itself."""

    seat: Seat
    chunk: int
    connection: Connection
    written: tuple[str, bool] = ("", False)

    @property
    def moving(self) -> tuple[str, bool]:
        """What is worth writing anew when it changes."""
        return self.connection.state, self.connection.transport.unsent_bytes > 0

    def row(self) -> Row:
        one = self.connection
        return Row(
            seat=self.seat,
            username=one.identity.user.username,
            caller=one.caller,
            device=one.device,
            state=one.state,
            unsent_bytes=one.transport.unsent_bytes,
            credential=one.identity.credential,
        )


class Book:
    """Each connection has a number that is never given again, and a place in a chunk."""

    def __init__(self, process: str, clock: Clock):
        self._process, self._clock = process, clock
        self._entries: dict[Connection, _Entry] = {}
        self._by_number: dict[int, _Entry] = {}
        self._chunks: list[dict[int, _Entry]] = []
        self._versions: list[int] = []
        self._written: list[int] = []
        self._last = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def written(self) -> list[int]:
        """The version of each chunk that is in the database."""
        return list(self._written)

    def add(self, connection: Connection) -> Change:
        """Enter a connection."""
        self._last += 1
        seat = Seat(self._clock.now(), self._process, self._last, connection.user)
        entry = _Entry(seat, self._place(), connection)
        self._entries[connection] = self._by_number[seat.number] = entry
        self._chunks[entry.chunk][seat.number] = entry
        return self._changed(entry, is_coming=True)

    def _place(self) -> int:
        """A chunk with room: the last one, else any, else a new one."""
        numbers = range(len(self._chunks) - 1, -1, -1)
        found = next((n for n in numbers if len(self._chunks[n]) < ROWS), None)
        if found is not None:
            return found
        self._chunks.append({})
        self._versions.append(0)
        self._written.append(0)
        return len(self._chunks) - 1

    def remove(self, connection: Connection) -> Change | None:
        """Strike a connection; None when it was not there."""
        entry = self._entries.pop(connection, None)
        if entry is None:
            return None
        del self._by_number[entry.seat.number], self._chunks[entry.chunk][entry.seat.number]
        return self._changed(entry, is_coming=False)

    def _changed(self, entry: _Entry, *, is_coming: bool) -> Change:
        self._versions[entry.chunk] += 1
        return Change(entry.chunk, self._versions[entry.chunk], entry.seat, is_coming)

    def seat_of(self, connection: Connection) -> Seat | None:
        entry = self._entries.get(connection)
        return None if entry is None else entry.seat

    def find(self, number: int) -> Connection | None:
        """The connection of this number, or None."""
        entry = self._by_number.get(number)
        return None if entry is None else entry.connection

    def chunk(self, number: int) -> Chunk:
        """A chunk as it is now."""
        rows = tuple(entry.row() for entry in self._chunks[number].values())
        return Chunk(self._process, number, self._versions[number], rows)

    def unwritten(self) -> Iterator[Chunk]:
        """The chunks that are not in the database as they are."""
        for number, entries in enumerate(self._chunks):
            is_new = self._versions[number] != self._written[number]
            if is_new or any(entry.moving != entry.written for entry in entries.values()):
                yield self.chunk(number)

    def note_written(self, chunk: Chunk) -> None:
        """This state of a chunk is in the database."""
        self._written[chunk.number] = chunk.version
        entries = self._chunks[chunk.number]
        for row in chunk.rows:
            if row.seat.number in entries:
                entries[row.seat.number].written = row.state, row.unsent_bytes > 0

    def note_lost(self) -> None:
        """What was written was removed by others: all is to be written again."""
        self._written = [0] * len(self._written)
