"""A program that is kept running: started again when it dies, given up when it dies too often."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from embedded.process import Probe, Process, Program, StartError

log = logging.getLogger("carillon.embedded")

GiveUp = Callable[[str], None]


@dataclass(frozen=True)
class Limits:
    """How long a start may take, and how many deaths within how long are borne."""

    ready_s: float = 20.0
    deaths: int = 5
    within_s: float = 60.0
    pause_s: float = 0.1


class Child:
    """One supervised program; `probe` says when it answers.

    `on_give_up` gets one line for a person once the program has died too often; it is called
    on the loop and must not wait.
    """

    def __init__(
        self, program: Program, probe: Probe, *, on_give_up: GiveUp, limits: Limits | None = None
    ) -> None:
        self._program = program
        self._probe = probe
        self._on_give_up = on_give_up
        self._limits = limits or Limits()
        self._deaths: deque[float] = deque(maxlen=self._limits.deaths + 1)
        self._process = Process(program)
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The id of the running process; None between a death and the next start."""
        return self._process.pid

    async def start(self) -> None:
        """Return once the program answers and is watched; StartError leaves nothing behind."""
        await self._process.start(self._probe, self._limits.ready_s)
        self._supervisor = asyncio.create_task(self._supervise(), name=self._program.name)

    async def stop(self, limit_s: float) -> None:
        """End the program, by force after `limit_s`. May be called twice, and before `start`."""
        supervisor, self._supervisor = self._supervisor, None
        try:
            if supervisor is not None:
                await _cancel(supervisor)
        finally:
            await self._process.stop(limit_s)

    async def _supervise(self) -> None:
        reason = await self._process.ended()
        while not self._dies_too_often():
            log.warning("%s ended (%s); starting it again", self._program.name, reason)
            await asyncio.sleep(self._limits.pause_s * len(self._deaths))
            reason = await self._run()
        self._on_give_up(f"{self._program.name} keeps ending ({reason})")

    async def _run(self) -> str:
        """Run the program once more; how it ended."""
        process = Process(self._program)
        try:
            await process.start(self._probe, self._limits.ready_s)
        except StartError as error:
            return str(error)
        self._process = process
        log.info("%s runs again (process %s)", self._program.name, process.pid)
        return await process.ended()

    def _dies_too_often(self) -> bool:
        now = asyncio.get_running_loop().time()
        self._deaths.append(now)
        while self._deaths[0] < now - self._limits.within_s:
            self._deaths.popleft()
        return len(self._deaths) > self._limits.deaths


async def _cancel(task: asyncio.Task[None]) -> None:
    """Cancel and await `task`; what it raised by itself is raised here."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()
