"""A MongoDB and a Redis of one's own, to be killed and started again on their ports."""

import asyncio
import shlex
import subprocess
from pathlib import Path

from embedded import mongodb
from tests.conftest import free_port, start_redis, stop, wait_for_port

WHERE = "--config {config} --host 127.0.0.1 --port {port} --storage-path {storage}"
HOW = "--cache-size 128M --sync-on-commit --log-level WARNING"


class OwnMongoDB:
    """A server on a folder of its own; what it acknowledged must outlive `kill`.

    ``command`` is its command line, with ``{config}``, ``{port}`` and ``{storage}`` to be put in;
    none: the embedded server's.
    """

    def __init__(self, folder: Path, command: str | None = None):
        self.folder, self.port = folder, free_port()
        self.uri = f"mongodb://127.0.0.1:{self.port}/?retryWrites=false"
        folder.mkdir()
        config = folder / "server.toml"
        config.write_text("")
        put_in = {"config": config, "port": self.port, "storage": folder / "data"}
        words = shlex.split(command or f"{shlex.join(mongodb._find())} {WHERE} {HOW}")
        self._program = [word.format(**put_in) for word in words]
        self.start()

    def start(self) -> None:
        """Returns when it listens."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self._program, stdout=log, stderr=log, cwd=self.folder)
        wait_for_port(self.port, self.process)

    def kill(self) -> None:
        """SIGKILL; may be called twice."""
        stop(self.process)

    async def restart(self) -> None:
        await asyncio.to_thread(self.start)


class OwnRedis:
    """A Redis that keeps nothing over a `kill`."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.uri = f"redis://127.0.0.1:{self.port}/0"
        folder.mkdir()
        self.start()

    def start(self) -> None:
        self.process = start_redis(self.folder, self.port)

    def kill(self) -> None:
        """SIGKILL, its memory lost; may be called twice."""
        stop(self.process)

    async def restart(self) -> None:
        await asyncio.to_thread(self.start)
