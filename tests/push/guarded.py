"""A Redis with a replica, watched by three sentinels, from the configuration in `deploy/`."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from embedded.redis import _find
from tests.conftest import free_port, stop, wait_for_port
from tests.server.processes import until

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME, PASSWORD, SENTINELS = "carillon", "change-me", 3


class GuardedRedis:
    """Two servers, the first one master at first; sentinels notice a loss in half a second."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir()
        self.ports = free_port(), free_port()
        self.watchers = [free_port() for _ in range(SENTINELS)]
        self.servers: list[subprocess.Popen[bytes]] = []
        self._sentinels: list[subprocess.Popen[bytes]] = []
        self.uri = self.uri_over(*self.watchers)

    def uri_over(self, *sentinels: int) -> str:
        """What `redis.uri` is with sentinels on these ports."""
        where = ",".join(f"127.0.0.1:{port}" for port in sentinels)
        return f"redis+sentinel://:{PASSWORD}@{where}/{NAME}?db=0"

    def start(self) -> None:
        """Returns when sentinels and servers know each other."""
        for number in range(len(self.ports)):
            self.servers.append(self._start_server(number))
        # A sentinel asks the master for its replicas as it starts, and then ten seconds later.
        until(lambda: self._replication(1)["master_link_status"] == "up")
        for port in self.watchers:
            self.start_sentinel(port)
        until(self._is_guarded)

    def _start_server(self, number: int) -> subprocess.Popen[bytes]:
        """With the file that the server itself may have rewritten since."""
        file = self.folder / f"redis{number}.conf"
        if not file.exists():
            more = {0: "", 1: f"replicaof 127.0.0.1 {self.ports[0]}\n"}[number]
            changed = {"bind 0.0.0.0": "bind 127.0.0.1", "port 6379": f"port {self.ports[number]}"}
            file.write_text(_changed("redis.conf", changed) + f"dir {self.folder}\n{more}")
        return self._start(self.ports[number], str(file))

    def role(self, number: int) -> str:
        """``master`` or ``slave``."""
        return str(self._replication(number)["role"])

    def _replication(self, number: int) -> dict[str, Any]:
        with redis.Redis(port=self.ports[number], password=PASSWORD) as client:
            told: dict[str, Any] = client.info("replication")
        return told

    def start_sentinel(self, port: int) -> None:
        """One that knows nothing yet but that the first server is the master."""
        file = self.folder / f"sentinel{port}.conf"
        changed = {
            "10.0.0.21 6379": f"127.0.0.1 {self.ports[0]}",
            "bind 0.0.0.0": "bind 127.0.0.1",
            "port 26379": f"port {port}",
            "milliseconds carillon 2000": "milliseconds carillon 500",
        }
        file.write_text(_changed("sentinel.conf", changed) + f"dir {self.folder}\n")
        self._sentinels.append(self._start(port, str(file), "--sentinel"))

    def _start(self, port: int, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen([str(_find()), *words], stdout=log, stderr=log)
        wait_for_port(port, process)
        return process

    def master(self) -> int | None:
        """The number of the server that the sentinels name, if they agree."""
        named = {
            _ask(port, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)[1] for port in self.watchers
        }
        return self.ports.index(int(named.pop())) if len(named) == 1 else None

    def _is_guarded(self) -> bool:
        """Do all sentinels know each other, and the replica of the master?"""
        for port in self.watchers:
            told = _ask(port, "SENTINEL", "MASTER", NAME)
            if (told["num-other-sentinels"], told["num-slaves"]) != (str(SENTINELS - 1), "1"):
                return False
        return True

    def kill_master(self) -> None:
        """SIGKILL to whoever is master."""
        number = self.master()
        assert number is not None
        stop(self.servers[number])

    def start_again(self, number: int) -> None:
        """As a host would, with what its file says; the sentinels make it a replica."""
        self.servers[number] = self._start_server(number)

    def kill(self) -> None:
        """SIGKILL to all of it; may be called twice."""
        for process in (*self._sentinels, *self.servers):
            stop(process)


def _changed(name: str, changed: dict[str, str]) -> str:
    """A file of `deploy/` with other addresses."""
    text = (DEPLOY / name).read_text()
    for given, ours in changed.items():
        assert given in text
        text = text.replace(given, ours)
    return text


def _ask(port: int, *words: str) -> Any:
    with redis.Redis(port=port, decode_responses=True) as client:
        return client.execute_command(*words)


@contextmanager
def guarded_redis(folder: Path) -> Iterator[GuardedRedis]:
    """Running, until the block ends."""
    made = GuardedRedis(folder)
    try:
        made.start()
        yield made
    finally:
        made.kill()
