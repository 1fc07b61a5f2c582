"""One run of a program: started, found ready, ended."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from embedded.output import Output

LAUNCHER = str(Path(__file__).with_name("launch.py"))
PROBE_PAUSE_S = 0.01

Probe = Callable[[], Awaitable[bool]]


class StartError(Exception):
    """A server cannot be started; the text is one line for a person."""


@dataclass(frozen=True)
class Program:
    """What to run: `argv` begins with a full path; output goes to `log`, the id to `pid_file`.

    `environ` is added to our own environment.
    """

    name: str
    argv: tuple[str, ...]
    cwd: Path
    log: Path
    pid_file: Path
    environ: Mapping[str, str] = field(default_factory=dict)


class Process:
    """One run of a program, in a session of its own so that Ctrl-C does not reach it."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._output = Output(program.log)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process id; None when it never ran or has ended."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self, probe: Probe, limit_s: float) -> None:
        """Return once `probe` holds; StartError says why it did not, and nothing is left running.

        The kernel ends the process when the calling thread ends, so call from one that lasts.
        """
        async with contextlib.AsyncExitStack() as undo:
            undo.push_async_callback(self.kill)
            await self._spawn()
            await self._answers(probe, limit_s)
            undo.pop_all()

    async def ended(self) -> str:
        """Wait for the end and say how it came: "exit status 1", "SIGKILL"."""
        if self._process is None:
            return "no start"
        return _status(await self._process.wait())

    async def stop(self, limit_s: float) -> None:
        """Ask it to end, wait `limit_s`, then make it end. May be called twice."""
        try:
            async with asyncio.timeout(limit_s):
                await self._send(signal.SIGTERM)
        except TimeoutError:
            pass
        finally:
            await self.kill()

    async def kill(self) -> None:
        """End it at once. May be called twice."""
        await self._send(signal.SIGKILL)
        self._program.pid_file.unlink(missing_ok=True)

    async def _send(self, number: signal.Signals) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)
        await self._process.wait()

    async def _spawn(self) -> None:
        try:
            with self._output.open() as log:
                self._process = await asyncio.create_subprocess_exec(
                    # The launcher needs nothing installed: -I and -S make it start in 15 ms.
                    *(sys.executable, "-I", "-S", LAUNCHER, str(os.getpid()), *self._program.argv),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self._program.cwd,
                    env={**_environment(), **self._program.environ},
                    start_new_session=True,
                )
            self._write_pid(self._process.pid)
        except OSError as error:
            raise self._failure(str(error)) from error

    def _write_pid(self, pid: int) -> None:
        """In one step: whoever reads it meanwhile finds the old one, or none."""
        path = self._program.pid_file
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(str(pid), encoding="ascii")
        fresh.replace(path)

    async def _answers(self, probe: Probe, limit_s: float) -> None:
        try:
            async with asyncio.timeout(limit_s):
                while not await probe():
                    self._raise_if_ended()
                    await asyncio.sleep(PROBE_PAUSE_S)
        except TimeoutError:
            raise self._failure(f"no answer within {limit_s:g} s") from None
        # Something else may have answered on its port.
        self._raise_if_ended()

    def _raise_if_ended(self) -> None:
        status = self._process.returncode if self._process else None
        if status is not None:
            raise self._failure(self._output.last_line() or _status(status))

    def _failure(self, reason: str) -> StartError:
        return StartError(f"{self._program.name} cannot be started: {reason}")


def _environment() -> dict[str, str]:
    """Ours, without what steers Python or holds Carillon's own settings and passwords."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "CARILLON_"))
    }


def _status(returncode: int) -> str:
    if returncode < 0:
        return signal.Signals(-returncode).name
    return f"exit status {returncode}"
