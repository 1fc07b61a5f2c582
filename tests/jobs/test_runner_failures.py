"""The runner when a job fails: tries, delays, the end of trying."""

import pytest

from domain.clock import SECOND
from domain.errors import Unavailable
from domain.jobs import (
    MOST_ATTEMPTS,
    MOST_DEATHS,
    GiveUp,
    Job,
    Kind,
    PutOff,
    TryAgain,
    retry_after_us,
)
from tests.jobs.parts import KIND, Bench, nothing, raising


@pytest.mark.gen_test
@pytest.mark.expects_log("job bad failed")
@pytest.mark.expects_log("job bad is dead after 8 attempts: ValueError: no luck")
async def test_a_failing_job_is_tried_again_later_and_later_and_then_buried(bench: Bench) -> None:
    attempts: list[int] = []

    async def fail(job: Job) -> None:
        attempts.append(job.attempts)
        raise ValueError("no luck")

    await bench.add("bad")
    worker = bench.worker(fail)
    for attempt in range(1, MOST_ATTEMPTS):
        at = bench.hand()
        await worker.run_all()
        row = await bench.row("bad")
        assert (row["state"], row["error"]) == ("waiting", "ValueError: no luck")
        assert row["due_at"] - at == retry_after_us(attempt)
        bench.hand.at = row["due_at"] - 1
        await worker.run_all()
        bench.hand.at += 1
    await worker.run_all()
    assert await bench.state("bad") == "dead"
    assert attempts == list(range(1, MOST_ATTEMPTS + 1))


@pytest.mark.gen_test
@pytest.mark.expects_log("failed, attempt 1")
@pytest.mark.expects_log("job a is dead after 2 attempts: busy")
async def test_a_kind_has_its_own_attempts_and_delays_and_a_job_may_ask_for_longer(
    bench: Bench,
) -> None:
    given_up: list[tuple[str, str]] = []

    async def give_up(job: Job, error: str) -> None:
        given_up.append((job.key, error))

    kind = Kind(
        raising(TryAgain("busy", 90 * SECOND)),
        most_attempts=2,
        retry_after_us=lambda attempts: 5 * SECOND * attempts,
        give_up=give_up,
    )
    other = Kind(raising(TryAgain("no")), retry_after_us=lambda attempts: 5 * SECOND * attempts)
    await bench.add("a")
    await bench.add("b", kind="other")
    worker, at = bench.worker({KIND: kind, "other": other}), bench.hand()
    await worker.run_all()
    assert (await bench.row("a"))["due_at"] == at + 90 * SECOND
    assert (await bench.row("b"))["due_at"] == at + 5 * SECOND
    await bench.jobs.cancel("b", at)
    assert given_up == []
    bench.hand.move(90)
    await worker.turn()
    await bench.eventually("a", "dead")
    assert given_up == [("a", "busy")]


@pytest.mark.gen_test
@pytest.mark.expects_log("job a is dead after 1 attempts: the address is gone")
@pytest.mark.expects_log("job a could not be given up")
async def test_what_would_fail_each_time_is_given_up_at_once(bench: Bench) -> None:
    async def give_up(job: Job, error: str) -> None:
        raise ValueError("a bug")

    await bench.add("a")
    kind = Kind(raising(GiveUp("the address is gone")), give_up=give_up)
    await bench.worker({KIND: kind}).run_all()
    assert (await bench.row("a"))["error"] == "the address is gone"


@pytest.mark.gen_test
async def test_a_store_that_is_away_uses_up_no_attempt(bench: Bench) -> None:
    await bench.add("a")
    kind = Kind(raising(GiveUp("it is gone")), give_up=_give_up_later)
    away, giving_up = bench.worker(raising(Unavailable())), bench.worker({KIND: kind})
    for n in range(MOST_ATTEMPTS + 1):
        await (away if n % 2 else giving_up).run_all()
        row = await bench.row("a")
        assert (row["state"], row["attempts"], row["error"]) == ("waiting", 0, str(Unavailable()))
        bench.hand.move(1.1)


@pytest.mark.gen_test
async def test_what_is_put_off_comes_when_it_said_and_has_not_failed(bench: Bench) -> None:
    await bench.add("a")
    worker = bench.worker(raising(PutOff("too early", 5 * SECOND)))
    for _ in range(MOST_ATTEMPTS + 1):
        due_at = bench.hand.at + 5 * SECOND
        await worker.run_all()
        row = await bench.row("a")
        assert (row["state"], row["attempts"], row["due_at"]) == ("waiting", 0, due_at)
        bench.hand.move(5)


async def _give_up_later(job: Job, error: str) -> None:
    raise Unavailable


@pytest.mark.gen_test
@pytest.mark.expects_log("TimeoutError")
async def test_a_job_has_a_time_limit(bench: Bench) -> None:
    hall = bench.hall()
    await bench.add("a")
    await bench.worker({KIND: Kind(hall.work, limit_s=0.02)}).turn()
    await hall.holds(1)
    row = await bench.eventually("a", "waiting")
    assert (row["attempts"], row["error"], hall.inside) == (1, "TimeoutError: ", [])


@pytest.mark.gen_test
@pytest.mark.expects_log("job a is dead after 1 attempts: its process ended each time")
async def test_a_job_that_ends_every_process_is_buried(bench: Bench) -> None:
    await bench.add("a")
    for n in range(MOST_DEATHS):
        assert await bench.jobs.claim(["a"], f"killed{n}", bench.hand())
        await bench.jobs.release([f"killed{n}"])
    await bench.worker(nothing).run_all()
    assert await bench.state("a") == "dead"


# Ending
