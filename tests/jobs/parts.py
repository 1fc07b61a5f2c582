"""What the tests of jobs share: a store, a clock moved by hand, runners, and work that waits."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.clock import SECOND, Clock
from domain.jobs import Job, Kind
from jobs.leases import Lease
from jobs.runner import Runner
from jobs.watching import Watch
from models.database import Database
from models.jobs import Jobs
from models.processes import Processes
from tests.conftest import HandClock
from tests.sites import until

LEASE_S = 1.5
KIND = "test.note"

Work = Callable[[Job], Awaitable[None]]


async def nothing(_: Job) -> None:
    """Work that succeeds at once."""


def raising(error: Exception) -> Work:
    """Work that fails at once."""

    async def fail(_: Job) -> None:
        raise error

    return fail


class Measure:
    """A host's measure of time passing, in seconds, moved by hand."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def __call__(self) -> float:
        return self.at_s


class Worker:
    """A process's runner with its lease and its watch, taking its turns when it is told to."""

    def __init__(self, bench: "Bench", kinds: Mapping[str, Kind], name: str, concurrency: int):
        self.measure = Measure()
        self.lease = Lease(
            bench.processes,
            bench.clock,
            process=name,
            lease_s=LEASE_S,
            measure_s=self.measure,
        )
        self.runner = Runner(
            bench.jobs, kinds, bench.clock, lease=self.lease, concurrency=concurrency
        )
        self.watch = Watch(bench.jobs, self.lease, self.runner)

    async def turn(self) -> float:
        """One look, and all that is due begun; in how many seconds the next is due."""
        await self.runner.look()
        return await self.runner.run_due()

    async def watch_for(self, seconds: float) -> None:
        """Watch the other processes while so much time passes by this host's measure."""
        for _ in range(int(seconds / self.lease.pause_s) + 1):
            await self.watch.step()
            self.measure.at_s += self.lease.pause_s

    async def run_all(self) -> None:
        """One turn, and all that it began to its end, written down."""
        await self.turn()
        await until(lambda: not self.runner._running)
        await self.runner.endings.write()


@dataclass
class Bench:
    """The store, and the clock of all who use it."""

    database: Database
    jobs: Jobs
    processes: Processes
    hand: HandClock
    clock: Clock
    workers: list[Worker] = field(default_factory=list)
    halls: list["Hall"] = field(default_factory=list)

    def hall(self) -> "Hall":
        """Work that waits until it is let go, in the end at the latest."""
        self.halls.append(Hall())
        return self.halls[-1]

    async def add(self, key: str, in_s: float = 0, *, kind: str = KIND, **more: Any) -> bool:
        """A job that is due some seconds from now."""
        due_at = self.hand() + int(in_s * SECOND)
        return await self.jobs.add(key, kind, due_at, {"for": key}, **more)

    def worker(self, work: Work | Mapping[str, Kind], *, concurrency: int = 16) -> Worker:
        """Another process."""
        kinds = work if isinstance(work, Mapping) else {KIND: Kind(work)}
        made = Worker(self, kinds, f"p{len(self.workers)}", concurrency)
        self.workers.append(made)
        return made

    async def row(self, key: str) -> dict[str, Any]:
        found = await self.database.collection("jobs").find_one({"_id": key})
        assert found is not None
        return found

    async def state(self, key: str) -> str:
        return str((await self.row(key))["state"])

    async def eventually(self, key: str, state: str) -> dict[str, Any]:
        """The job once it is in this state; all write down what ended."""
        async with asyncio.timeout(10):
            while (row := await self.row(key))["state"] != state:
                for worker in self.workers:
                    await worker.runner.endings.write()
                await asyncio.sleep(0.01)
        return row


class Hall:
    """Work that says when it began and waits until it is let go; ``most`` is how many at once."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.done: list[str] = []
        self.most = 0
        self.gate = asyncio.Event()

    async def work(self, job: Job) -> None:
        self.inside.append(job.key)
        self.most = max(self.most, len(self.inside))
        try:
            await self.gate.wait()
            self.done.append(job.key)
        finally:
            self.inside.remove(job.key)

    async def holds(self, count: int) -> None:
        """Wait until so many are inside."""
        await until(lambda: len(self.inside) == count)
