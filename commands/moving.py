"""``export`` and ``import``: a whole instance into one file, and back."""

import argparse
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import IO, Final

from commands.answers import refuse, say
from commands.completing import SECRET
from commands.leaving import end_cleanly
from commands.progress import Progress
from commands.verbs import Words, add_verb
from domain.clock import Clock
from domain.errors import Conflict, ProductError, Unavailable
from embedded.folder import DataFolder
from embedded.process import StartError
from embedded.sharing import shared
from embedded.stores import Stores
from models.database import Administration, Database
from models.failures import reason
from models.migrations import WrongVersion
from services.archives import SECRETS, Writing, opened
from services.moving import Exporting, Importing
from settings import SettingError, Settings

VERBS: Final = ("export", "import")
FILE: Final = f"secrets/{SECRET}"


def add_parser(verbs: Words) -> None:
    """Say which words the command line takes."""
    text = "write all that an instance holds into one file"
    more = f"No server may run on it meanwhile. {SECRETS}"
    one = add_verb(verbs, "export", None, text, more=more)
    one.add_argument("file", type=Path, metavar="FILE", help="a new file, for its owner alone")
    text = "put an exported instance into an empty database"
    more = (
        "One that is broken off is begun again with the same words; until it is whole "
        "no server starts on that database. An archive of an older program is migrated."
    )
    one = add_verb(verbs, "import", None, text, more=more)
    one.add_argument("file", type=Path, metavar="FILE")


async def move(arguments: argparse.Namespace, settings: Settings, wall: Callable[[], int]) -> int:
    """Do what was asked; 1 and a line on standard error when it is refused.

    Raises `StartError` when the stores cannot be used.
    """
    end_cleanly()
    try:
        with Progress() as tell:
            return await _move(arguments, settings, Clock(wall), tell)
    except Unavailable as error:
        raise StartError(f"the database cannot be used: {reason(error)}") from error
    except (ProductError, WrongVersion) as error:
        return refuse(error)


async def _move(
    arguments: argparse.Namespace, settings: Settings, clock: Clock, tell: Progress
) -> int:
    folder = DataFolder(arguments.data)
    async with _database(folder, settings) as database:
        if arguments.verb == "export":
            return await _export(arguments, folder, Exporting(database, clock, tell))
        return await _import(arguments, folder, Importing(database, clock, tell))


@asynccontextmanager
async def _database(folder: DataFolder, settings: Settings) -> AsyncIterator[Database]:
    uris = settings.mongodb.uri, settings.redis.uri
    stores = Stores(folder, *uris, administration=Administration())
    async with shared(folder, stores) as endpoints:
        try:
            database = Database(endpoints.mongodb_uri, settings.mongodb.database)
        except ValueError as error:
            raise SettingError(f"mongodb.uri: {error}") from None
        try:
            yield database
        finally:
            database.close()


async def _export(arguments: argparse.Namespace, folder: DataFolder, exporting: Exporting) -> int:
    files = {FILE: folder.secret(SECRET).encode()} if folder.has_secret(SECRET) else {}
    with _new_file(arguments.file) as file, closing(Writing(file)) as writing:
        manifest = await exporting.export(writing, files, str(arguments.file))
        size = file.tell()
    documents = sum(manifest.collections.values())
    done = f"Exported {documents} documents to {arguments.file} ({size} bytes). {SECRETS}"
    shown = {"file": str(arguments.file), "bytes": size, "documents": documents}
    return say(arguments, done, {**shown, "version": manifest.version, "id": manifest.id})


async def _import(arguments: argparse.Namespace, folder: DataFolder, importing: Importing) -> int:
    with opened(arguments.file) as archive:
        manifest = archive.manifest
        await importing.check(archive)
        if FILE in manifest.files:  # first: what is begun again begins here
            folder.put_secret(SECRET, archive.file(FILE).decode("ascii"))
        await importing.load(archive, str(arguments.file))
    documents = sum(manifest.collections.values())
    done = f"Imported {documents} documents of {manifest.made_at}."
    shown = {"documents": documents, "made_at": manifest.made_at, "id": manifest.id}
    return say(arguments, done, shown)


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file for its owner alone, safe on the disk at the end; it goes when the block fails.

    Raises `Conflict` rather than write over one.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"{path} exists already.") from None
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
