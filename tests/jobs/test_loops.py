"""All loops of a process together."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from carillon import Carillon
from domain.jobs import Job, Kind
from embedded.stores import Endpoints
from jobs.loops import Loops
from models.processes import Processes
from tests.conftest import StoreUris, settings_for
from tests.sites import until

JOBS = {"leases", "left jobs", "due jobs", "flooded jobs", "ended jobs"}
OTHERS = {"roster", "other processes", "gauges", "lag"}
NAMES = {"look", "settle", "large records", "tidy", "pings", "unread", "counts", "jobs"}
NAMES |= JOBS | OTHERS


@pytest.fixture
def carillon(io_loop: Any, store_uris: StoreUris, database_name: str) -> Iterator[Carillon]:
    """All parts, of which none runs yet."""

    async def begin() -> Carillon:
        endpoints = Endpoints(store_uris.mongodb, store_uris.redis)
        made = Carillon(settings_for(database_name, CARILLON_LIVE_LOOK_INTERVAL_S="60"), endpoints)
        await made.begin()
        return made

    made = io_loop.run_sync(begin)
    yield made
    io_loop.run_sync(made.database.drop)
    io_loop.run_sync(made.end)


def _running() -> set[str]:
    return {task.get_name() for task in asyncio.all_tasks()} & NAMES


@pytest.mark.gen_test
async def test_they_run_until_they_are_stopped(carillon: Carillon) -> None:
    loops = Loops(carillon.app, carillon._stores.jobs, Processes(carillon.database), process="p")
    await loops.stop(0)
    loops.start()
    assert _running() == NAMES
    await loops.stop(0)
    await loops.stop(0)
    assert _running() == set()


@pytest.mark.gen_test
async def test_a_look_can_be_asked_for(carillon: Carillon) -> None:
    changes = carillon.app.changes
    loops = Loops(carillon.app, carillon._stores.jobs, Processes(carillon.database), process="p")
    looked = changes.heard_until
    loops.start()
    await until(lambda: changes.heard_until > looked)
    looked = changes.heard_until
    loops.look_now()
    await until(lambda: changes.heard_until > looked)
    await loops.stop(0)


@pytest.mark.gen_test
async def test_a_process_that_hears_nobody_looks_twice_as_often(carillon: Carillon) -> None:
    loops = Loops(carillon.app, carillon._stores.jobs, Processes(carillon.database), process="p")
    assert await loops._look_once() == 30
    await carillon.broker.start(lambda envelope: None, lambda: None)
    await until(lambda: carillon.broker.is_linked)
    assert await loops._look_once() == 60


@pytest.mark.gen_test
async def test_the_lease_is_held_while_a_job_ends(carillon: Carillon) -> None:
    jobs, processes = carillon._stores.jobs, Processes(carillon.database)
    loops = Loops(carillon.app, jobs, processes, process="p")
    gate, inside = asyncio.Event(), asyncio.Event()

    async def slow(job: Job) -> None:
        inside.set()
        await gate.wait()

    loops._runner._kinds = {"inbox.expire": Kind(slow)}
    loops.start()
    await jobs.add("slow", "inbox.expire", carillon.clock.wall(), {})
    async with asyncio.timeout(10):
        await inside.wait()
    stopping = asyncio.create_task(loops.stop(20))
    [before] = await processes.all()
    async with asyncio.timeout(10):
        while (await processes.all())[0].until == before.until:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    gate.set()
    await stopping
    assert await processes.all() == []
    row = await jobs.get("slow")
    assert row is not None
    assert row.state == "done"
