"""What a process knows of the connections of the others."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from domain.roster import Seat


@dataclass(frozen=True)
class Change:
    """One coming or going, and the version that it raised its chunk to."""

    chunk: int
    version: int
    seat: Seat
    is_coming: bool


@dataclass
class _Known:
    """A chunk of another process: its seats by number, and the version that they are whole at."""

    version: int = 0
    seats: dict[int, Seat] = field(default_factory=dict)


class Mirror:
    """Seats by process and chunk, told as changes (fast, some may be lost) or whole (sure).

    A change that does not follow the last one leaves the chunk's version behind, so that it is
    `missing` until it was told whole.
    """

    def __init__(self) -> None:
        self._processes: dict[str, dict[int, _Known]] = {}
        self._by_user: dict[int, set[Seat]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_user.values()))

    @property
    def users(self) -> Collection[int]:
        """Everybody who is connected elsewhere."""
        return self._by_user.keys()

    @property
    def processes(self) -> Collection[str]:
        return self._processes.keys()

    def size_of(self, process: str) -> int:
        """How many connections this process has."""
        return sum(len(one.seats) for one in self._processes.get(process, {}).values())

    def of_user(self, user: int) -> Collection[Seat]:
        return self._by_user.get(user, ())

    def find(self, process: str, number: int) -> Seat | None:
        """The seat of this number, or None."""
        chunks = self._processes.get(process, {}).values()
        return next((one.seats[number] for one in chunks if number in one.seats), None)

    def change(self, change: Change) -> None:
        """Take one change."""
        chunks = self._processes.setdefault(change.seat.process, {})
        known = chunks.setdefault(change.chunk, _Known())
        if change.version <= known.version:
            return
        if change.version == known.version + 1:
            known.version = change.version
        if change.is_coming:
            self._add(known, change.seat)
        else:
            self._remove(known, change.seat.number)

    def take(self, process: str, chunk: int, version: int, seats: Iterable[Seat]) -> None:
        """Take a whole chunk, unless more than that is known already."""
        known = self._processes.setdefault(process, {}).setdefault(chunk, _Known())
        if version < known.version:
            return
        known.version = version
        fresh = {seat.number: seat for seat in seats}
        for number in known.seats.keys() - fresh.keys():
            self._remove(known, number)
        for seat in fresh.values():
            self._add(known, seat)

    def missing(self, process: str, versions: Sequence[int]) -> Iterator[int]:
        """The chunks of a process that are behind these versions, which it says are there."""
        chunks = self._processes.get(process, {})
        for number, version in enumerate(versions):
            known = chunks.get(number)
            if version > (0 if known is None else known.version):
                yield number

    def forget(self, process: str) -> None:
        """It is gone, and with it all its connections."""
        for known in self._processes.pop(process, {}).values():
            for number in list(known.seats):
                self._remove(known, number)

    def _add(self, known: _Known, seat: Seat) -> None:
        known.seats[seat.number] = seat
        self._by_user.setdefault(seat.user, set()).add(seat)

    def _remove(self, known: _Known, number: int) -> None:
        seat = known.seats.pop(number, None)
        if seat is None:
            return
        here = self._by_user[seat.user]
        here.discard(seat)
        if not here:
            del self._by_user[seat.user]
