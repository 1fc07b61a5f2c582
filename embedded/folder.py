"""The data folder: one holder at a time, its secrets, and where its embedded servers are found."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MIB = 1024 * 1024
LEAST_BYTES = 64 * MIB  # a new embedded MongoDB takes 11 MiB, and a log of 20 before it grows


class FolderError(Exception):
    """The folder cannot be used; the text is one line for a person."""


class FolderInUse(FolderError):
    """Another process holds the folder: `holder` is "run" or "command", "unknown" with pid 0."""

    def __init__(self, holder: str, pid: int, path: Path) -> None:
        who = "a running server" if holder == "run" else "another command"
        super().__init__(f"{path} is in use by {who} (process {pid})")
        self.holder = holder
        self.pid = pid


class DataFolder:
    """A folder that only its owner can read. Every method may be called again."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock_file: int | None = None

    def prepare(self) -> None:
        """Make the folder if it is missing; FolderError when that cannot be done.

        A folder that exists keeps its mode: what is put into it is closed to others by itself.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise FolderError(f"{self.path} cannot be made: {error.strerror}") from error
        if not os.access(self.path, os.R_OK | os.W_OK | os.X_OK):
            raise FolderError(f"{self.path} cannot be written to")

    def check_room(self) -> None:
        """FolderError when the disk is so full that what is started here would break half way."""
        free = shutil.disk_usage(self.path).free
        if free < LEAST_BYTES:
            needed = f"{LEAST_BYTES // MIB} MiB are needed"
            raise FolderError(
                f"{self.path}: the disk is full: {free // MIB} MiB are free, {needed}"
            )

    def subfolder(self, name: str) -> Path:
        """A folder inside, made if it is missing, which only its owner can enter."""
        self.prepare()
        path = self.path / name
        try:
            path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise FolderError(f"{path} cannot be made: {error.strerror}") from error
        return path

    def lock(self, holder: str) -> None:
        """Hold the folder as "run" or "command" until `unlock` or the end of this process.

        Does not wait: FolderInUse when another process holds it. Endpoints that a killed holder
        left behind are forgotten.
        """
        if self._lock_file is not None:
            return
        self.prepare()
        file = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise FolderInUse(*(self.holder() or ("unknown", 0)), self.path) from None
        self._lock_file = file
        _rewrite(file, json.dumps({"pid": os.getpid(), "holder": holder}))
        self.clear_endpoints()

    def unlock(self) -> None:
        """Let the folder go; nothing happens when it is not held by this object."""
        if self._lock_file is None:
            return
        _rewrite(self._lock_file, "")
        os.close(self._lock_file)
        self._lock_file = None

    def holder(self) -> tuple[str, int] | None:
        """Who holds the folder, as (kind, process id); None when nobody does."""
        found = _read_json(self._lock_path)
        if not found or not _is_locked(self._lock_path):
            return None
        return str(found["holder"]), int(found["pid"])

    def has_secret(self, name: str) -> bool:
        """Whether `secret(name)` would find one rather than make one."""
        return (self.path / "secrets" / name).exists()

    def secret(self, name: str) -> str:
        """64 random hexadecimal characters, made at the first call and kept; safe in a URI."""
        path = self.subfolder("secrets") / name
        if not path.exists():
            _create(path, secrets.token_hex(32))
        return path.read_text(encoding="ascii")

    def put_secret(self, name: str, text: str) -> None:
        """From now on `secret` gives this text, whatever it gave before."""
        folder = self.subfolder("secrets")
        os.replace(_temporary(folder, text), folder / name)

    def write_endpoints(self, endpoints: Mapping[str, str]) -> None:
        """Say where the embedded servers are, in one step: a reader sees the old or the new."""
        self.prepare()
        os.replace(_temporary(self.path, json.dumps(dict(endpoints))), self._endpoints_path)

    def read_endpoints(self) -> dict[str, str] | None:
        """What `write_endpoints` said last; None when it was cleared or never said."""
        return _read_json(self._endpoints_path)

    def clear_endpoints(self) -> None:
        """Forget the endpoints: nobody serves them any more."""
        self._endpoints_path.unlink(missing_ok=True)

    @property
    def _lock_path(self) -> Path:
        return self.path / "lock"

    @property
    def _endpoints_path(self) -> Path:
        return self.path / "endpoints.json"


def _rewrite(file: int, text: str) -> None:
    # In place: a new file under the same name would not carry the lock.
    os.ftruncate(file, 0)
    os.pwrite(file, text.encode(), 0)


def _is_locked(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _temporary(folder: Path, text: str) -> str:
    """A new file that only its owner can read, with `text` safely on the disk."""
    file, name = tempfile.mkstemp(dir=folder, prefix=".new-")
    with os.fdopen(file, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    return name


def _create(path: Path, text: str) -> None:
    # A link, unlike a rename, never replaces what another process made in between.
    name = _temporary(path.parent, text)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        os.unlink(name)
