"""The job store: keys, order, claims with fences, and every way out of a state."""

import asyncio
from datetime import UTC
from typing import Any

import pytest

from domain.clock import DAY, SECOND
from domain.jobs import CANCELLED, DEAD, DONE, RUNNING, WAITING, Due, Job, NewJob, Row
from tests.jobs.parts import KIND, Bench

KINDS = [KIND]


async def _claimed(bench: Bench, key: str = "a", by: str = "p1") -> Job:
    [job] = await bench.jobs.claim([key], by, bench.hand())
    return job


async def _keys(bench: Bench, in_s: float = 0) -> list[str]:
    found = await bench.jobs.due(bench.hand() + int(in_s * SECOND), KINDS)
    return [one.key for one in found]


@pytest.mark.gen_test
async def test_a_job_is_added_once_under_its_key(bench: Bench) -> None:
    assert await bench.add("a") is True
    assert await bench.jobs.add("a", KIND, 1, {"other": 1}) is False
    assert await bench.jobs.due(bench.hand(), KINDS) == [Due(bench.hand(), KIND, "a")]
    assert await _claimed(bench) == Job("a", KIND, bench.hand(), {"for": "a"}, 1, 1)
    assert await bench.jobs.finish(["a"], "p1", bench.hand())
    assert await bench.add("a") is False, "the key of a job that is done stays used"


@pytest.mark.gen_test
async def test_many_are_added_together_and_those_who_run_them_are_told(bench: Bench) -> None:
    told: list[list[str]] = []
    bench.jobs.on_added(lambda jobs: told.append([one.key for one in jobs]))
    await bench.add("a")
    jobs = [NewJob(key, KIND, 5) for key in ("a", "b", "c")]
    assert await bench.jobs.add_all(jobs) == 2
    assert await bench.jobs.add_all(jobs) == 0
    assert await bench.jobs.add_all([]) == 0
    await bench.jobs.move("b", 7)
    assert told == [["a"], ["a", "b", "c"], ["b"]]


@pytest.mark.gen_test
async def test_due_are_those_whose_time_has_come_the_longest_due_first(bench: Bench) -> None:
    for key, in_s in [("late", 0.000001), ("now", 0), ("soon", 5), ("old", -9), ("older", -99)]:
        await bench.add(key, in_s)
    await bench.add("foreign", -1, kind="foreign")
    assert await _keys(bench) == ["older", "old", "now"]
    assert await _keys(bench, 5) == ["older", "old", "now", "late", "soon"]
    assert [one.key for one in await bench.jobs.due(bench.hand(), KINDS, limit=2)] == [
        "older",
        "old",
    ]
    assert await bench.jobs.due(bench.hand(), []) == []


# Claims


@pytest.mark.gen_test
async def test_of_many_that_claim_together_each_gets_others(bench: Bench) -> None:
    keys = [f"k{n}" for n in range(20)]
    await asyncio.gather(*(bench.add(key) for key in keys))
    claims = (bench.jobs.claim(keys, f"p{n}", bench.hand()) for n in range(8))
    won = [job for claimed in await asyncio.gather(*claims) for job in claimed]
    assert sorted(job.key for job in won) == sorted(keys)
    assert {(job.attempts, job.fence) for job in won} == {(1, 1)}
    assert await _keys(bench) == []
    assert set((await bench.jobs.running()).keys()) == set(keys)


@pytest.mark.gen_test
async def test_what_was_moved_or_cancelled_meanwhile_is_not_claimed(bench: Bench) -> None:
    for key in ("a", "b", "c"):
        await bench.add(key)
    await bench.jobs.move("a", bench.hand() + 1)
    await bench.jobs.cancel("b", bench.hand())
    claimed = await bench.jobs.claim(["a", "b", "c", "unknown"], "p1", bench.hand())
    assert [job.key for job in claimed] == ["c"]


@pytest.mark.gen_test
async def test_a_claim_whose_answer_was_lost_is_found_by_asking_again(bench: Bench) -> None:
    await bench.add("a")
    assert await _claimed(bench) == await _claimed(bench)
    assert await bench.jobs.claim(["a"], "p2", bench.hand()) == []


@pytest.mark.gen_test
async def test_what_a_process_held_is_free_once_it_is_gone(bench: Bench) -> None:
    await bench.add("a")
    await bench.add("b")
    late = await _claimed(bench, "a", "late")
    await _claimed(bench, "b", "other")
    assert await bench.jobs.release(["late", "nobody"]) == 1
    assert await _keys(bench) == ["a"]
    fresh = await _claimed(bench, "a", "fresh")
    assert (fresh.fence, fresh.attempts, fresh.deaths) == (2, 1, 1)
    now = bench.hand()
    assert not await bench.jobs.finish(["a"], "late", now)
    assert not await bench.jobs.retry(late, "late", now, "late")
    assert not await bench.jobs.put_back(late, "late", now, "late")
    assert not await bench.jobs.bury(late, "late", "late")
    assert (await bench.row("a"))["lease_by"] == "fresh"
    assert await bench.jobs.finish(["a"], "fresh", now)
    assert await bench.state("a") == DONE
    assert await bench.state("b") == RUNNING


@pytest.mark.gen_test
async def test_the_late_owner_of_an_earlier_claim_changes_nothing(bench: Bench) -> None:
    await bench.add("a")
    first = await _claimed(bench)
    await bench.jobs.release(["p1"], ["a", "b"])
    await _claimed(bench)
    assert not await bench.jobs.retry(first, "p1", bench.hand(), "late")
    assert await bench.state("a") == RUNNING


# Endings


@pytest.mark.gen_test
async def test_a_retry_waits_and_counts(bench: Bench) -> None:
    await bench.add("a")
    now = bench.hand()
    assert await bench.jobs.retry(await _claimed(bench), "p1", now + SECOND, "no luck")
    row = await bench.row("a")
    assert (row["state"], row["error"], row["lease_by"]) == (WAITING, "no luck", None)
    assert await _keys(bench) == []
    bench.hand.move(1)
    claimed = await _claimed(bench)
    assert (claimed.attempts, claimed.fence) == (2, 2)


@pytest.mark.gen_test
async def test_what_is_put_back_has_not_used_up_an_attempt(bench: Bench) -> None:
    await bench.add("a")
    assert await bench.jobs.put_back(await _claimed(bench), "p1", bench.hand(), "away")
    claimed = await _claimed(bench)
    assert (claimed.attempts, claimed.fence) == (1, 2)


@pytest.mark.gen_test
async def test_the_dead_stay_and_the_done_go_after_a_day(bench: Bench) -> None:
    await bench.add("a")
    assert await bench.jobs.bury(await _claimed(bench), "p1", "hopeless")
    row = await bench.row("a")
    assert (row["state"], row["error"], "expires" in row) == (DEAD, "hopeless", False)
    await bench.add("b")
    await _claimed(bench, "b")
    assert await bench.jobs.finish(["b"], "p1", bench.hand())
    expires = (await bench.row("b"))["expires"]
    assert expires.replace(tzinfo=UTC).timestamp() == (bench.hand() + DAY) / SECOND
    bench.hand.move(99)
    assert await _keys(bench) == []


# Changing what waits


async def _in(bench: Bench, state: str, *, seals: bool = False) -> None:
    """The job ``a`` in a state that it came to as jobs do."""
    await bench.add("a", seals=seals)
    now = bench.hand()
    if state == WAITING:
        return
    if state == CANCELLED:
        await bench.jobs.cancel("a", now)
        return
    job = await _claimed(bench)
    if state == DONE:
        await bench.jobs.finish(["a"], "p1", now)
    elif state == DEAD:
        await bench.jobs.bury(job, "p1", "hopeless")
    elif state == "failed":
        await bench.jobs.retry(job, "p1", now + SECOND, "no luck")


@pytest.mark.parametrize(
    ("state", "seals", "moved", "cancelled", "requeued"),
    [
        (WAITING, False, True, True, False),
        (WAITING, True, True, True, False),
        ("failed", False, True, True, True),
        ("failed", True, False, False, True),
        (RUNNING, False, False, False, False),
        (DONE, False, False, False, False),
        (DEAD, False, False, True, True),
        (CANCELLED, False, False, False, False),
    ],
)
@pytest.mark.gen_test
async def test_what_can_be_done_in_which_state(
    bench: Bench, state: str, seals: bool, moved: bool, cancelled: bool, requeued: bool
) -> None:
    await _in(bench, state, seals=seals)
    later = bench.hand() + 9 * SECOND
    assert await bench.jobs.move("a", later, {"new": 1}) is moved
    row: dict[str, Any] = await bench.row("a")
    assert (row["due_at"] == later, row["body"] == {"new": 1}) == (moved, moved)
    assert await bench.jobs.requeue("a", bench.hand()) is requeued
    row = await bench.row("a")
    if requeued:
        assert (row["state"], row["due_at"], row["attempts"]) == (WAITING, bench.hand(), 0)
        assert (await _claimed(bench)).fence == 2
        await bench.jobs.bury(await _claimed(bench), "p1", "again")
    assert await bench.jobs.cancel("a", bench.hand()) is (cancelled or requeued)
    assert (await bench.state("a") == CANCELLED) is (cancelled or requeued or state == CANCELLED)


@pytest.mark.gen_test
async def test_nothing_can_be_done_with_what_is_not_there(bench: Bench) -> None:
    assert not await bench.jobs.move("a", 1)
    assert not await bench.jobs.cancel("a", 1)
    assert not await bench.jobs.requeue("a", 1)
    assert await bench.jobs.get("a") is None


# Lists


@pytest.mark.gen_test
async def test_jobs_are_listed_by_kind_state_and_time_soonest_first(bench: Bench) -> None:
    for key, in_s, kind in [("late", 9, KIND), ("soon", 1, "other"), ("now", 0, KIND)]:
        await bench.add(key, in_s, kind=kind)
    await _claimed(bench, "now")
    now = bench.hand()
    row = Row("now", KIND, RUNNING, now, 1, None)
    assert await bench.jobs.get("now") == row

    async def keys(**which: Any) -> list[str]:
        return [one.key for one in await bench.jobs.listed(**which)]

    assert (await bench.jobs.listed())[0] == row
    assert await keys() == ["now", "soon", "late"]
    assert await keys(kind=KIND) == ["now", "late"]
    assert await keys(state=WAITING) == ["soon", "late"]
    assert await keys(due_before=now + 9 * SECOND) == ["now", "soon"]
    assert await keys(kind="other", state=RUNNING) == []
    assert await keys(limit=1) == ["now"]


@pytest.mark.gen_test
async def test_it_is_idle_when_nothing_is_due_or_running(bench: Bench) -> None:
    now = bench.hand()
    assert await bench.jobs.is_idle(now)
    await bench.add("a")
    assert not await bench.jobs.is_idle(now)
    assert not await bench.jobs.is_idle(now, KIND)
    assert await bench.jobs.is_idle(now, "other")
    await _claimed(bench)
    assert not await bench.jobs.is_idle(now, KIND)
    await bench.jobs.finish(["a"], "p1", now)
    await bench.add("b", 1)
    assert await bench.jobs.is_idle(now)


@pytest.mark.gen_test
async def test_a_job_that_is_claimed_or_put_back_meanwhile_is_seen(bench: Bench) -> None:
    """Between looking for what waits and for what runs it becomes the other."""
    await bench.add("a")
    rows, look = bench.jobs._jobs, bench.jobs._jobs.find_one
    turns: list[str] = []

    async def turning(query: Any, projection: Any = None) -> Any:
        found = await look(query, projection)
        if turns:
            await rows.update({"_id": "a"}, {"$set": {"state": turns.pop()}})
        return found

    rows.find_one = turning  # type: ignore[method-assign]
    for state, other in ((WAITING, RUNNING), (RUNNING, WAITING)):
        await rows.update({"_id": "a"}, {"$set": {"state": state}})
        turns.append(other)
        assert not await bench.jobs.is_idle(bench.hand())
        assert not turns
