"""SecantusDB as the embedded MongoDB: a separate program on 127.0.0.1 that asks for a password."""

import asyncio
import shutil
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import Protocol, TypeVar

from embedded.child import Child, GiveUp
from embedded.folder import DataFolder
from embedded.orphans import end_orphan
from embedded.ports import keep_port
from embedded.probes import answers_hello
from embedded.process import Process, Program, StartError

T = TypeVar("T")

NAME = "the embedded MongoDB"
USER = "carillon"
READY_S = 20.0
SETUP_S = 10.0
# Ended by force after that: every acknowledged write is on the disk (--sync-on-commit).
STOP_S = 3.0
# Told to stop while it answers somebody it misses the signal in one of eight tries, so the nudge
# comes later: then none of 200 tries missed it.
NUDGE_PAUSE_S = 0.05
# What a new server holds when nobody but us has been there.
EXPECTED_NAMES = {f"admin.{USER}", "admin", "config", "local"}
# What is being written must stay well under a fifth of this, or the server waits for itself, for
# five minutes: with 128M, contents of 8 MiB brought that about.
CACHE = "512M"
# By itself it writes what waits in its cache once a minute. After a gigabyte of large contents
# within that minute it answered nobody any more, four times of four; at four seconds never.
ENVIRON = {"SECANTUS_CHECKPOINT_SECONDS": "5"}
CONFIG = "# All is said on the command line; this file keeps others from being looked for.\n"


class Administration(Protocol):
    """What the first start asks of the driver; it closes its connections before it returns."""

    async def create_user(self, uri: str, user: str, password: str) -> None:
        """Make `user` in the database admin with the role root."""

    async def names(self, uri: str) -> list[str]:
        """Every user, as database.name, and every database."""


class EmbeddedMongoDB:
    """The server on `mongodb` in the data folder, whose lock the caller holds.

    The program has no first user and makes no exception for local connections. So the first start
    makes the user on a server that asks for no password, gives the storage its name only then,
    and looks afterwards whether anybody else came by in that third of a second.
    """

    def __init__(
        self, folder: DataFolder, administration: Administration, *, on_give_up: GiveUp
    ) -> None:
        self._folder = folder
        self._administration = administration
        self._on_give_up = on_give_up
        self._storage = folder.path / "mongodb"
        self._port = 0
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        """The id of the running process; None when there is none at the moment."""
        return self._child.pid if self._child else None

    async def start(self) -> str:
        """The URI of the running server, good until `stop`; StartError when it cannot run.

        What the driver raises on the first start is raised as it is. Nothing is left running.
        """
        command = _find()
        self._folder.prepare()
        await end_orphan(self._pid_file, self._storage)
        self._port = keep_port(self._folder.path / "mongodb.port")
        is_new = not _exists(self._storage)
        if is_new:
            await self._make_storage(command)
        uri = await self._serve(command)
        if is_new:
            await self._refuse_strangers(uri)
        return uri

    async def stop(self) -> None:
        """End the server within seconds. May be called twice, and before `start`."""
        if self._child is None:
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self._child.stop(STOP_S))
            group.create_task(_nudge(self._child, self._port))

    async def _make_storage(self, command: tuple[str, ...]) -> None:
        fresh = self._storage.with_name("mongodb.new")
        shutil.rmtree(fresh, ignore_errors=True)
        process = Process(self._program(command, self._folder.subfolder(fresh.name)))
        await process.start(self._answers, READY_S)
        try:
            await _within(self._administration.create_user(self._uri(), USER, self._password()))
        finally:
            await process.kill()
        fresh.rename(self._storage)

    async def _serve(self, command: tuple[str, ...]) -> str:
        if not self._folder.has_secret("mongodb"):
            raise StartError(f"{self._folder.path}/secrets/mongodb is missing: {NAME} needs it")
        program = self._program((*command, "--auth"), self._storage)
        self._child = Child(program, self._answers, on_give_up=self._on_give_up)
        await self._child.start()
        return self._uri(f"{USER}:{self._password()}@", "&authSource=admin")

    async def _refuse_strangers(self, uri: str) -> None:
        strangers: set[str] | None = None
        try:
            strangers = set(await _within(self._administration.names(uri))) - EXPECTED_NAMES
        finally:
            if strangers != set():
                await self.stop()
                shutil.rmtree(self._storage)
        if strangers:
            raise StartError(
                f"{NAME} was written to by another program while being made: try again"
            )

    def _program(self, command: tuple[str, ...], storage: Path) -> Program:
        config = self._folder.path / "mongodb.toml"
        config.write_text(CONFIG, encoding="ascii")
        where = ("--host", "127.0.0.1", "--port", str(self._port), "--storage-path", str(storage))
        how = ("--sync-on-commit", "--cache-size", CACHE, "--log-level", "WARNING")
        return Program(
            name=NAME,
            argv=(*command, "--config", str(config), *where, *how),
            cwd=self._folder.path,
            log=self._folder.subfolder("log") / "mongodb.log",
            pid_file=self._pid_file,
            environ=ENVIRON,
        )

    def _uri(self, who: str = "", more: str = "") -> str:
        # After 10,000 retryable writes every write to this server takes 25 ms.
        return f"mongodb://{who}127.0.0.1:{self._port}/?retryWrites=false{more}"

    def _password(self) -> str:
        return self._folder.secret("mongodb")

    async def _answers(self) -> bool:
        return await answers_hello(self._port)

    @property
    def _pid_file(self) -> Path:
        return self._folder.path / "mongodb.pid"


def _find() -> tuple[str, ...]:
    # Through our interpreter: the script's own first line names the place it was installed to.
    script = Path(sys.executable).with_name("secantusd-py")
    if script.exists():
        return sys.executable, str(script)
    if found := shutil.which(script.name):
        return (found,)
    raise StartError(
        "SecantusDB is not installed: pip install -r requirements-embedded.txt, or set mongodb.uri"
    )


def _exists(path: Path) -> bool:
    return path.exists()


async def _within(answer: Awaitable[T]) -> T:
    """What the driver answers; StartError when it takes too long."""
    try:
        async with asyncio.timeout(SETUP_S):
            return await answer
    except TimeoutError:
        raise StartError(f"{NAME} could not be set up within {SETUP_S:g} s") from None


async def _nudge(child: Child, port: int) -> None:
    """Connect until the server has ended: it waits two seconds for a connection that wakes it."""
    while child.pid is not None:
        await asyncio.sleep(NUDGE_PAUSE_S)
        await answers_hello(port)
