"""What a database says of itself to somebody who only looks: nothing is written here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.clock import SECOND
from models.database import Database
from models.dumps import Dumps
from models.meta import Meta
from models.migrations import Migrations, Schema


@dataclass(frozen=True)
class Diagnosis:
    """``ahead_s`` is how far its clock is ahead of ours, known to ``within_s``; None: not said.

    ``missing`` are indexes, as "collection.index". ``is_half``: an import into it is not whole.
    """

    server: str
    schema: Schema | None
    epoch: str | None
    missing: tuple[str, ...]
    ahead_s: float | None
    within_s: float
    is_half: bool = False


async def diagnose(database: Database, wall: Callable[[], int]) -> Diagnosis:
    """Look at everything; raises `Unavailable`."""
    build = await database.command("buildInfo")
    ahead_s, within_s = await _clock(database, wall)
    meta = Meta(database)
    return Diagnosis(
        server=str(build.get("version", "of unknown version")),
        schema=await Migrations(database, "check").found(),
        epoch=await meta.known_epoch(),
        missing=await _missing(database, meta),
        ahead_s=ahead_s,
        within_s=within_s,
        is_half=await Dumps(database).begun() is not None,
    )


async def _clock(database: Database, wall: Callable[[], int]) -> tuple[float | None, float]:
    asked = wall()
    told = (await database.command("hello")).get("localTime")
    answered = wall()
    within_s = (answered - asked) / 2 / SECOND
    if not isinstance(told, datetime):
        return None, within_s
    theirs = told if told.tzinfo is not None else told.replace(tzinfo=UTC)
    return theirs.timestamp() - (asked + answered) / 2 / SECOND, within_s


async def _missing(database: Database, meta: Meta) -> tuple[str, ...]:
    found: list[str] = []
    for name, wanted in sorted((await meta.wanted_indexes()).items()):
        there = await database.collection(name).index_names()
        found += [f"{name}.{one}" for one in wanted if one not in there]
    return tuple(found)
