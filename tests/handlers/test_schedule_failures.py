"""Firings that fail, that are slow, and that may not go out (contract 3.7)."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from models.failed_tasks import NewFailure
from services import failed_tasks
from tests.conftest import HandClock, StoreUris, settings_for
from tests.handlers.schedule_calls import (
    AGAIN_AT_ONCE,
    PATH,
    START,
    change,
    make,
    worker,
)
from tests.receivers import Receiver, Reply, eventually
from tests.sites import Site, until, within


@pytest.fixture
def site(
    io_loop: Any, store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> Iterator[Site]:
    settings = settings_for(database_name, **AGAIN_AT_ONCE)
    with within(io_loop, Site(settings, store_uris, wall=hand_clock)) as made:
        yield made


@pytest.mark.gen_test
async def test_what_fails_is_tried_six_times_and_kept_and_begun_anew(
    site: Site, hand_clock: HandClock
) -> None:
    who = await worker(site)
    async with Receiver() as receiver:
        receiver.always = Reply(500)
        made = await make(
            site, who, endpoint=receiver.url(), next_send_at=START, auth_token="t", payload=[1]
        )
        got = await receiver.has(6)
        assert len({(one.key, one.body, one.headers["Authorization"]) for one in got}) == 1

        async def rows() -> list[dict[str, Any]]:
            listed = await site.request("GET", "/api/v1/failed-tasks/", who)
            found: list[dict[str, Any]] = listed.json["results"]
            return found

        await eventually(lambda: _has(rows, 1))
        (row,) = await rows()
        assert row == {
            "url": f"{site.base}/api/v1/failed-tasks/{row['id']}/",
            "id": row["id"],
            "schedule": made["url"],
            "subscription": None,
            "subscription_id": None,
            "task_id": got[0].key,
            "initiated_at": START,
            "reason": f"500 Internal Server Error for url: {receiver.url()}",
        }
        one = await site.request("GET", f"/api/v1/failed-tasks/{row['id']}/", who)
        assert (one.status, one.json) == (200, row)
        await change(site, who, made, enabled=False)
        again = {"requeued_failed_tasks": True}
        answer = await site.request("POST", "/api/v1/failed-tasks/", who, body=b"")
        assert (answer.status, answer.json, await rows()) == (201, again, [row])
        await change(site, who, made, enabled=True, payload=[2], frequency=None)
        await site.request("POST", "/api/v1/failed-tasks/", who)
        got = await receiver.has(12)
        assert {(one.key, one.body) for one in got[6:]} == {(row["task_id"], b"[2]")}
        await eventually(lambda: _has(rows, 1))
        receiver.always = Reply(204)
        await site.request("POST", "/api/v1/failed-tasks", who)
        await receiver.has(13)
        assert await rows() == []


@pytest.mark.gen_test
async def test_many_are_begun_anew_in_stretches_that_end(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failed_tasks, "AT_ONCE", 2)
    who, failed = await worker(site), site.app.schedules.failed
    async with Receiver() as receiver:
        made = await make(site, who, endpoint=receiver.url(), next_send_at=START, enabled=False)
        number = int(made["url"].split("/")[-2])
        for n in range(5):
            await failed.add(
                NewFailure(task_id=f"t{n}", initiated_at=0, reason="x", schedule=number)
            )

        async def left() -> int:
            listed = await site.request("GET", "/api/v1/failed-tasks/", who)
            return int(listed.json["count"])

        answer = await site.request("POST", "/api/v1/failed-tasks/", who)
        assert answer.status == 201
        jobs = site.carillon.database.collection("jobs")
        over = {"kind": failed_tasks.REQUEUE, "state": "done"}
        await eventually(lambda: _count(jobs, over, 2))
        assert await left() == 5, "a disabled schedule's are left, and not walked for ever"
        await change(site, who, made, enabled=True, frequency=None)
        await site.request("POST", "/api/v1/failed-tasks/", who)
        got = await receiver.has(5)
        assert {one.key for one in got} >= {f"t{n}" for n in range(5)}
        await eventually(lambda: _is(left, 0))


async def _count(collection: Any, query: dict[str, Any], count: int) -> bool:
    return bool(await collection.count(query) == count)


async def _is(count: Any, wanted: int) -> bool:
    return bool(await count() == wanted)


async def _has(rows: Any, count: int) -> bool:
    return len(await rows()) == count


@pytest.mark.gen_test
async def test_a_deleted_schedule_calls_nobody_and_leaves_no_rows(
    site: Site, hand_clock: HandClock
) -> None:
    who = await worker(site)
    async with Receiver() as receiver:
        receiver.always = Reply(503, {"Retry-After": "60"})
        made = await make(site, who, endpoint=receiver.url(), next_send_at=START)
        await receiver.has(1)
        jobs = site.carillon.database.collection("jobs")
        at = hand_clock() + 60_000_000
        await eventually(lambda: _found(jobs, {"kind": "calls.call", "due_at": at}))
        await site.request("DELETE", f"{PATH}{made['id']}/", who)
        hand_clock.move(61)
        await eventually(lambda: _found(jobs, {"kind": "calls.call", "state": "done"}))
        await receiver.has(1)
        listed = await site.request("GET", "/api/v1/failed-tasks/", who)
        assert listed.json["count"] == 0


async def _found(collection: Any, query: dict[str, Any]) -> bool:
    return await collection.find_one(query) is not None


@pytest.mark.gen_test(timeout=40)
async def test_a_slow_receiver_does_not_hold_up_others(site: Site, hand_clock: HandClock) -> None:
    who = await worker(site)
    gate = asyncio.Event()
    async with Receiver() as slow, Receiver() as fast:
        slow.always = Reply(200, gate=gate)
        for _ in range(20):
            await make(site, who, endpoint=slow.url(), next_send_at="2027-01-15T08:00:01Z")
        hand_clock.move(2)
        await until(lambda: len(slow.got) >= 5)
        await make(site, who, endpoint=fast.url(), next_send_at=START)
        await fast.has(1)
        assert len(slow.got) == 5
        gate.set()
        while len(slow.got) < 20:  # those that were put off are due a second later
            hand_clock.move(1)
            await asyncio.sleep(0.1)
        await slow.has(20)


@pytest.mark.gen_test
async def test_loopback_is_called_only_while_mongodb_is_embedded_or_it_is_allowed(
    store_uris: StoreUris, database_name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "carillon")
    past = "2020-01-01T00:00:00Z"
    real = {"CARILLON_MONGODB_URI": store_uris.mongodb}
    async with Receiver() as receiver:
        async with Site(settings_for(database_name, **real), store_uris) as site:
            who = await worker(site)
            await make(site, who, endpoint=receiver.url(), next_send_at=past)

            async def is_kept() -> bool:
                listed = await site.request("GET", "/api/v1/failed-tasks/", who)
                reasons = [row["reason"] for row in listed.json["results"]]
                return reasons == [f"calls to 127.0.0.1, port {receiver.port}, are not allowed"]

            await eventually(is_kept)
            assert receiver.got == []
            assert "loopback" not in caplog.text
        allowed = {**real, "CARILLON_OUTBOUND_ALLOW": f"127.0.0.1:{receiver.port}"}
        async with Site(settings_for(database_name, **allowed), store_uris) as site:
            again = await site.person("again", rights=("services",))
            await site.request("POST", "/api/v1/failed-tasks/", again)
            await receiver.has(1)
        async with Site(settings_for(database_name), store_uris) as site:
            assert "calls out may go to this host's loopback" in caplog.text
