"""The ways on which stage messages reach people, each a class behind one interface.

A `Channel` is certain: what it is given is part of the record that moves the subscription, so it
arrives once, whatever dies. A `Remote` asks other servers, which may fail: it goes first, and the
record is made once it is through.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domain.events import Part
from domain.mails import IMMEDIATE, NewMail
from domain.markdown import escaped
from domain.preferences import STAGES
from domain.records import Record
from domain.stage_letters import Errand, Letter
from models.database import Document
from models.user_identities import UserIdentities
from models.users import Users
from services.inbox_batches import Batches, Notice
from services.mail import MailService
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


class People:
    """Whose identities are whose (surface, "Users, groups, import")."""

    def __init__(self, users: Users, known: UserIdentities):
        self._users, self.known = users, known

    async def of(self, identities: Collection[str]) -> dict[str, int]:
        """The users: by stated identity, else id, else username, else verified e-mail address."""
        found = await self.known.of_identities(identities)
        left = set(identities) - found.keys()
        numbers = {int(one): one for one in left if _is_number(one)}
        if numbers:
            names = await self._users.names(numbers)
            found |= {numbers[number]: number for number in names}
        found |= await self._users.ids_of(left - found.keys())
        addresses = [one for one in left - found.keys() if "@" in one]
        if addresses:
            known = await self.known.of_addresses(addresses)
            folded = {one: one.casefold() for one in addresses}
            found |= {one: known[text] for one, text in folded.items() if text in known}
        return found


class InboxChannel:
    """A notice in the inbox of the user whose identity it is."""

    def __init__(self, people: People, batches: Batches):
        self._people, self._batches = people, batches

    async def reached(self, identities: Collection[str]) -> Mapping[str, int]:
        return await self._people.of(identities)

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


class EmailChannel:
    """An e-mail to the verified address of the user whose identity it is."""

    def __init__(self, people: People, mail: MailService):
        self._people, self._mail = people, mail

    async def reached(self, identities: Collection[str]) -> Mapping[str, str]:
        users = await self._people.of(identities)
        addresses = await self._people.known.addresses(users.values())
        return {one: addresses[user] for one, user in users.items() if user in addresses}

    async def drafted(self, sent: Sequence[Sent]) -> Document:
        return {
            "mails": [
                [one.subscription, one.whom, one.origin["title"], one.letter.shown] for one in sent
            ]
        }

    async def write(
        self, record: Record, part: Document, only: Collection[int] | None, turn: Turn, stamp: int
    ) -> None:
        await self._mail.queue_all(
            [
                NewMail(
                    key=f"{record.id}:{subscription}",
                    address=address,
                    subject=title,
                    text="  \n".join(escaped(line) for line in text.split("\n")),
                    queue=IMMEDIATE,
                    kind=STAGES,
                )
                for subscription, address, title, text in part["mails"]
                if only is None or subscription in only
            ]
        )

    async def restamp(self, part: Document, stamp: int) -> None:
        """E-mails have no place in the feed."""

    async def parts(self, record: Record, part: Document) -> Sequence[Part]:
        return ()


def _is_number(text: str) -> bool:
    is_plain = text.isascii() and text.isdigit() and len(text) <= LONGEST_ID
    return is_plain and 0 < int(text) <= LARGEST_ID and str(int(text)) == text
