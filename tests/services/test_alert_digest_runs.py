"""Runs of digests that were left half done: everybody is served, and they come to their end."""

from typing import Any

import pytest

from domain.digest_windows import chosen
from domain.errors import Unavailable
from domain.jobs import Job
from domain.spans import FEW, FIRST
from models.alert_digests import Run
from services.alert_digests import RUN, SERVE, Digests
from tests.conftest import HandClock, StoreUris
from tests.services.alert_crowds import Crowd
from tests.services.houses import House


async def made(crowd: Crowd, number: int, hand_clock: HandClock) -> Run:
    """A run over a window in which one change to this list came."""
    _, change = await crowd.publish()
    await crowd.alerts.stores.contents.add_matches("content_change", change, [number])
    start = change["created_at"]
    hand_clock.move(1)
    window = chosen(start, start + 1)
    return await crowd.alerts.posting.digests.find_or_make("daily", window, is_chosen=True)


async def serve(house: House, digests: Digests) -> None:
    """Do the jobs that wait."""
    rows = await house.app.later.listed(kind=SERVE, state="waiting")
    for job in await house.stores.jobs.claim(
        [one.key for one in rows], "me", house.app.clock.wall()
    ):
        await digests.serve_job(job)


def _dying(store: Any, name: str, after: int) -> None:
    """Let a method fail once, after so many calls: as a process that dies in between."""
    real, left = getattr(store, name), after

    async def call(*args: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            vars(store)[name] = real
            raise Unavailable
        return await real(*args)

    vars(store)[name] = call


@pytest.mark.gen_test(timeout=60)
async def test_a_run_ends_although_somebody_left_while_it_lay_half_done(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    async with House(database_name, store_uris, hand_clock) as house:
        crowd = Crowd(house.carillon)
        number = await crowd.listed()
        (one,) = await crowd.subscribe(number, 1, "daily")
        run, digests = await made(crowd, number, hand_clock), crowd.alerts.posting.digests
        _dying(crowd.alerts.stores.runs, "mark_processed", 0)
        with pytest.raises(Unavailable):
            await digests.carry_out(run)
        await crowd.alerts.stores.people.subscriptions.end_all_of(one, "unsubscribed", 1)
        assert await digests.carry_out(run) == (1, 0)
        (row,) = await crowd.rows("digest_runs")
        assert row["completed_at"] is not None


@pytest.mark.gen_test(timeout=60)
async def test_a_run_that_finds_wider_windows_when_done_again_serves_all_of_them(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    async with House(database_name, store_uris, hand_clock) as house:
        crowd = Crowd(house.carillon)
        number, people = await crowd.listed(), crowd.alerts.stores.people
        many = await crowd.subscribe(number, FEW, "daily")
        await people.ids.take(FIRST)
        await crowd.subscribe(number, 1, "daily")
        await people.ids.take(FIRST)
        await crowd.subscribe(number, 1, "daily")
        run, digests = await made(crowd, number, hand_clock), crowd.alerts.posting.digests
        _dying(house.stores.jobs, "add", 2)
        job = Job("run", RUN, 0, {"run": run.id}, 1, 1)
        with pytest.raises(Unavailable):
            await digests.run_job(job)
        for one in many[:2]:  # few enough are left for the second window to be a wide one
            await people.subscriptions.end_all_of(one, "unsubscribed", 1)
        await digests.run_job(job)
        await serve(house, digests)
        assert await crowd.alerts.stores.runs.totals(run.id) == (FEW + 2, FEW)
        assert (await crowd.rows("digest_runs"))[0]["completed_at"] is not None
