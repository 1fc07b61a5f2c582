"""Runners on one store: what runs, how often, how many at once, and what failing and ending do."""

import asyncio

import pytest

from domain.errors import Unavailable
from domain.jobs import (
    Job,
    Kind,
    TryAgain,
)
from jobs import looking
from tests.jobs.parts import KIND, Bench, Work, nothing, raising


@pytest.mark.gen_test
async def test_what_is_due_runs_and_the_rest_is_timed(bench: Bench) -> None:
    ran: list[str] = []

    async def note(job: Job) -> None:
        assert job.body == {"for": job.key}
        ran.append(job.key)

    worker = bench.worker(note)
    assert await worker.turn() == looking.LOOK_S
    await bench.add("now")
    await bench.add("soon", 0.4)
    await bench.add("later", 40)
    assert await worker.turn() == pytest.approx(0.4)
    await bench.eventually("now", "done")
    bench.hand.move(0.4)
    await worker.runner.run_due()
    await bench.eventually("soon", "done")
    assert ran == ["now", "soon"]


@pytest.mark.gen_test
async def test_what_was_added_is_heard_of_before_the_next_look(bench: Bench) -> None:
    worker = bench.worker(nothing)
    bench.jobs.on_added(worker.runner.hear)
    await worker.turn()
    await bench.add("foreign", kind="of.tomorrow")
    await bench.add("soon", 0.25)
    await bench.add("much later", 100)
    assert await worker.runner.run_due() == pytest.approx(0.25)
    bench.hand.move(0.25)
    await worker.runner.run_due()
    await bench.eventually("soon", "done")
    assert len(worker.runner._agenda) == 0


@pytest.mark.gen_test
async def test_a_clock_that_jumps_fires_what_is_due_by_it(bench: Bench) -> None:
    worker = bench.worker(nothing)
    await bench.add("a", 7200)
    assert await worker.turn() == looking.LOOK_S
    bench.hand.move(7200)
    await worker.run_all()
    assert await bench.state("a") == "done"
    bench.clock.stamp()
    bench.hand.move(-7200)
    await bench.add("b", 1)
    await worker.run_all()
    assert await bench.state("b") == "waiting", "stamps do not go back, calendars do"
    bench.hand.move(1)
    await worker.run_all()
    assert await bench.state("b") == "done"


@pytest.mark.gen_test
async def test_each_job_runs_in_one_of_two_runners(bench: Bench) -> None:
    ran: list[str] = []

    async def note(job: Job) -> None:
        ran.append(job.key)

    keys = [f"k{n}" for n in range(40)]
    await asyncio.gather(*(bench.add(key) for key in keys))
    one, other = bench.worker(note), bench.worker(note)
    while len(ran) < len(keys):
        await asyncio.gather(one.turn(), other.turn())
    for key in keys:
        await bench.eventually(key, "done")
    assert sorted(ran) == sorted(keys)


@pytest.mark.gen_test
async def test_no_more_at_once_than_there_is_room(bench: Bench) -> None:
    hall = bench.hall()
    await asyncio.gather(*(bench.add(f"k{n}") for n in range(7)))
    worker = bench.worker(hall.work, concurrency=4)
    assert await worker.turn() == looking.LOOK_S, "with no room it waits to be nudged"
    await hall.holds(3)
    nudged = asyncio.Event()
    worker.runner.nudge = nudged.set
    hall.gate.set()
    await nudged.wait()
    for n in range(7):
        await worker.runner.run_due()
        await bench.eventually(f"k{n}", "done")
    assert hall.most == 3, "one place is kept for other kinds"


@pytest.mark.gen_test
async def test_a_kind_may_have_a_limit_of_its_own(bench: Bench) -> None:
    hall, other = bench.hall(), bench.hall()
    kinds = {KIND: Kind(hall.work, at_once=1), "other": Kind(other.work)}
    for n in range(3):
        await bench.add(f"k{n}")
        await bench.add(f"o{n}", kind="other")
    await bench.worker(kinds).turn()
    await hall.holds(1)
    await other.holds(3)
    hall.gate.set()
    other.gate.set()


@pytest.mark.gen_test
async def test_a_flood_of_one_kind_does_not_hold_up_another(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "READ_AT_ONCE", 10)
    due = bench.jobs.due

    async def ten(until: int, kinds: list[str]) -> object:
        return await due(until, kinds, 10)

    monkeypatch.setattr(bench.jobs, "due", ten)
    ran: list[str] = []

    async def note(job: Job) -> None:
        ran.append(job.key)

    await asyncio.gather(*(bench.add(f"flood{n}", -99) for n in range(35)))
    await bench.add("one", -1, kind="other")
    worker = bench.worker({KIND: Kind(note), "other": Kind(note)}, concurrency=2)
    await worker.run_all()
    assert "one" in ran
    assert len(ran) <= 3
    await bench.add("two", 0, kind="other")
    await worker.run_all()
    assert "two" in ran, "it is looked for apart from the flood"
    while len(ran) < 37:
        await worker.runner.refill()
        await worker.run_all()
    assert len(set(ran)) == len(ran) == 37


@pytest.mark.gen_test
async def test_a_flood_is_read_in_windows_however_far_apart_it_lies(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "READ_AT_ONCE", 10)
    due, untils = bench.jobs.due, []

    async def ten(until: int, kinds: list[str]) -> object:
        untils.append(until)
        return await due(until, kinds, 10)

    monkeypatch.setattr(bench.jobs, "due", ten)
    ran: list[str] = []

    async def note(job: Job) -> None:
        ran.append(job.key)

    dense = [bench.add(f"dense{n}", -9_000 + n / 1_000) for n in range(15)]
    sparse = [bench.add(f"sparse{n}", -5_000 + 400 * n) for n in range(12)]
    await asyncio.gather(*dense, *sparse)
    worker = bench.worker({KIND: Kind(note)}, concurrency=3)
    await worker.run_all()
    most = untils[-1]
    while len(ran) < 27:
        before = len(ran)
        await worker.runner.refill()
        await worker.run_all()
        assert len(ran) > before, "each reading finds more"
    assert len(set(ran)) == 27
    assert min(untils) < most - 8_000_000_000, "a dense flood is read in a narrow window"


@pytest.mark.gen_test
async def test_what_another_version_added_is_left_to_it(bench: Bench) -> None:
    await bench.add("foreign", -9, kind="of.tomorrow")
    worker = bench.worker(nothing)
    assert await worker.turn() == looking.LOOK_S, "and it is not looked at again and again"
    row = await bench.row("foreign")
    assert (row["state"], row["attempts"]) == ("waiting", 0)


# Failing


@pytest.mark.gen_test
async def test_stopping_waits_for_what_runs_and_startsnothing_more(bench: Bench) -> None:
    hall = bench.hall()
    worker = bench.worker(hall.work)
    runner = worker.runner
    await bench.add("a")
    await runner.look()
    await runner.run_due()
    await hall.holds(1)
    stopping = asyncio.create_task(worker.runner.stop(5))
    await asyncio.sleep(0)
    await bench.add("b")
    await runner.look()
    await runner.run_due()
    assert not stopping.done()
    hall.gate.set()
    await stopping
    assert (await bench.state("a"), await bench.state("b")) == ("done", "waiting")
    await worker.runner.stop(5)


@pytest.mark.gen_test
@pytest.mark.expects_log("job a did not end in time and is left")
async def test_what_does_not_end_in_time_is_another_s_at_once(bench: Bench) -> None:
    hall = bench.hall()
    worker = bench.worker(hall.work)
    await bench.add("a")
    await worker.turn()
    await hall.holds(1)
    await worker.runner.stop(0.02)
    assert (hall.inside, hall.done) == ([], [])
    assert await bench.processes.all() == []
    await bench.worker(nothing).turn()
    assert (await bench.eventually("a", "done"))["fence"] == 2


@pytest.mark.parametrize("work", [nothing, raising(TryAgain("no luck"))])
@pytest.mark.gen_test
@pytest.mark.expects_log("job a failed")
async def test_what_ended_while_the_store_was_away_is_written_down_later(
    bench: Bench, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> int:
        raise Unavailable

    worker = bench.worker(work)
    await bench.add("a")
    with monkeypatch.context() as patch:
        patch.setattr(bench.jobs, "finish", away)
        patch.setattr(bench.jobs, "retry", away)
        with pytest.raises(Unavailable):
            await worker.run_all()
    assert await bench.state("a") == "running"
    await worker.watch.sweep()
    assert await bench.state("a") == "running", "it is known to have ended"
    await worker.runner.endings.write()
    assert await bench.state("a") == ("done" if work is nothing else "waiting")


@pytest.mark.gen_test
@pytest.mark.expects_log("what was done last is left to be done again")
async def test_a_store_that_is_away_does_not_hold_up_the_end(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> int:
        raise Unavailable

    worker = bench.worker(nothing)
    await bench.add("a")
    monkeypatch.setattr(bench.jobs, "finish", away)
    await worker.turn()
    await worker.runner.stop(5)
    assert await bench.state("a") == "running"
