"""Versions of what is stored, and the way from each to the next (docs/migrations.md).

``meta`` holds ``{_id: "schema", version, since, by, beat}``: the data are of ``version``, and
programs that know less than ``since`` would misread them. Whoever migrates is named in ``by`` and
raises ``beat`` while he lives; one whose beat stands still is taken over.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from models import earlier
from models.database import Database

log = logging.getLogger("carillon.database")

FIRST = 1  # also of data that say no version
LEASE_S = 10.0
LOOK_S = 0.2
WAIT_LIMIT_S = 300.0
SCHEMA, IMPORT = "schema", "import"
UNFINISHED = "an import into it was broken off; begin the same import again, or drop the database"


@dataclass(frozen=True)
class Step:
    """The way to ``version`` from the one before.

    ``run`` may be cut off anywhere and called again, also by two processes at once. While programs
    that know the version before can go on, ``is_additive``.
    """

    version: int
    text: str
    run: Callable[[Database], Awaitable[None]]
    is_additive: bool


STEPS: Sequence[Step] = (
    Step(2, "records that are over hold no lease", earlier.free_records, is_additive=False),
)
VERSION = FIRST + len(STEPS)


class WrongVersion(Exception):
    """The data cannot be used by this program; the text is one line for a person."""


@dataclass(frozen=True)
class Schema:
    """What the database says of its data."""

    version: int
    since: int = FIRST
    by: str | None = None
    beat: int = 0


class Migrations:
    """Brings the data to the program's version, one process at a time."""

    def __init__(
        self,
        database: Database,
        process: str,
        *,
        steps: Sequence[Step] = STEPS,
        lease_s: float = LEASE_S,
    ):
        self._database, self._process = database, process
        self._steps, self._lease_s = steps, lease_s
        self._version = FIRST + len(steps)
        self._since = max((one.version for one in steps if not one.is_additive), default=FIRST)
        self._meta = database.collection("meta")
        self._seen: tuple[Schema, float] | None = None

    async def found(self) -> Schema | None:
        """What the database says; None when it says nothing."""
        document = await self._meta.find_one({"_id": SCHEMA})
        return None if document is None else _schema(document)

    async def run(self, wait_s: float = WAIT_LIMIT_S) -> None:
        """Return when the data are of this program's version, or of a later one that it can use.

        Raises `WrongVersion` when it cannot use them, when they are half of an import
        (`models/dumps.py`), or when another process migrates for longer
        than ``wait_s``.
        """
        deadline_s = time.monotonic() + wait_s
        if await self._meta.find_one({"_id": IMPORT}) is not None:
            raise WrongVersion(UNFINISHED)
        while (schema := await self._schema()).version < self._version:
            if self._is_free(schema) and await self._take(schema):
                await self._go(self._steps[schema.version - FIRST])
            elif time.monotonic() > deadline_s:
                raise WrongVersion(f"process {schema.by} has been migrating for {wait_s:g} s")
            else:
                await asyncio.sleep(LOOK_S)
        if schema.since > self._version:
            raise WrongVersion(too_new(schema, self._version))

    async def _schema(self) -> Schema:
        """What the database says; an empty one is new, and so of the newest version."""
        found = await self.found()
        if found is None:
            is_new = await self._meta.find_one({"_id": "epoch"}) is None
            version, since = (self._version, self._since) if is_new else (FIRST, FIRST)
            row = {"_id": SCHEMA, "version": version, "since": since, "by": None, "beat": 0}
            await self._meta.insert_missing([row])
            found = await self.found()
        assert found is not None
        return found

    def _is_free(self, schema: Schema) -> bool:
        """Does nobody migrate, or nobody who lives, by this process's own measure of time?"""
        if self._seen is None or self._seen[0] != schema:
            self._seen = schema, time.monotonic()
        return schema.by is None or time.monotonic() - self._seen[1] > self._lease_s

    async def _take(self, seen: Schema) -> bool:
        query = {"_id": SCHEMA, "version": seen.version, "by": seen.by, "beat": seen.beat}
        change = {"$set": {"by": self._process}, "$inc": {"beat": 1}}
        return await self._meta.update(query, change)

    async def _go(self, step: Step) -> None:
        """Take one step; who lost his turn meanwhile has done no harm, and says nothing."""
        log.info("migrating to version %d: %s", step.version, step.text)
        beating = asyncio.create_task(self._beat(), name="migration lease")
        try:
            await step.run(self._database)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
        query = {"_id": SCHEMA, "version": step.version - 1, "by": self._process}
        reached: dict[str, Any] = {"version": step.version, "by": None}
        if not step.is_additive:
            reached["since"] = step.version
        if await self._meta.update(query, {"$set": reached}):
            log.info("migrated to version %d", step.version)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._lease_s / 4)
            await self._meta.update({"_id": SCHEMA, "by": self._process}, {"$inc": {"beat": 1}})


def too_new(schema: Schema, version: int) -> str:
    """Why a program of this version cannot use the data, for a person."""
    return (
        f"its data are of version {schema.version}, which this program cannot read: "
        f"it knows up to {version}; start the newer program, or restore an older backup"
    )


def _schema(document: dict[str, Any]) -> Schema:
    return Schema(document["version"], document["since"], document["by"], document["beat"])
