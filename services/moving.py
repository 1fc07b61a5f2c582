"""A whole instance into an archive, and an archive into an empty database."""

from collections.abc import Mapping
from typing import Final

from domain.audit import COMMAND_LINE, DONE, Actor, Entry
from domain.clock import Clock
from domain.errors import Conflict, Invalid, NotFound
from domain.fresh_ids import fresh_id
from domain.instants import to_text
from domain.telling import Tell
from domain.version import VERSION as PROGRAM
from models.audit import AuditEntries
from models.database import Database
from models.dumps import Dumps, NotADocument
from models.migrations import VERSION, Migrations, Schema, too_new
from models.processes import Processes
from services.archives import Archive, Manifest, Writing

SERVED: Final = "A server runs on these data: stop it first, so that nothing changes meanwhile."
NOTHING: Final = "There is nothing to be exported: no server ever ran on these data."
FINISH: Final = "An import into this database was broken off: begin the same import again."
OTHER: Final = "An import of another archive was broken off here: begin that one again."
MOST_NAMED: Final = 5


class Exporting:
    """Reads all of a database into an archive; nothing else may use it meanwhile."""

    def __init__(self, database: Database, clock: Clock, tell: Tell):
        self._dumps, self._processes = Dumps(database), Processes(database)
        self._entries = AuditEntries(database)
        self._clock, self._tell = clock, tell

    async def export(self, into: Writing, files: Mapping[str, bytes], on: str) -> Manifest:
        """Write it; raises `Conflict` when a server runs on the data, also one that came since.

        Memory does not grow with the data. ``on`` is what the audit log says that it went to.
        """
        if await self._dumps.begun() is not None:
            raise Conflict(FINISH)
        version = await self._dumps.version()
        if version is None:
            raise NotFound(NOTHING)
        await self._check_alone()
        await note(self._entries, self._clock, "export", on)
        counts = {name: await self._collection(into, name) for name in await self._dumps.names()}
        for name, content in files.items():
            into.file(name, content)
        await self._check_alone()
        made_at = to_text(self._clock.wall())
        manifest = Manifest(fresh_id(), PROGRAM, made_at, *version, counts, tuple(files))
        into.end(manifest)
        return manifest

    async def _check_alone(self) -> None:
        if await self._processes.alive(self._clock.wall()):
            raise Conflict(SERVED)

    async def _collection(self, into: Writing, name: str) -> int:
        count = 0
        with into.collection(name) as part:
            async for lines in self._dumps.lines(name):
                part.writelines(line + b"\n" for line in lines)
                count += len(lines)
                self._tell(name, count, None)
        self._tell(name, count, count)
        return count


class Importing:
    """Puts an archive into a database in which there is nothing, or a part of that archive."""

    def __init__(self, database: Database, clock: Clock, tell: Tell):
        self._database, self._dumps = database, Dumps(database)
        self._clock, self._tell = clock, tell

    async def check(self, archive: Archive) -> None:
        """Raise when it may not begin; nothing is changed.

        `Invalid`: damaged, or data of a newer program. `Conflict`: the database is not empty, or
        holds a part of another archive.
        """
        manifest = archive.manifest
        if manifest.since > VERSION:
            schema = Schema(manifest.version, manifest.since)
            raise Invalid([f"This archive cannot be used: {too_new(schema, VERSION)}."])
        begun = await self._dumps.begun()
        if begun is not None and begun.archive != manifest.id:
            raise Conflict(OTHER)
        if begun is None and (held := await self._dumps.held()):
            raise Conflict(_not_empty(held))
        archive.check()

    async def load(self, archive: Archive, on: str) -> None:
        """Store all of it, and bring it to this program's version.

        May be cut off anywhere and begun again: until the end no program uses the database.
        Raises `Invalid`, and leaves nothing, when the archive contradicts itself.
        """
        manifest = archive.manifest
        begun = await self._dumps.begun()
        if begun is None:
            await self._dumps.begin(manifest.id)
        done = frozenset() if begun is None else begun.done
        try:
            for name in manifest.collections:
                if name not in done:
                    await self._collection(archive, name)
        except Invalid:
            await self._dumps.undo()
            raise
        await self._dumps.end(manifest.version, manifest.since)
        await Migrations(self._database, f"import-{manifest.id}").run()
        await note(AuditEntries(self._database), self._clock, "import", on)

    async def _collection(self, archive: Archive, name: str) -> None:
        count, total = 0, archive.manifest.collections[name]
        for lines in archive.lines(name):
            try:
                await self._dumps.put(name, lines)
            except NotADocument as error:
                where = f"{name}, line {count + 1} and following"
                raise Invalid([f"The archive is damaged: {where}: {error}."]) from error
            count += len(lines)
            self._tell(name, count, total)
        stored = await self._dumps.count(name)
        if not count == stored == total:
            counts = f"{total} documents are announced, {count} there, {stored} stored"
            raise Invalid([f"The archive contradicts itself: {name}: {counts}."])
        await self._dumps.note_done(name)


async def note(entries: AuditEntries, clock: Clock, action: str, on: str) -> None:
    """Keep in the audit log that it was done; an export is noted before, so it is in itself."""
    actor = Actor(None, COMMAND_LINE)
    await entries.add(Entry(fresh_id(), clock.stamp(), actor, action, on, "", None, DONE))


def _not_empty(held: list[str]) -> str:
    more = f" and {len(held) - MOST_NAMED} more" if len(held) > MOST_NAMED else ""
    names = ", ".join(held[:MOST_NAMED])
    return f"The database is not empty ({names}{more}): import into a new one."
