"""A firing is taken once and carried out whatever dies in between (ADR 16)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from domain.clock import SECOND
from domain.jobs import Job
from domain.schedules import Fired, Schedule
from domain.windows import Window
from tests.conftest import HandClock, StoreUris
from tests.receivers import Receiver, Reply
from tests.services.houses import House

MINUTE = 60 * SECOND
CRON = {"cron_definition": "* * * * *", "payload": '{"n":1}', "auth_token": "one"}


@asynccontextmanager
async def two_houses(
    name: str, uris: StoreUris, clock: HandClock
) -> AsyncIterator[tuple[House, House]]:
    async with House(name, uris, clock) as one, House(name, uris, clock) as two:
        yield one, two


async def pending(house: House, schedule: int) -> Job:
    """The job of a schedule's pending firing, as whoever claims it has it."""
    found = await house.app.schedules.get(schedule)
    key = f"schedule:{schedule}:{found.arm}"
    row = await house.carillon.database.collection("jobs").find_one({"_id": key})
    assert row is not None
    assert row["due_at"] == found.next_send_at
    return Job(key, row["kind"], row["due_at"], row["body"])


async def change(house: House, schedule: Schedule, **given: Any) -> Schedule:
    owner = await house.user(f"owner{schedule.version}", is_admin=True)
    return await house.app.schedules.change(owner, schedule.id, given, partial=True)


@pytest.mark.gen_test
async def test_of_many_that_take_it_one_fires(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    async with two_houses(database_name, store_uris, hand_clock) as (one, two), Receiver() as there:
        made = await one.app.schedules.create(None, {**CRON, "endpoint": there.url()})
        job = await pending(one, made.id)
        hand_clock.move(60)
        fires = [house.app.schedules.firing.fire(job) for house in (one, two) * 4]
        await asyncio.gather(*fires)
        keys = {got.key for got in there.got}
        assert keys == {job.body["id"]}
        after = await one.app.schedules.get(made.id)
        assert (after.fired, after.open, after.next_send_at) == (1, (), hand_clock() + MINUTE)
        await two.app.schedules.firing.fire(job)  # a late one finds nothing to do
        assert len({got.key for got in there.got}) == 1
        assert (await one.app.schedules.get(made.id)) == after


@pytest.mark.gen_test
@pytest.mark.parametrize("dies_at", ["effect", "post"])
async def test_who_dies_after_taking_it_is_followed_by_the_same_call(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock, dies_at: str
) -> None:
    """The same key goes with the same body, whatever was edited meanwhile."""
    async with two_houses(database_name, store_uris, hand_clock) as (one, two), Receiver() as there:
        made = await one.app.schedules.create(None, {**CRON, "endpoint": there.url()})
        job = await pending(one, made.id)
        hand_clock.move(60)
        reached, never = asyncio.Event(), asyncio.Event()

        async def stand_still(fired: Fired) -> None:
            reached.set()
            await never.wait()

        if dies_at == "effect":
            one.app.schedules.firing.on_firing(stand_still)
        else:
            there.answers = [Reply(gate=never)]
        dying = asyncio.create_task(one.app.schedules.firing.fire(job))
        if dies_at == "effect":
            await reached.wait()
        else:
            await there.has(1)
        dying.cancel()
        await asyncio.wait([dying])
        await change(two, made, payload='{"n":2}', auth_token="two", endpoint=there.url("/moved"))
        hand_clock.move(60)
        later = await pending(two, made.id)
        await two.app.schedules.firing.fire(later)  # the next one is taken before it is done again
        await two.app.schedules.firing.fire(job)
        never.set()
        got = [one for one in there.got if one.key == job.body["id"]]
        assert len(got) == (2 if dies_at == "post" else 1)
        assert {(g.path, g.body, g.headers["Authorization"]) for g in got} == {
            ("/hook", b'{"n":1}', "Token one")
        }
        (moved,) = (one for one in there.got if one.key == later.body["id"])
        assert (moved.path, moved.body) == ("/moved", b'{"n":2}')
        after = await one.app.schedules.get(made.id)
        assert (after.fired, after.open) == (2, ())


@pytest.mark.gen_test
async def test_edits_and_firings_at_once_have_one_winner_each(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    async with two_houses(database_name, store_uris, hand_clock) as (one, two), Receiver() as there:
        owner = await one.user("owner", is_admin=True)
        made = await one.app.schedules.create(
            None, {**CRON, "endpoint": there.url(), "frequency": 1}
        )
        job = await pending(one, made.id)
        hand_clock.move(60)
        edits = [
            two.app.schedules.change(owner, made.id, {"payload": f"[{n}]"}, partial=True)
            for n in range(8)
        ]
        await asyncio.gather(one.app.schedules.firing.fire(job), *edits)
        assert len(there.got) == 1
        after = await one.app.schedules.get(made.id)
        assert (after.fired, after.enabled, after.next_send_at) == (1, False, None)
        assert after.version >= 10


@pytest.mark.gen_test
async def test_a_job_that_was_lost_is_made_again(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    async with House(database_name, store_uris, hand_clock) as house, Receiver() as there:
        made = await house.app.schedules.create(None, {**CRON, "endpoint": there.url()})
        jobs = house.carillon.database.collection("jobs")
        await jobs.delete({})
        hand_clock.move(65)
        await house.app.schedules.recover()
        assert await jobs.count({}) == 0, "it may still be on its way"
        hand_clock.move(10)
        await house.app.schedules.recover()
        await house.app.schedules.recover()
        assert await jobs.count({}) == 1
        await house.app.schedules.firing.fire(await pending(house, made.id))
        assert len(there.got) == 1


@pytest.mark.gen_test
async def test_an_edit_leaves_no_job_of_what_was_pending(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    async with House(database_name, store_uris, hand_clock) as house:
        made = await house.app.schedules.create(None, {**CRON, "endpoint": "http://x/"})
        first = await pending(house, made.id)
        moved = await change(house, made, cron_definition="0 0 * * *")
        back = await change(house, moved, cron_definition="* * * * *")
        last = await pending(house, made.id)
        assert (first.due_at, first.key != last.key) == (last.due_at, True)
        rows = await house.carillon.database.collection("jobs").find({})
        assert sorted(row["state"] for row in rows) == ["cancelled", "cancelled", "waiting"]
        same = await change(house, back, payload="[]")
        assert replace(same, payload="", version=0, updated_at=0, updated_by=0) == replace(
            back, payload="", version=0, updated_at=0, updated_by=0
        )


@pytest.mark.gen_test
async def test_what_kills_its_process_each_time_is_kept_as_failed(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    async with House(database_name, store_uris, hand_clock) as house, Receiver() as there:
        schedules = house.app.schedules
        made = await schedules.create(None, {**CRON, "endpoint": there.url()})
        job = await pending(house, made.id)
        hand_clock.move(60)
        never = asyncio.Event()
        there.answers = [Reply(gate=never)]
        dying = asyncio.create_task(schedules.firing.fire(job))
        await there.has(1)
        dying.cancel()
        await asyncio.wait([dying])
        for _ in range(2):  # it may be called again
            await schedules.firing.give_up(job, "its process ended each time")
        assert (await schedules.get(made.id)).open == ()
        again = Job("k", "calls.call", 0, made.firing("by-hand", 1, 2).to_body())
        for _ in range(2):
            await schedules.firing.give_up_send(again, "the same")
        rows = (await schedules.failed.listed(Window())).items
        assert [(row["task_id"], row["reason"]) for row in rows] == [
            ("by-hand", "the same"),
            (job.body["id"], "its process ended each time"),
        ]
        never.set()
        await schedules.failed.requeue()
        assert (await schedules.failed.listed(Window())).items == []
