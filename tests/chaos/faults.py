"""Processes that die at a step of a change, ordered from `tests.chaos.faulty_server`."""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.journeys.processes import ROOT

KILLED = -9


@dataclass(frozen=True)
class Fault:
    """Die ``when`` (before, after) the ``call``-th call of ``step`` (``Class.method``)."""

    step: str
    when: str
    call: int = 1

    def __str__(self) -> str:
        return f"{self.when} {self.step}" + (f" #{self.call}" if self.call > 1 else "")

    @property
    def environ(self) -> Mapping[str, str]:
        return {"CHAOS_STEP": self.step, "CHAOS_WHEN": self.when, "CHAOS_CALL": str(self.call)}


@dataclass
class Dying:
    """A process with a fault; ``ended`` gives its exit status."""

    pid: int
    ended: asyncio.Future[int] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Nursery:
    """Makes such processes; all that still run end with the block."""

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.chaos.faulty_server",
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._born: asyncio.Queue[Dying] = asyncio.Queue()
        self._dying: dict[int, Dying] = {}
        self._lock = asyncio.Lock()
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        await self._listening

    async def start(
        self, argv: list[str], environ: Mapping[str, str], fault: Fault, log: Path
    ) -> Dying:
        """``server.py argv`` with a fault; returns once it exists."""
        assert self._process.stdin is not None
        order = {"argv": argv, "environ": {**environ, **fault.environ}, "log": str(log)}
        async with self._lock:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            return await self._born.get()

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said = json.loads(line)
            if "status" in said:
                self._dying.pop(said["pid"]).ended.set_result(said["status"])
            else:
                born = self._dying[said["pid"]] = Dying(said["pid"])
                self._born.put_nowait(born)
