"""Who is connected, over all processes: the values that are told, and the rule of the limit."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

POLL: Final = "poll"  # the transport of who is told nothing but in an answer


@dataclass(frozen=True, slots=True)
class Caller:
    """How a connection came: over which transport, from which address."""

    transport: str = "unknown"
    address: str = ""


@dataclass(frozen=True, order=True, slots=True)
class Seat:
    """One open connection as every process knows it; ordered by when (µs) it was opened."""

    since: int
    process: str
    number: int
    user: int

    @property
    def id(self) -> str:
        return f"{self.process}-{self.number}"


@dataclass(frozen=True, slots=True)
class Row:
    """One open connection as administrators see it; its state may be a second old.

    ``credential`` is the hash of the token or session that opened it.
    """

    seat: Seat
    username: str
    caller: Caller
    device: str
    state: str
    unsent_bytes: int
    credential: str = ""


def surplus(seats: Iterable[Seat], limit: int) -> list[Seat]:
    """Those of one user's seats that are too many: the latest.

    Every process that knows the same seats comes to the same answer, so each may end its own.
    """
    return sorted(seats)[limit:]


def place_of(connection_id: str) -> tuple[str, int] | None:
    """The process and the number in an id; None for a text that is none."""
    process, _, number = connection_id.rpartition("-")
    if not process or not number.isdecimal() or len(number) > 18:
        return None
    return process, int(number)
