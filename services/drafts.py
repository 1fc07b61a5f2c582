"""What somebody wants changed, how kinds of changes are carried out, and what came of it."""

from dataclasses import dataclass, field
from typing import Protocol

from domain.events import Event
from domain.records import Body, Key, Record
from services.turns import Turn


class Kind(Protocol):
    """One kind of record: how its effects are done, and what they mean to those connected."""

    async def apply(self, record: Record, turn: Turn) -> None:
        """Do the effects; may be called again by any process, also after others' later changes."""

    async def event(self, record: Record) -> Event:
        """What to tell, read back from what the effects really changed."""


@dataclass(frozen=True)
class Draft:
    """A change that somebody asks for.

    ``fingerprint`` is the hash of the body under ``key``. ``id`` names the record of a change
    that is asked for by a job: asking again changes nothing.
    """

    what: str
    actor: int | None
    body: Body
    to: tuple[int, ...] = ()
    answer: Body = field(default_factory=dict)
    key: Key | None = None
    fingerprint: str | None = None
    id: str | None = None


@dataclass(frozen=True)
class Outcome:
    """A committed change: what to answer, and the revision that ``Carillon-After`` takes.

    ``item`` is the id of what was made, where the answer does not hold it.
    """

    answer: Body
    revision: int
    item: int | None = None
