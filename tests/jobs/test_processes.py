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
from tests.jobs.parts import KIND, LEASE_S, Bench

ROOT = Path(__file__).parents[2]
LIMIT_S = 10
SLACK_S = 2  # what a busy machine may add to the two seconds that are promised
KILLED = f"""
import asyncio, sys
from domain.clock import Clock
from jobs.runner import Runner
from models.database import Database
from models.jobs import Jobs
from carillon import wall_us

async def hang(job):
    print(job.fence, flush=True)
    await asyncio.sleep(60)

async def main():
    jobs = Jobs(Database(sys.argv[1], sys.argv[2]))
    runner = Runner(
        jobs, {{"{KIND}": hang}}, Clock(wall_us), process="killed", lease_s={LEASE_S}, concurrency=1
    )
    await runner.run_due()
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.gen_test
async def test_the_job_of_a_killed_process_is_run_by_another(
    bench: Bench, mongodb_uri: str, database_name: str
) -> None:
    done = asyncio.Event()

    async def finish(job: Job) -> None:
        assert (job.fence, job.attempts) == (2, 2)
        done.set()

    bench.clock = Clock(wall_us)
    await bench.jobs.add("a", KIND, wall_us(), {})
    program = [sys.executable, "-c", KILLED, mongodb_uri, database_name]
    process = subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == b"1\n"
        process.send_signal(signal.SIGKILL)
        killed_at = asyncio.get_running_loop().time()
        runner = bench.runner(finish)
        async with asyncio.timeout(LIMIT_S):
            while not done.is_set():  # noqa: ASYNC110
                await asyncio.sleep(min(0.05, await runner.run_due()))
        assert asyncio.get_running_loop().time() - killed_at < 2 + SLACK_S
    finally:
        stop(process)
        assert process.stdout is not None
        process.stdout.close()
    await bench.eventually("a", "done")
