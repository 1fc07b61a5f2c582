"""A MongoDB and a Redis of one's own, to be killed and started again on their ports."""

import asyncio
import subprocess
from pathlib import Path

from embedded import mongodb
from tests.conftest import free_port, start_redis, stop, wait_for_port


class OwnMongoDB:
    """The embedded server on a folder of its own; what it acknowledged outlives `kill`."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.uri = f"mongodb://127.0.0.1:{self.port}/?retryWrites=false"
        folder.mkdir()
        (folder / "server.toml").write_text("")
        self.start()

    def start(self) -> None:
        """Returns when it listens."""
        where = ["--host", "127.0.0.1", "--port", str(self.port)]
        how = ["--storage-path", str(self.folder / "data"), "--cache-size", "128M"]
        program = [*mongodb._find(), "--config", str(self.folder / "server.toml"), *where, *how]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*program, "--sync-on-commit", "--log-level", "WARNING"],
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
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
