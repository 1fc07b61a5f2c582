"""Runners on one store: what runs, how often, how many at once, and what failing and ending do."""

import asyncio

import pytest

from domain.clock import SECOND
from domain.errors import Unavailable
from domain.jobs import MOST_ATTEMPTS, Job, retry_after_us
from jobs import runner as jobs_runner
from models.jobs import CLAIMED_AT_ONCE
from tests.jobs.parts import KIND, LEASE_S, Bench, Hall, Work


async def _nothing(_: Job) -> None: ...


async def _run_to_the_end(bench: Bench, work: Work) -> None:
    """One look of a runner of its own, and all that it started."""
    runner = bench.runner(work)
    await runner.run_due()
    await runner.stop(5)


@pytest.mark.gen_test
async def test_what_is_due_runs_and_the_rest_is_timed(bench: Bench) -> None:
    ran: list[str] = []

    async def note(job: Job) -> None:
        assert job.body == {"for": job.key}
        ran.append(job.key)

    runner = bench.runner(note)
    assert await runner.run_due() == jobs_runner.LOOK_S
    await bench.add("now")
    await bench.add("soon", 0.4)
    await bench.add("later", 40)
    assert await runner.run_due() == pytest.approx(0.4)
    await bench.eventually("now", "done")
    bench.hand.move(0.4)
    await runner.run_due()
    await bench.eventually("soon", "done")
    assert ran == ["now", "soon"]


@pytest.mark.gen_test
async def test_each_job_runs_in_one_of_two_runners(bench: Bench) -> None:
    ran: list[str] = []

    async def note(job: Job) -> None:
        ran.append(job.key)

    keys = [f"k{n}" for n in range(20)]
    await asyncio.gather(*(bench.add(key) for key in keys))
    one, other = bench.runner(note), bench.runner(note)
    await asyncio.gather(one.run_due(), other.run_due(), one.run_due(), other.run_due())
    for key in keys:
        await bench.eventually(key, "done")
    assert sorted(ran) == sorted(keys)


@pytest.mark.gen_test
async def test_no_more_at_once_than_there_is_room(bench: Bench) -> None:
    hall = Hall()
    await asyncio.gather(*(bench.add(f"k{n}") for n in range(7)))
    running = asyncio.create_task(bench.runner(hall.work, concurrency=3).run_due())
    await hall.holds(3)
    assert not running.done(), "it waits for room"
    hall.gate.set()
    await running
    for n in range(7):
        await bench.eventually(f"k{n}", "done")
    assert hall.most == 3


@pytest.mark.gen_test
async def test_more_than_a_batch_is_taken_up_at_once(bench: Bench) -> None:
    await asyncio.gather(*(bench.add(f"k{n}") for n in range(CLAIMED_AT_ONCE + 1)))
    runner = bench.runner(_nothing)
    assert await runner.run_due() == 0
    assert await runner.run_due() > 0


@pytest.mark.gen_test
async def test_what_another_version_added_is_left_to_it(bench: Bench) -> None:
    await bench.add("foreign", -9, kind="of.tomorrow")
    runner = bench.runner(_nothing)
    assert await runner.run_due() == jobs_runner.LOOK_S, "and it is not looked at again and again"
    row = await bench.row("foreign")
    assert (row["state"], row["attempts"]) == ("waiting", 0)


@pytest.mark.gen_test
@pytest.mark.expects_log("job bad failed")
@pytest.mark.expects_log("job bad is dead after 8 attempts: ValueError: no luck")
async def test_a_failing_job_is_tried_again_later_and_later_and_then_buried(bench: Bench) -> None:
    attempts: list[int] = []

    async def fail(job: Job) -> None:
        attempts.append(job.attempts)
        raise ValueError("no luck")

    await bench.add("bad")
    for attempt in range(1, MOST_ATTEMPTS):
        at = bench.hand()
        await _run_to_the_end(bench, fail)
        row = await bench.row("bad")
        assert (row["state"], row["error"]) == ("waiting", "ValueError: no luck")
        waits_us = row["due_at"] - at
        assert retry_after_us(attempt) <= waits_us < retry_after_us(attempt) + SECOND // 1000
        bench.hand.move((waits_us - SECOND // 100) / SECOND)
        await _run_to_the_end(bench, fail)
        bench.hand.move(0.02)
    await _run_to_the_end(bench, fail)
    assert await bench.state("bad") == "dead"
    assert attempts == list(range(1, MOST_ATTEMPTS + 1))


@pytest.mark.gen_test
async def test_a_store_that_is_away_uses_up_no_attempt(bench: Bench) -> None:
    async def away(_: Job) -> None:
        raise Unavailable

    await bench.add("a")
    for _ in range(MOST_ATTEMPTS + 1):
        await _run_to_the_end(bench, away)
        row = await bench.row("a")
        assert (row["state"], row["attempts"], row["error"]) == ("waiting", 0, str(Unavailable()))
        bench.hand.move(1.1)


@pytest.mark.gen_test
@pytest.mark.expects_log("TimeoutError")
async def test_a_job_has_a_time_limit(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_runner, "RUN_LIMIT_S", 0.02)
    hall = Hall()
    await bench.add("a")
    await bench.runner(hall.work).run_due()
    await hall.holds(1)
    row = await bench.eventually("a", "waiting")
    assert (row["attempts"], row["error"], hall.inside) == (1, "TimeoutError: ", [])


# Leases


@pytest.mark.gen_test
async def test_a_long_job_keeps_its_lease(bench: Bench) -> None:
    hall, thief = Hall(), bench.runner(_nothing)
    await bench.add("a")
    await bench.runner(hall.work, lease_s=0.06).run_due()
    await hall.holds(1)
    first = (await bench.row("a"))["lease_until"]
    bench.hand.move(0.05)
    while (await bench.row("a"))["lease_until"] < first + 0.05 * SECOND:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    bench.hand.move(0.05)
    await thief.run_due()
    hall.gate.set()
    assert (await bench.eventually("a", "done"))["fence"] == 1


@pytest.mark.gen_test
@pytest.mark.expects_log("job a was taken over by another process")
async def test_who_lost_his_lease_stops_and_changes_nothing(bench: Bench) -> None:
    late, fresh = Hall(), Hall()
    await bench.add("a")
    await bench.runner(late.work, lease_s=0.3).run_due()
    await late.holds(1)
    bench.hand.move(LEASE_S)
    await bench.runner(fresh.work).run_due()
    await fresh.holds(1)
    await late.holds(0)
    assert late.done == []
    assert (await bench.row("a"))["fence"] == 2
    fresh.gate.set()
    await bench.eventually("a", "done")
    assert fresh.done == ["a"]


@pytest.mark.gen_test
@pytest.mark.expects_log("job a is dead after 9 attempts: its process ended each time")
async def test_a_job_that_ends_every_process_is_buried(bench: Bench) -> None:
    await bench.add("a")
    for _ in range(MOST_ATTEMPTS):
        now = bench.hand()
        [job] = await bench.jobs.due(now, [KIND])
        assert await bench.jobs.claim(job, "killed", now, now + 1)
        bench.hand.move(1)
    await bench.runner(_nothing).run_due()
    await bench.eventually("a", "dead")


# Ending


@pytest.mark.gen_test
async def test_stopping_waits_for_what_runs_and_starts_nothing_more(bench: Bench) -> None:
    hall = Hall()
    runner = bench.runner(hall.work)
    await bench.add("a")
    await runner.run_due()
    await hall.holds(1)
    stopping = asyncio.create_task(runner.stop(5))
    await asyncio.sleep(0)
    await bench.add("b")
    await runner.run_due()
    assert not stopping.done()
    hall.gate.set()
    await stopping
    assert (await bench.state("a"), await bench.state("b")) == ("done", "waiting")
    await runner.stop(5)


@pytest.mark.gen_test
@pytest.mark.expects_log("job a did not end in time and is left")
async def test_what_does_not_end_in_time_is_left_to_another(bench: Bench) -> None:
    hall = Hall()
    runner = bench.runner(hall.work)
    await bench.add("a")
    await runner.run_due()
    await hall.holds(1)
    await runner.stop(0.02)
    assert (hall.inside, hall.done) == ([], [])
    assert await bench.state("a") == "running"
    bench.hand.move(LEASE_S + 0.1)
    await bench.runner(_nothing).run_due()
    assert (await bench.eventually("a", "done"))["fence"] == 2


@pytest.mark.gen_test
async def test_a_runner_that_waits_for_room_can_be_stopped(bench: Bench) -> None:
    hall = Hall()
    runner = bench.runner(hall.work, concurrency=1)
    await bench.add("a", -1)
    await bench.add("b")
    waiting = asyncio.create_task(runner.run_due())
    await hall.holds(1)
    stopping = asyncio.create_task(runner.stop(5))
    await asyncio.sleep(0)
    hall.gate.set()
    await asyncio.gather(waiting, stopping)
    assert (hall.done, await bench.state("b")) == (["a"], "waiting")


@pytest.mark.gen_test
@pytest.mark.expects_log("job a is left: ")
async def test_a_store_that_goes_away_in_the_middle_ends_nothing(bench: Bench) -> None:
    async def and_goes(_: Job) -> None:
        async def away(job: Job, now: int) -> bool:
            raise Unavailable

        bench.jobs.finish = away  # type: ignore[method-assign]

    runner = bench.runner(and_goes)
    await bench.add("a")
    await runner.run_due()
    await runner.stop(5)
    assert await bench.state("a") == "running"
