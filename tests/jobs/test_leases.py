"""Leases of processes: who is taken for gone, and what becomes of the jobs he held."""

import asyncio

import pytest

from domain.errors import Unavailable
from domain.jobs import Job
from jobs.leases import RENEWED_EVERY
from tests.jobs.parts import LEASE_S, Bench, Hall, Worker
from tests.sites import until


async def _nothing(_: Job) -> None: ...


async def _holding(bench: Bench) -> tuple[Worker, Hall]:
    """A process that runs the job ``a`` and does not come to its end."""
    hall = bench.hall()
    worker = bench.worker(hall.work)
    await bench.add("a")
    await worker.watch.step()
    await worker.turn()
    await hall.holds(1)
    return worker, hall


@pytest.mark.gen_test
async def test_the_job_of_a_silent_process_is_free_after_its_lease(bench: Bench) -> None:
    await _holding(bench)
    other = bench.worker(_nothing)
    bench.hand.move(LEASE_S + 0.01)
    await other.watch_for(LEASE_S / 3)
    assert await bench.state("a") == "running", "by its own clock it would be over: who knows"
    await other.watch_for(LEASE_S / 2)
    assert await bench.state("a") == "waiting"
    await other.turn()
    assert (await bench.eventually("a", "done"))["fence"] == 2


@pytest.mark.gen_test
async def test_a_clock_that_is_behind_only_makes_it_a_little_later(bench: Bench) -> None:
    await _holding(bench)
    other = bench.worker(_nothing)
    bench.hand.move(-3600)
    await other.watch_for(LEASE_S - other.lease.pause_s)
    assert await bench.state("a") == "running"
    await other.watch_for(3 * other.lease.pause_s)
    assert await bench.state("a") == "waiting"


@pytest.mark.gen_test
async def test_who_renews_keeps_what_he_has_whatever_the_clocks_say(bench: Bench) -> None:
    worker, hall = await _holding(bench)
    other = bench.worker(_nothing)
    for jump_s in (0, 3600, -7200):
        bench.hand.move(jump_s)
        for _ in range(12):
            await worker.watch_for(0)
            await other.watch_for(0)
    assert await bench.state("a") == "running"
    hall.gate.set()
    assert (await bench.eventually("a", "done"))["fence"] == 1


@pytest.mark.gen_test
async def test_who_was_away_himself_takes_nobody_for_gone(bench: Bench) -> None:
    await _holding(bench)
    other = bench.worker(_nothing)
    await other.watch.step()
    bench.hand.move(60)
    other.measure.at_s += 60
    await other.watch.step()
    assert await bench.state("a") == "running"


@pytest.mark.gen_test
@pytest.mark.expects_log("this process was too slow")
@pytest.mark.expects_log("job a was taken over by another process")
async def test_who_lost_his_lease_stops_and_goes_on_under_another_name(bench: Bench) -> None:
    late, hall = await _holding(bench)
    other = bench.worker(_nothing)
    await other.watch_for(2 * LEASE_S)
    await late.watch.step()
    await late.watch.step()
    await hall.holds(0)
    assert hall.done == []
    assert late.lease.process == "p0.2"
    await other.turn()
    await bench.eventually("a", "done")
    await bench.add("b")
    await late.turn()
    await hall.holds(1)
    assert (await bench.row("b"))["lease_by"] == "p0.2"
    hall.gate.set()
    await bench.eventually("b", "done")


async def _renew_every(seconds: float, slow: Worker, other: Worker) -> None:
    """Let a process be so slow once, while another one watches."""
    await other.watch_for(seconds)
    slow.measure.at_s += seconds
    for _ in range(RENEWED_EVERY):
        await slow.watch.step()


@pytest.mark.gen_test
@pytest.mark.expects_log("this process was too slow")
@pytest.mark.expects_log("job a was taken over by another process")
async def test_who_is_only_slow_loses_its_lease_once(bench: Bench) -> None:
    slow, hall = await _holding(bench)
    other = bench.worker(_nothing)
    await _renew_every(2 * LEASE_S, slow, other)
    await hall.holds(0)
    await slow.turn()
    await hall.holds(1)
    for _ in range(5):
        await _renew_every(2 * LEASE_S, slow, other)
    assert slow.lease.process == "p0.2"
    assert await bench.state("a") == "running"
    hall.gate.set()
    assert (await bench.eventually("a", "done"))["lease_by"] == "p0.2"


@pytest.mark.gen_test
@pytest.mark.expects_log("this process was too slow")
async def test_what_was_claimed_under_a_lost_name_is_found(bench: Bench) -> None:
    late, other = bench.worker(_nothing), bench.worker(_nothing)
    name = await late.lease.hold()
    await other.watch_for(2 * LEASE_S)
    await bench.add("a")
    await late.watch.step()
    assert await bench.jobs.claim(["a"], name, bench.hand()), "a command that was on its way"
    for worker in (late, other):
        await worker.watch.step()
    assert await bench.state("a") == "running", "what it held was released before"
    await other.watch.sweep()
    assert await bench.state("a") == "waiting"


@pytest.mark.gen_test
async def test_the_sweep_finds_jobs_of_processes_that_are_forgotten(bench: Bench) -> None:
    worker, hall = await _holding(bench)
    await bench.add("b")
    await bench.jobs.claim(["b"], "forgotten", bench.hand())
    looks: list[int] = []
    worker.runner.look_soon = lambda: looks.append(1)
    await worker.watch.sweep()
    assert (await bench.state("a"), await bench.state("b")) == ("running", "waiting")
    assert looks == [1]
    hall.gate.set()


@pytest.mark.gen_test
async def test_the_sweep_finds_what_was_claimed_without_hearing_of_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = bench.worker(_nothing)
    claim = bench.jobs.claim

    async def lost(*given: object) -> list[Job]:
        await claim(*given)  # type: ignore[arg-type]
        raise Unavailable

    await bench.add("a")
    with monkeypatch.context() as patch:
        patch.setattr(bench.jobs, "claim", lost)
        with pytest.raises(Unavailable):
            await worker.turn()
    assert await bench.state("a") == "running"
    await worker.watch.sweep()
    await worker.run_all()
    assert (await bench.row("a"))["state"] == "done"


@pytest.mark.gen_test
async def test_two_watchers_release_once_and_a_row_is_forgotten_after_a_day(bench: Bench) -> None:
    await _holding(bench)
    others = [bench.worker(_nothing), bench.worker(_nothing)]
    for _ in range(16):
        await asyncio.gather(*(other.watch_for(0) for other in others))
    await others[0].turn()
    await bench.eventually("a", "done")
    assert len(await bench.processes.gone(0)) == 1
    bench.hand.move(86_400 + 10)
    for other in others:
        await other.watch.step()
    await others[0].watch.step()
    assert sorted(one.process for one in await bench.processes.all()) == ["p1", "p2"]


@pytest.mark.gen_test
async def test_a_process_begins_once_whoever_asks_first(bench: Bench) -> None:
    worker = bench.worker(_nothing)
    names = await asyncio.gather(*(worker.lease.hold() for _ in range(5)))
    assert set(names) == {"p0"}
    assert [one.process for one in await bench.processes.all()] == ["p0"]


@pytest.mark.gen_test
async def test_who_ends_is_not_waited_for(bench: Bench) -> None:
    worker = bench.worker(_nothing)
    await worker.watch.step()
    await worker.lease.end()
    await worker.lease.end()
    assert await bench.processes.all() == []
    await until(lambda: worker.lease.process is None)
