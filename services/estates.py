"""Handing a person all that is kept of him, and erasing him from every area."""

from typing import Any, Final

from domain.events import Event
from domain.instants import to_text
from domain.records import Record
from models.database import Document
from models.estates import HELD, Estates, Person
from services.changes import Changes, Draft
from services.identities import present_groups
from services.people import People
from services.turns import Turn

ERASE: Final = "account.erase"
# Whole numbers of µs that are moments, as they are named in one collection or another.
MOMENTS: Final = frozenset(
    {
        "since", "until", "created", "updated", "sent_on", "sent_at", "created_at", "updated_at",
        "ended_at", "at", "confirmed_at", "expires_at", "send_at", "next_send_at", "deleted_at",
        "processed_at", "last_alerted_at",
    }
)  # fmt: skip


class Legacy:
    """Export and erasure; erasing is a record, so that it is finished if its process dies."""

    def __init__(self, estates: Estates, people: People, changes: Changes):
        self._estates, self._people, self._changes = estates, people, changes
        changes.add_kinds({ERASE: self})

    async def export(self, user: int) -> dict[str, Any]:
        """All that is kept of somebody, by what it is, moments as text; raises `NotFound`."""
        person = await self._person(await self._people.get(user))
        found = {name: await self._estates.of(person, name) for name in HELD}
        return {
            "user": user,
            "exported_at": to_text(self._changes.clock.now()),
            **{name: [_shown(row) for row in rows] for name, rows in found.items()},
        }

    async def erase(self, actor: int | None, user: int) -> None:
        """End an account and forget the person everywhere; raises as `People.delete`.

        Forgotten first: who dies in between leaves an account whose erasure can be asked for again.
        """
        document = await self._people.get(user)
        person = await self._person(document)
        async with self._people.leaving_one(user, may_end=actor is not None):
            body = {key: _plain(value) for key, value in vars(person).items()}
            await self._changes.make(Draft(ERASE, actor, body))
            await self._people.end(actor, user)

    async def _person(self, document: Document) -> Person:
        """All names under which the areas know him (surface, "Users, groups, import")."""
        verified = document["email"] if document["email_verified"] else None
        names = (
            *document.get("identities", ()),
            str(document["_id"]),
            document["username"],
            *((verified,) if verified else ()),
        )
        subscribers = await self._estates.subscribers(verified)
        return Person(document["_id"], document["username"], names, verified, subscribers)

    # The record

    async def apply(self, record: Record, turn: Turn) -> None:
        body: Any = record.body
        person = Person(
            body["id"],
            body["username"],
            tuple(body["names"]),
            body["address"],
            tuple(body["subscribers"]),
        )
        await self._estates.erase(person, record.stamp)

    async def event(self, record: Record) -> Event:
        """Nobody is told by this: the end of the account tells."""
        return Event(record.id, record.revision)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _shown(row: Document) -> dict[str, Any]:
    """A document as a person reads it."""
    if "stays" in row:
        row = {**row, "groups": sorted(present_groups(row))}
    return {("id" if key == "_id" else key): _value(key, one) for key, one in row.items()}


def _value(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _value(name, one) for name, one in value.items()}
    if isinstance(value, list):
        return [_value("", one) for one in value]
    if key in MOMENTS and isinstance(value, int) and not isinstance(value, bool):
        return to_text(value)
    is_json = value is None or isinstance(value, bool | int | float | str)
    return value if is_json else str(value)
