"""The ways on which stage messages reach people, each a class behind one interface.

A `Channel` is certain: what it is given is part of the record that moves the subscription, so it
arrives once, whatever dies. A `Remote` asks other servers, which may fail: it goes first, and the
record is made once it is through.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domain.events import Part
from domain.records import Record
from domain.stage_letters import Errand, Letter
from models.database import Document
from models.users import Users
from services.inbox_batches import Batches, Notice
from services.mailboxes import LARGEST_ID
from services.turns import Turn

LONGEST_ID = 18  # digits of an id that can exist


@dataclass(frozen=True)
class Sent:
    """A letter for one subscription, on its way to ``whom`` (as the channel reaches him)."""

    subscription: int
    letter: Letter
    origin: Mapping[str, Any]
    whom: Any


class Channel(Protocol):
    """A way that ends in this house."""

    async def reached(self, identities: Collection[str]) -> Mapping[str, Any]:
        """To whom identities lead; those that this way does not reach are left out."""

    async def drafted(self, sent: Sequence[Sent]) -> Document:
        """What a record's body must hold of these."""

    async def write(
        self, record: Record, part: Document, only: Collection[int] | None, turn: Turn, stamp: int
    ) -> None:
        """The effect, of ``only`` these subscriptions; may be called again."""

    async def restamp(self, part: Document, stamp: int) -> None:
        """Give what was written a younger stamp."""

    async def parts(self, record: Record, part: Document) -> Sequence[Part]:
        """What those who are connected are told."""


class Remote(Protocol):
    """A way that ends elsewhere; both calls raise `CallFailed`."""

    @property
    def receiver(self) -> str:
        """A URL that names whom one waits for."""

    async def find(self, identity: str) -> str | None:
        """Where somebody is reached on this way; None: nowhere."""

    async def send(self, errand: Errand, address: str) -> None:
        """Return once it was taken."""


class InboxChannel:
    """A notice in the inbox of the user whose identity it is (surface, "Users, groups, import")."""

    def __init__(self, users: Users, batches: Batches):
        self._users, self._batches = users, batches

    async def reached(self, identities: Collection[str]) -> Mapping[str, int]:
        """The users: by stated identity, else id, else username, else verified e-mail address."""
        found = await self._users.of_identities(identities)
        left = set(identities) - found.keys()
        numbers = {int(one): one for one in left if _is_number(one)}
        if numbers:
            names = await self._users.names(numbers)
            found |= {numbers[number]: number for number in names}
        found |= await self._users.ids_of(left - found.keys())
        addresses = [one for one in left - found.keys() if "@" in one]
        if addresses:
            known = await self._users.of_addresses(addresses)
            folded = {one: one.casefold() for one in addresses}
            found |= {one: known[text] for one, text in folded.items() if text in known}
        return found

    async def drafted(self, sent: Sequence[Sent]) -> Document:
        notices = [Notice(one.whom, one.subscription, one.letter.shown, one.origin) for one in sent]
        return await self._batches.drafted(notices)

    async def write(
        self, record: Record, part: Document, only: Collection[int] | None, turn: Turn, stamp: int
    ) -> None:
        await self._batches.write(record, part, only, turn, stamp)

    async def restamp(self, part: Document, stamp: int) -> None:
        await self._batches.restamp(part, stamp)

    async def parts(self, record: Record, part: Document) -> Sequence[Part]:
        return await self._batches.parts(record, part)


def _is_number(text: str) -> bool:
    is_plain = text.isascii() and text.isdigit() and len(text) <= LONGEST_ID
    return is_plain and 0 < int(text) <= LARGEST_ID and str(int(text)) == text
