"""What the tests of jobs share: a store, a clock moved by hand, runners, and work that waits."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.clock import SECOND, Clock
from domain.jobs import Job
from jobs.runner import Runner
from models.database import Database
from models.jobs import Jobs
from tests.conftest import HandClock
from tests.sites import until

LEASE_S = 1.5
KIND = "test.note"

Work = Callable[[Job], Awaitable[None]]


@dataclass
class Bench:
    """The store, and the clock of all who use it."""

    database: Database
    jobs: Jobs
    hand: HandClock
    clock: Clock
    runners: list[Runner] = field(default_factory=list)

    async def add(self, key: str, in_s: float = 0, *, kind: str = KIND) -> bool:
        """A job that is due some seconds from now."""
        return await self.jobs.add(key, kind, self.hand() + int(in_s * SECOND), {"for": key})

    def runner(self, work: Work | Mapping[str, Work], **options: Any) -> Runner:
        """Another process's runner."""
        kinds = work if isinstance(work, Mapping) else {KIND: work}
        given = {"lease_s": LEASE_S, "concurrency": 16, "process": f"p{len(self.runners)}"}
        made = Runner(self.jobs, kinds, self.clock, **{**given, **options})
        self.runners.append(made)
        return made

    async def row(self, key: str) -> dict[str, Any]:
        found = await self.database.collection("jobs").find_one({"_id": key})
        assert found is not None
        return found

    async def state(self, key: str) -> str:
        return str((await self.row(key))["state"])

    async def eventually(self, key: str, state: str) -> dict[str, Any]:
        """The job once it is in this state."""
        async with asyncio.timeout(10):
            while (row := await self.row(key))["state"] != state:  # noqa: ASYNC110
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
