"""Several machines on one: HAProxy, servers behind it, and a Redis that sentinels watch."""

import asyncio
import os
import random
import re
import shutil
import socket
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests.chaos.ledgers import Ledger
from tests.chaos.strikes import Strike, Trouble
from tests.chaos.worlds import Place
from tests.conftest import free_port, stop, wait_for_port
from tests.journeys.devices import eventually
from tests.journeys.processes import Door, Server
from tests.push.guarded import DEPLOY, GuardedRedis
from tests.sites import until

FAILOVER = "failover"
SERVERS = 3
PROXY = "127.0.0.1"
OURS = {
    "    user haproxy\n": "",
    "    group haproxy\n": "",
    "log /dev/log local0": "log stdout format raw local0",
}
AN_ERROR = re.compile(r" (?:-1|5\d\d) \d+ ")  # the status of an answer, and how long it was
LIMIT_S = 30.0
LONGEST_AWAY_S = 0.5


class Haproxy:
    """HAProxy with the file in `deploy/`, before servers on this host."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, servers: Sequence[Server]) -> None:
        """Returns when it listens; fails where HAProxy is not installed."""
        program = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program is not None, "HAProxy is missing: apt-get install haproxy"
        text = (DEPLOY / "haproxy.cfg").read_text()
        for given, ours in OURS.items():
            assert given in text
            text = text.replace(given, ours)
        file = self.folder / "haproxy.cfg"
        file.write_text(text)
        with (self.folder / "haproxy.log").open("wb") as log:
            self.process = subprocess.Popen(
                [program, "-f", str(file)], stdout=log, stderr=log, env=self._environment(servers)
            )
        wait_for_port(self.port, self.process)

    def _environment(self, servers: Sequence[Server]) -> dict[str, str]:
        places = {f"CARILLON_{n}": f"{PROXY}:{one.port}" for n, one in enumerate(servers, 1)}
        return {
            **os.environ,
            **places,
            "CARILLON_BIND": f"{PROXY}:{self.port}",
            "CARILLON_BIND_PLAIN": f"{PROXY}:{free_port()}",
            "CARILLON_ADMIN": str(self.folder / "haproxy"),
        }

    def errors(self) -> list[str]:
        """What it says of each request that a server answered with an error, or nobody."""
        lines = (self.folder / "haproxy.log").read_text().splitlines()
        return [line for line in lines if AN_ERROR.search(line)]

    def up(self) -> int:
        """To how many servers it sends requests."""
        with socket.socket(socket.AF_UNIX) as admin:
            admin.connect(str(self.folder / "haproxy"))
            admin.sendall(b"show stat\n")
            told = b"".join(iter(lambda: admin.recv(65_536), b"")).decode()
        rows = [line.split(",") for line in told.splitlines()]
        name, status = rows[0].index("svname"), rows[0].index("status")
        servers = [row for row in rows if row[0] == "requests" and row[name] != "BACKEND"]
        return sum(row[status] == "UP" for row in servers)

    def kill(self) -> None:
        if self.process is not None:
            stop(self.process)


class Machines(Place):
    """Everything of an installation on several machines, but that it is one."""

    def __init__(self, folder: Path, **more: str):
        folder.mkdir(exist_ok=True)
        self.redis = GuardedRedis(folder / "redis")
        self.proxy = Haproxy(folder)
        trusted = {"CARILLON_SERVER_TRUSTED_PROXIES": PROXY}
        super().__init__(folder, self.redis.uri, {**trusted, **more})

    @property
    def doors(self) -> Sequence[Door]:
        return [self.proxy]

    async def open(self, names: list[str]) -> None:
        """Returns when HAProxy sends requests to all servers."""
        await asyncio.to_thread(self.redis.start)
        await self.start(names, SERVERS)
        await asyncio.to_thread(self.proxy.start, self.cluster.servers)
        await self.is_whole()

    async def is_whole(self) -> None:
        """Return when HAProxy knows all servers to be ready."""
        await until(lambda: self.proxy.up() == SERVERS, LIMIT_S)

    async def is_linked(self) -> bool:
        """Do all servers say that they hear each other?"""
        asked = [server.request("GET", "/health/ready") for server in self.cluster.servers]
        return all(answer.json["status"] == "ok" for answer in await asyncio.gather(*asked))

    def stop(self) -> None:
        self.proxy.kill()
        super().stop()
        self.redis.kill()


class MachineTrouble(Trouble):
    """A rolling restart, and Redis whose master dies."""

    def __init__(self, machines: Machines, ledger: Ledger, chance: random.Random):
        super().__init__(machines.cluster.servers, ledger, chance)
        self.machines = machines

    def plan(self, what: Sequence[str], answers: int) -> list[Strike]:
        """One after the other, in any order, in the first half: there is work during each."""
        order = self.chance.sample(list(what), len(what))
        away_s = [self.chance.uniform(0, LONGEST_AWAY_S) for _ in order]
        places = range(0, answers // 2, answers // 2 // len(order))
        return list(map(Strike, places, order, away_s))

    def actions(self) -> dict[str, Callable[[float], Awaitable[None]]]:
        return {**super().actions(), FAILOVER: self._failover}

    async def _leave(self, away_s: float) -> None:
        """The next leaves once this one is back, as docs/operations.md asks."""
        await super()._leave(away_s)
        await self.machines.is_whole()

    async def _failover(self, away_s: float) -> None:
        """Returns when the other is master, all servers are at it, and the first is back."""
        redis = self.machines.redis
        before = redis.master()
        assert before is not None
        redis.kill_master()
        await until(lambda: redis.master() == 1 - before, LIMIT_S)
        assert await eventually(self.machines.is_linked, LIMIT_S)
        await asyncio.sleep(away_s)
        await asyncio.to_thread(redis.start_again, before)
