"""The archive of a whole instance: one ZIP file that is written and read as a stream.

``collections/<name>.jsonl`` has a line for each document, ``files/<name>`` what is kept beside the
database, ``manifest.json`` says what it is and counts; it is written last. The ZIP's directory is
its end and has a checksum of each part, so what was cut off or damaged is found before it is used.
"""

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from domain.errors import Invalid

FORMAT: Final = 1
KIND: Final = "carillon"
MANIFEST, COLLECTIONS, FILES = "manifest.json", "collections/{}.jsonl", "files/{}"
SECRETS: Final = (
    "This archive is secret: it holds all messages, addresses, hashes of passwords and tokens, "
    "tokens of schedules and webhooks, and the secret that links in e-mails are signed with."
)
LARGEST_MANIFEST: Final = 2**20
BATCH_BYTES, BATCH_LINES = 4 * 2**20, 500
LONGEST_LINE: Final = 64 * 2**20  # a document of 16 MiB as JSON
DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, KeyError)
NO_ARCHIVE: Final = "This is not an archive of Carillon, or not a whole one"


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself; ``collections`` counts documents, ``files`` names them."""

    id: str
    program: str
    made_at: str
    version: int
    since: int
    collections: Mapping[str, int]
    files: tuple[str, ...] = field(default=())

    def to_json(self) -> bytes:
        head = {"archive": KIND, "format": FORMAT, "note": SECRETS}
        rest = {**vars(self), "collections": dict(self.collections), "files": list(self.files)}
        return json.dumps({**head, **rest}, indent=2).encode() + b"\n"


class Writing:
    """An archive that is being made; a part is written before the next."""

    def __init__(self, file: IO[bytes]):
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)

    @contextmanager
    def collection(self, name: str) -> Iterator[IO[bytes]]:
        """Where the lines of a collection go, each with its end."""
        with self._zip.open(COLLECTIONS.format(name), "w", force_zip64=True) as part:
            yield part

    def file(self, name: str, content: bytes) -> None:
        self._zip.writestr(FILES.format(name), content)

    def end(self, manifest: Manifest) -> None:
        """Until this it is no archive."""
        self._zip.writestr(MANIFEST, manifest.to_json())
        self.close()

    def close(self) -> None:
        """Write no more; may be called twice."""
        self._zip.close()


class Archive:
    """An archive to be read; raises `Invalid` for what is none, and for one of another format."""

    def __init__(self, file: IO[bytes]):
        with _whole():
            self._zip = zipfile.ZipFile(file)
            if any(part.header_offset < 0 for part in self._zip.infolist()):
                raise zipfile.BadZipFile("its beginning is missing")
            self.manifest = _manifest(self._read(MANIFEST, LARGEST_MANIFEST))
        for name in self.manifest.collections:
            self._check_part(COLLECTIONS.format(name))
        for name in self.manifest.files:
            self._check_part(FILES.format(name))

    def check(self) -> None:
        """Read all of it once; raises `Invalid` when something in it is damaged."""
        with _whole():
            damaged = self._zip.testzip()
        if damaged is not None:
            raise Invalid([f"{NO_ARCHIVE}: {damaged} is damaged."])

    def lines(self, name: str) -> Iterator[list[bytes]]:
        """The lines of a collection, some at a time."""
        with _whole(), self._zip.open(COLLECTIONS.format(name)) as part:
            batch, size = [], 0
            while line := part.readline(LONGEST_LINE):
                batch.append(line)
                size += len(line)
                if size >= BATCH_BYTES or len(batch) >= BATCH_LINES:
                    yield batch
                    batch, size = [], 0
            if batch:
                yield batch

    def file(self, name: str) -> bytes:
        """A small file of those in the manifest."""
        with _whole():
            return self._read(FILES.format(name), LARGEST_MANIFEST)

    def _read(self, name: str, most: int) -> bytes:
        with self._zip.open(name) as part:
            return part.read(most)

    def _check_part(self, name: str) -> None:
        if name not in self._zip.NameToInfo:
            raise Invalid([f"{NO_ARCHIVE}: {name} is missing."])


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """The archive in a file; raises `Invalid` when it holds none, `OSError` for the file."""
    with path.open("rb") as file:
        yield Archive(file)


@contextmanager
def _whole() -> Iterator[None]:
    try:
        yield
    except (*DAMAGED, ValueError, RuntimeError) as error:  # those: odd names, and passwords
        raise Invalid([f"{NO_ARCHIVE}."]) from error


def _manifest(text: bytes) -> Manifest:
    try:
        data = json.loads(text)
        if data["archive"] != KIND:
            raise ValueError("another kind of archive")
        if data["format"] > FORMAT:
            raise Invalid([f"A newer program made this archive (format {data['format']})."])
        return Manifest(
            str(data["id"]),
            str(data["program"]),
            str(data["made_at"]),
            int(data["version"]),
            int(data["since"]),
            _counts(data["collections"]),
            tuple(map(str, data["files"])),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Invalid([f"{NO_ARCHIVE}: its manifest cannot be read."]) from error


def _counts(data: Mapping[str, Any]) -> dict[str, int]:
    counts = {name: int(count) for name, count in data.items()}
    if any(not name or "$" in name or name.startswith("system.") for name in counts):
        raise ValueError("not the name of a collection")
    return counts
