"""A job store in a database of its own, and runners on it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from domain.clock import Clock
from jobs import runner
from models.database import Database
from models.jobs import Jobs
from models.processes import Processes
from tests.conftest import HandClock
from tests.jobs.parts import Bench


@pytest.fixture
def bench(
    io_loop: Any,
    mongodb_uri: str,
    database_name: str,
    hand_clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bench]:
    monkeypatch.setattr(runner, "LAST_WORDS_S", 20)  # a busy machine is not what is tested

    async def begin() -> Bench:
        database = Database(mongodb_uri, database_name)
        made = Bench(database, Jobs(database), Processes(database), hand_clock, Clock(hand_clock))
        await made.jobs.ensure_indexes()
        return made

    async def end() -> None:
        for hall in made.halls:
            hall.gate.set()
        await asyncio.gather(*(worker.runner.stop(5) for worker in made.workers))
        await made.database.drop()
        made.database.close()

    made = io_loop.run_sync(begin)
    yield made
    io_loop.run_sync(end)
