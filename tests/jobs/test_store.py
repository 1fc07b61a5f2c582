"""The job store: keys, order, claims with leases and fences, and every way out of a claim."""

import asyncio
from datetime import UTC

import pytest

from domain.clock import DAY, SECOND
from domain.jobs import DEAD, DONE, RUNNING, WAITING, Job
from models.jobs import CLAIMED_AT_ONCE
from tests.jobs.parts import KIND, Bench

KINDS = [KIND]
LEASE_US = 2 * SECOND


async def _claimed(bench: Bench, by: str = "p1") -> Job:
    """The one job that is due, claimed."""
    [job] = await bench.jobs.due(bench.hand(), KINDS)
    return await _claim(bench, job, by)


async def _claim(bench: Bench, job: Job, by: str) -> Job:
    now = bench.hand()
    claimed = await bench.jobs.claim(job, by, now, now + LEASE_US)
    assert claimed is not None
    return claimed


@pytest.mark.gen_test
async def test_a_job_is_added_once_under_its_key(bench: Bench) -> None:
    assert await bench.add("a") is True
    assert await bench.jobs.add("a", KIND, 1, {"other": 1}) is False
    assert await bench.jobs.due(bench.hand(), KINDS) == [
        Job("a", KIND, bench.hand(), {"for": "a"}, attempts=0, fence=0)
    ]
    assert await bench.jobs.finish(await _claimed(bench), bench.hand())
    assert await bench.add("a") is False, "the key of a job that is done stays used"


@pytest.mark.gen_test
async def test_due_are_those_whose_time_has_come_the_longest_due_first(bench: Bench) -> None:
    for key, in_s in [("late", 0.000001), ("now", 0), ("soon", 5), ("old", -9), ("older", -99)]:
        await bench.add(key, in_s)
    assert [job.key for job in await bench.jobs.due(bench.hand(), KINDS)] == ["older", "old", "now"]
    bench.hand.move(5)
    due = [job.key for job in await bench.jobs.due(bench.hand(), KINDS)]
    assert due == ["older", "old", "now", "late", "soon"]


@pytest.mark.gen_test
async def test_the_next_due_job_is_looked_for_in_a_window(bench: Bench) -> None:
    now = bench.hand()
    for key, in_s in [("past", -1), ("now", 0), ("third", 3), ("second", 2)]:
        await bench.add(key, in_s)
    await bench.add("foreign", 1, kind="foreign")
    assert await bench.jobs.next_due(now, now + 9 * SECOND, KINDS) == now + 2 * SECOND
    assert await bench.jobs.next_due(now, now + 2 * SECOND, KINDS) is None
    assert await bench.jobs.next_due(now, now + 9 * SECOND, []) is None


@pytest.mark.gen_test
async def test_unknown_kinds_are_left_alone_and_hide_nobody(bench: Bench) -> None:
    await asyncio.gather(
        *(bench.add(f"x{n}", -9, kind="foreign") for n in range(CLAIMED_AT_ONCE + 1))
    )
    await bench.add("ours")
    assert [job.key for job in await bench.jobs.due(bench.hand(), KINDS)] == ["ours"]


@pytest.mark.gen_test
async def test_one_of_many_claims(bench: Bench) -> None:
    await bench.add("a")
    now = bench.hand()
    [job] = await bench.jobs.due(now, KINDS)
    claims = [bench.jobs.claim(job, f"p{n}", now, now + LEASE_US) for n in range(8)]
    won = [claimed for claimed in await asyncio.gather(*claims) if claimed is not None]
    assert won == [Job("a", KIND, now, {"for": "a"}, attempts=1, fence=1)]
    row = await bench.row("a")
    assert (row["state"], row["lease_until"]) == (RUNNING, now + LEASE_US)
    assert await bench.jobs.due(now, KINDS) == []


@pytest.mark.gen_test
async def test_a_lease_that_ran_out_is_taken_over_with_a_higher_fence(bench: Bench) -> None:
    await bench.add("a")
    late = await _claimed(bench, "late")
    bench.hand.move(2)
    assert await bench.jobs.due(bench.hand(), KINDS) == [], "its last moment is still its own"
    bench.hand.move(0.001)
    taken = await _claimed(bench, "fresh")
    assert (taken.fence, taken.attempts) == (2, 2)
    now = bench.hand()
    assert not await bench.jobs.renew(late, now + LEASE_US)
    assert not await bench.jobs.finish(late, now)
    assert not await bench.jobs.retry(late, now, "late")
    assert not await bench.jobs.put_back(late, now, "late")
    assert not await bench.jobs.bury(late, "late")
    assert (await bench.row("a"))["lease_by"] == "fresh"
    assert await bench.jobs.finish(taken, now)
    assert await bench.state("a") == DONE


@pytest.mark.gen_test
async def test_a_lease_that_was_renewed_meanwhile_is_not_taken(bench: Bench) -> None:
    await bench.add("a")
    owned = await _claimed(bench, "owner")
    bench.hand.move(2.001)
    [seen] = await bench.jobs.due(bench.hand(), KINDS)
    now = bench.hand()
    assert await bench.jobs.renew(owned, now + LEASE_US)
    assert await bench.jobs.claim(seen, "thief", now, now + LEASE_US) is None
    assert await bench.jobs.finish(owned, now)


@pytest.mark.gen_test
async def test_a_retry_waits_and_counts(bench: Bench) -> None:
    await bench.add("a")
    now = bench.hand()
    assert await bench.jobs.retry(await _claimed(bench), now + SECOND, "no luck")
    row = await bench.row("a")
    assert (row["state"], row["error"], row["lease_by"]) == (WAITING, "no luck", None)
    assert await bench.jobs.due(now, KINDS) == []
    bench.hand.move(1)
    claimed = await _claimed(bench)
    assert (claimed.attempts, claimed.fence) == (2, 2)


@pytest.mark.gen_test
async def test_what_is_put_back_has_not_used_up_an_attempt(bench: Bench) -> None:
    await bench.add("a")
    assert await bench.jobs.put_back(await _claimed(bench), bench.hand(), "away")
    claimed = await _claimed(bench)
    assert (claimed.attempts, claimed.fence) == (1, 2)


@pytest.mark.gen_test
async def test_the_dead_stay_and_the_done_go_after_a_day(bench: Bench) -> None:
    await bench.add("a")
    assert await bench.jobs.bury(await _claimed(bench), "hopeless")
    row = await bench.row("a")
    assert (row["state"], row["error"], "expires" in row) == (DEAD, "hopeless", False)
    await bench.add("b")
    assert await bench.jobs.finish(await _claimed(bench), bench.hand())
    expires = (await bench.row("b"))["expires"]
    assert expires.replace(tzinfo=UTC).timestamp() == (bench.hand() + DAY) / SECOND
    bench.hand.move(99)
    assert await bench.jobs.due(bench.hand(), KINDS) == []


@pytest.mark.gen_test
async def test_no_more_than_a_batch_at_once(bench: Bench) -> None:
    await asyncio.gather(*(bench.add(f"k{n:03}", -n) for n in range(CLAIMED_AT_ONCE + 5)))
    due = await bench.jobs.due(bench.hand(), KINDS)
    assert len(due) == CLAIMED_AT_ONCE
    assert due[0].key == f"k{CLAIMED_AT_ONCE + 4:03}"
