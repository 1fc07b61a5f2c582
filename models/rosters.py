"""Who is connected: the rows of every process, some hundred to a document.

A process writes the documents that changed about each second, and says in its own small document
(`models/processes.py`) which state of each is there; so others read only what is news to them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.roster import Caller, Row, Seat
from models.database import Database, Document, Index


@dataclass(frozen=True)
class Chunk:
    """One document: which of its process's, in which state, and its rows."""

    process: str
    number: int
    version: int
    rows: tuple[Row, ...]

    @property
    def id(self) -> str:
        return chunk_id(self.process, self.number)


def chunk_id(process: str, number: int) -> str:
    return f"{process}:{number}"


class Rosters:
    """``live_roster``."""

    def __init__(self, database: Database):
        self._chunks = database.collection("live_roster")

    async def ensure_indexes(self) -> None:
        await self._chunks.ensure_indexes([Index((("process", 1),)), Index((("users", 1),))])

    async def write(self, chunk: Chunk) -> None:
        """Put it in the place of its earlier state."""
        await self._chunks.replace(
            {
                "_id": chunk.id,
                "process": chunk.process,
                "number": chunk.number,
                "version": chunk.version,
                "users": sorted({row.seat.user for row in chunk.rows}),
                "rows": [_to_document(row) for row in chunk.rows],
            }
        )

    async def read(self, ids: Sequence[str]) -> list[Chunk]:
        """Those of these chunks that are there."""
        if not ids:
            return []
        return [_chunk(one) for one in await self._chunks.find({"_id": {"$in": list(ids)}})]

    async def of_user(self, user: int) -> list[Chunk]:
        """Every chunk that has a row of this user."""
        return [_chunk(one) for one in await self._chunks.find({"users": user})]

    async def processes(self) -> set[str]:
        """Whose chunks are there."""
        found = await self._chunks.find({}, projection={"process": 1})
        return {str(one["process"]) for one in found}

    async def forget(self, processes: Iterable[str]) -> int:
        """Remove all chunks of these processes; returns how many. May be called twice."""
        return await self._chunks.delete({"process": {"$in": sorted(processes)}})


def _to_document(row: Row) -> Document:
    return {
        "number": row.seat.number,
        "user": row.seat.user,
        "since": row.seat.since,
        "username": row.username,
        "transport": row.caller.transport,
        "address": row.caller.address,
        "device": row.device,
        "state": row.state,
        "unsent_bytes": row.unsent_bytes,
        "credential": row.credential,
    }


def _chunk(document: Document) -> Chunk:
    process = document["process"]
    rows = tuple(_row(process, one) for one in document["rows"])
    return Chunk(process, document["number"], document["version"], rows)


def _row(process: str, found: Document) -> Row:
    return Row(
        seat=Seat(found["since"], process, found["number"], found["user"]),
        username=found["username"],
        caller=Caller(found["transport"], found["address"]),
        device=found["device"],
        state=found["state"],
        unsent_bytes=found["unsent_bytes"],
        credential=found.get("credential", ""),  # of a process of an older release: not known
    )
