"""A process that is killed while it runs a job, and the runner that takes the job over."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from carillon import wall_us
from domain.clock import Clock
from domain.jobs import Job
from tests.conftest import stop
from tests.jobs.parts import KIND, LEASE_S, Bench, Worker

ROOT = Path(__file__).parents[2]
LIMIT_S = 10
SLACK_S = 2  # what a busy machine may add to the two seconds that are promised
KILLED = f"""
import asyncio, sys
from domain.clock import Clock
from domain.jobs import Kind
from jobs.leases import Lease
from jobs.runner import Runner
from jobs.watching import Watch
from models.database import Database
from models.jobs import Jobs
from models.processes import Processes
from carillon import wall_us

async def hang(job):
    print(job.fence, flush=True)
    await asyncio.sleep(60)

async def main():
    database, clock = Database(sys.argv[1], sys.argv[2]), Clock(wall_us)
    lease = Lease(Processes(database), clock, process="killed", lease_s={LEASE_S})
    jobs = Jobs(database)
    runner = Runner(jobs, {{"{KIND}": Kind(hang)}}, clock, lease=lease, concurrency=1)
    watch = Watch(jobs, lease, runner)
    await runner.look()
    await runner.run_due()
    while True:
        await asyncio.sleep(await watch.step())

asyncio.run(main())
"""


async def _watch(worker: Worker) -> None:
    while True:  # noqa: ASYNC110
        await asyncio.sleep(await worker.watch.step())


@pytest.mark.gen_test
async def test_the_job_of_a_killed_process_is_run_by_another(
    bench: Bench, mongodb_uri: str, database_name: str
) -> None:
    done = asyncio.Event()

    async def finish(job: Job) -> None:
        assert (job.fence, job.attempts, job.deaths) == (2, 1, 1)
        done.set()

    bench.clock = Clock(wall_us)
    await bench.jobs.add("a", KIND, wall_us(), {})
    program = [sys.executable, "-c", KILLED, mongodb_uri, database_name]
    process = subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE)
    loop = asyncio.get_running_loop()
    worker = bench.worker(finish)
    worker.lease._measure_s = loop.time
    watching = asyncio.create_task(_watch(worker))
    try:
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == b"1\n"
        await asyncio.sleep(LEASE_S)
        assert not done.is_set(), "as long as it lives, it is its own"
        process.send_signal(signal.SIGKILL)
        killed_at = loop.time()
        async with asyncio.timeout(LIMIT_S):
            while not done.is_set():  # noqa: ASYNC110
                await worker.turn()
                await asyncio.sleep(0.05)
        assert loop.time() - killed_at < 2 + SLACK_S
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        stop(process)
        assert process.stdout is not None
        process.stdout.close()
    await bench.eventually("a", "done")
