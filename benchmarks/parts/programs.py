"""Programs of a run: started, pinned to CPUs, ended by their id whatever happens."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Ties a program's life to ours: the kernel ends it even when this process is killed.
LAUNCHER = ROOT / "embedded" / "launch.py"
LOOK_S = 0.02


class RunError(Exception):
    """A run cannot go on; the text is for a person."""


@dataclass(frozen=True)
class Cpus:
    """Who runs where, so that the server's CPU is its own wherever there are two or more."""

    server: frozenset[int]
    generator: frozenset[int]
    stores: frozenset[int]

    @classmethod
    def of_machine(cls) -> "Cpus":
        """The first for the server, the next for the generator, the rest, if any, for stores."""
        allowed = sorted(os.sched_getaffinity(0))
        first, others = allowed[:1], allowed[1:2] or allowed
        rest = allowed[2:] or others
        return cls(frozenset(first), frozenset(others), frozenset(rest))

    def __str__(self) -> str:
        named = ("server", self.server), ("generator", self.generator), ("stores", self.stores)
        return ", ".join(f"{name} {','.join(map(str, sorted(cpus)))}" for name, cpus in named)


def pin(pid: int, cpus: frozenset[int]) -> None:
    """Keep a process on these CPUs; threads that it starts later follow."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), cpus)


class Program:
    """One started program; its output is its log."""

    def __init__(
        self,
        name: str,
        words: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ):
        self.name, self.log = name, folder / f"{name}.log"
        launcher = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid())]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*launcher, *words],
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.pid = self._process.pid

    def said(self, beginning: str, limit_s: float = 30.0) -> str:
        """The first line of output that begins so, once it is there."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            for line in self.log.read_text(encoding="utf-8").splitlines():
                if line.startswith(beginning):
                    return line
            if self._ended_within(LOOK_S):
                break
        raise RunError(f"{self.name} did not start:\n{self.log.read_text(encoding='utf-8')}")

    def finish(self, limit_s: float = 60.0) -> None:
        """Wait for a program that ends by itself; fails unless it ends well and in time."""
        if not self._ended_within(limit_s) or self._process.returncode:
            raise RunError(f"{self.name} failed:\n{self.log.read_text(encoding='utf-8')}")

    def stop(self, limit_s: float = 15.0) -> None:
        """SIGTERM, and SIGKILL after the limit; may be called twice."""
        if self._process.poll() is None:
            self._process.terminate()
            if not self._ended_within(limit_s):
                self._process.kill()
                self._process.wait()

    def _ended_within(self, limit_s: float) -> bool:
        try:
            self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    @contextmanager
    def paused(self) -> Iterator[None]:
        """It does nothing meanwhile."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)
