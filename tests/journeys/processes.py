"""Real server processes that share their stores, and can be killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tornado.httpclient import AsyncHTTPClient

from tests.conftest import free_port
from tests.sites import Answer, Person

ROOT = Path(__file__).parents[2]
START_LIMIT_S = 30.0
LARGEST_ANSWER = 2**30  # a list of many large items comes whole


@dataclass
class Cluster:
    """Server processes on one MongoDB and one Redis; ``people`` were imported into it."""

    folder: Path
    mongodb_uri: str
    redis_uri: str
    database: str
    more: dict[str, str] = field(default_factory=dict)
    servers: list["Server"] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        settings = {
            "CARILLON_MONGODB_URI": self.mongodb_uri,
            "CARILLON_MONGODB_DATABASE": self.database,
            "CARILLON_REDIS_URI": self.redis_uri,
            **self.more,
        }
        return {**os.environ, **settings}

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a verb of the command line to its end; fails unless it exits with 0."""
        program = [sys.executable, "server.py", *words, "--data", str(self.folder / "command")]
        done = subprocess.run(
            program, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done

    def import_people(self, *names: str, admin: str = "admin") -> None:
        users = [{"id": n, "username": name} for n, name in enumerate((*names, admin), 1)]
        users[-1]["is_admin"] = True
        file, tokens = self.folder / "users.json", self.folder / "tokens.json"
        file.write_text(json.dumps(users))
        self.command("users", "import", str(file), "--tokens", str(tokens))
        made = json.loads(tokens.read_text())
        self.people = {
            name: Person(n, name, made[name]) for n, name in enumerate((*names, admin), 1)
        }

    async def start(self, count: int) -> None:
        fresh = [Server(self, len(self.servers) + n) for n in range(count)]
        self.servers += fresh
        await asyncio.gather(*(server.start() for server in fresh))

    def stop(self) -> None:
        for server in self.servers:
            server.kill()


class Door(Protocol):
    """Where one comes in: a server, or what stands before some."""

    port: int


class Server:
    """One process on a port of its own, which it keeps when it is started again."""

    program: tuple[str, ...] = ("server.py",)

    def __init__(self, cluster: Cluster, number: int):
        self.cluster, self.port = cluster, free_port()
        self.folder = cluster.folder / f"server{number}"
        self.process: subprocess.Popen[bytes] | None = None
        self.base = f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it; returns when it is ready, Redis or not."""
        self.folder.mkdir(exist_ok=True)
        program = [sys.executable, *self.program, "run", "--port", str(self.port)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*program, "--data", str(self.folder)],
                cwd=ROOT,
                env=self.cluster.environment,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(START_LIMIT_S):
            while (await self.request("GET", "/health/live")).status != 200:
                assert self.process.poll() is None, self.log()
                await asyncio.sleep(0.05)

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def kill(self) -> None:
        """SIGKILL, as a crash; may be called twice."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def terminate(self) -> int:
        """SIGTERM; the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    async def request(
        self, verb: str, path: str, who: Person | None = None, body: Any = None, **headers: str
    ) -> Answer:
        """One request; status 599 when nobody answered."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if who is not None:
            sent["Authorization"] = f"Token {who.token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        try:
            response = await AsyncHTTPClient(max_body_size=LARGEST_ANSWER).fetch(
                self.base + path,
                method=verb,
                headers=sent,
                body=None if body is None else json.dumps(body),
                raise_error=False,
                allow_nonstandard_methods=True,
                request_timeout=20,
            )
        except OSError:
            return Answer(599, {}, b"")
        return Answer(response.code, response.headers, response.body or b"")
