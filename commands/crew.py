"""The workers of one server: processes on the same sockets, started, kept, told to leave.

The sockets are bound once and shared, so that who waits to be accepted loses nothing when a worker
dies: another one takes him (ADR "Workers share one socket").
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from socket import socket

from commands.working import HURRY, LEAVE, Assignment
from embedded.process import LAUNCHER, StartError

log = logging.getLogger("carillon.workers")

READY_LIMIT_S = 60.0  # a machine that starts all of them at once may be slow
LEAVE_LIMIT_S = 25.0  # more than a worker needs for its requests, its goodbyes and its end
HURRY_LIMIT_S = 15.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 10.0
WELL_AFTER_S = 30.0  # who lived for so long is started again at once when it dies


class Worker:
    """One place in the crew, and whichever process fills it."""

    def __init__(self, number: int, spawn: "Spawn"):
        self.name, self._number = f"worker {number}", number
        self._spawn = spawn
        self._process: asyncio.subprocess.Process | None = None
        self._is_leaving = False

    @property
    def pid(self) -> int | None:
        """The id of the running process; None between a death and the next start."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        """Return once it serves; `StartError` when it ended, or was ended, before."""
        self._process = process = await self._spawn(self._number)
        assert process.stdout is not None
        try:
            async with asyncio.timeout(READY_LIMIT_S):
                if await process.stdout.read(1):
                    return
        except TimeoutError:
            await self.kill()
        raise StartError(f"{self.name} cannot be started: {_end(await process.wait())}")

    async def keep(self) -> None:
        """Start it again each time that it ends, until it is told to leave."""
        pause_s = FIRST_PAUSE_S
        while True:
            began_s = asyncio.get_running_loop().time()
            reason = await self._ended()
            if self._is_leaving:
                return
            if asyncio.get_running_loop().time() - began_s > WELL_AFTER_S:
                pause_s = FIRST_PAUSE_S
            log.warning("%s ended (%s); starting it again", self.name, reason)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            await self._start_again()

    async def _start_again(self) -> None:
        try:
            await self.start()
            log.info("%s runs again (process %s)", self.name, self.pid)
        except (StartError, OSError) as error:
            log.warning("%s", error)

    async def _ended(self) -> str:
        return "no start" if self._process is None else _end(await self._process.wait())

    def order(self, order: bytes) -> None:
        """Tell the process to leave, or to hurry; it is not started again. May be called twice."""
        self._is_leaving = True
        if self.pid is not None and self._process is not None and self._process.stdin is not None:
            with suppress(OSError, RuntimeError):
                self._process.stdin.write(order)

    async def gone(self) -> None:
        """Return when no process is left."""
        if self._process is not None:
            await self._process.wait()

    async def kill(self) -> None:
        """End it at once; may be called twice."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


class Spawn:
    """Starts a process that works on the sockets, tied to this one's life by the kernel."""

    def __init__(self, program: Path, assignment: Assignment, sockets: Sequence[socket]):
        self._program, self._sockets = program, sockets
        self._assignment = assignment

    async def __call__(self, number: int) -> asyncio.subprocess.Process:
        fds = tuple(one.fileno() for one in self._sockets)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", LAUNCHER, str(os.getpid())),
            *(sys.executable, str(self._program), "work"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=fds,
            start_new_session=True,  # Ctrl-C is heard here, and told to them once
        )
        assert process.stdin is not None
        process.stdin.write(self._assignment.sealed(fds, number))
        with suppress(OSError):
            await process.stdin.drain()
        return process


class Crew:
    """All workers: `start` returns when they serve, `drain` when they have left in peace."""

    def __init__(self, count: int, spawn: Spawn, close_sockets: Callable[[], None]):
        self._workers = [Worker(number, spawn) for number in range(1, count + 1)]
        self._close_sockets = close_sockets
        self._keepers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start all at once; raises `StartError`, and then `stop` ends those that run."""
        results = await asyncio.gather(
            *(one.start() for one in self._workers), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        self._keepers = [
            asyncio.create_task(one.keep(), name=f"keeping {one.name}") for one in self._workers
        ]

    async def drain(self) -> None:
        """Have all leave as one process would: nobody new, requests end, connections are told."""
        await self._leave(LEAVE, LEAVE_LIMIT_S)

    async def stop(self) -> None:
        """End whoever is left, soon; may be called twice."""
        await self._leave(HURRY, HURRY_LIMIT_S)
        for one in self._workers:
            await one.kill()

    async def _leave(self, order: bytes, limit_s: float) -> None:
        # Who waited in this process's copy of the socket would wait for ever.
        self._close_sockets()
        for one in self._workers:
            one.order(order)
        keepers, self._keepers = self._keepers, []
        for task in keepers:
            task.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await asyncio.gather(*(one.gone() for one in self._workers))


def _end(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"
