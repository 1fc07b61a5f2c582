"""Tickets: a credential of a few seconds, good for one connection, that may stand in a URL."""

from dataclasses import dataclass
from datetime import UTC, datetime

from domain.clock import SECOND
from models.database import Database, Document, Index


@dataclass(frozen=True)
class NewTicket:
    """A ticket to be kept, by its hash, and the credential that it stands for."""

    id: str
    user: int
    credential: str
    is_session: bool
    until: int


class Tickets:
    """``live_tickets``; ``_id`` is the ticket's SHA-256."""

    def __init__(self, database: Database):
        self._tickets = database.collection("live_tickets")

    async def ensure_indexes(self) -> None:
        await self._tickets.ensure_indexes([Index((("expires", 1),), expire_after_s=0)])

    async def add(self, ticket: NewTicket) -> None:
        await self._tickets.insert(
            {
                "_id": ticket.id,
                "user": ticket.user,
                "credential": ticket.credential,
                "is_session": ticket.is_session,
                "used": False,
                "until": ticket.until,
                "expires": datetime.fromtimestamp(ticket.until / SECOND, UTC),
            }
        )

    async def use(self, ticket_hash: str, now: int) -> Document | None:
        """The ticket, for the one caller who comes first and in time; None for all others."""
        query = {"_id": ticket_hash, "used": False, "until": {"$gt": now}}
        if not await self._tickets.update(query, {"$set": {"used": True}}):
            return None
        return await self._tickets.find_one({"_id": ticket_hash})
