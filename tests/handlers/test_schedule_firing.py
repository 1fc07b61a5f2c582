"""Firing over real sockets: what goes out, when, how often (contract 3.7; surface, "Schedules")."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tests.conftest import HandClock, StoreUris, settings_for
from tests.handlers.schedule_calls import (
    AGAIN_AT_ONCE,
    HOUR,
    MINUTE,
    PATH,
    START,
    change,
    is_due_at,
    make,
    shown,
    worker,
)
from tests.receivers import Receiver, Reply
from tests.sites import Site, until, within


@pytest.fixture
def site(
    io_loop: Any, store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> Iterator[Site]:
    settings = settings_for(database_name, **AGAIN_AT_ONCE)
    with within(io_loop, Site(settings, store_uris, wall=hand_clock)) as made:
        yield made


@pytest.mark.gen_test
async def test_a_firing_posts_the_payload_with_the_token(site: Site, hand_clock: HandClock) -> None:
    who = await worker(site)
    async with Receiver() as receiver:
        made = await make(
            site,
            who,
            endpoint=receiver.url("/a?b=c"),
            payload={"x": ["ü", 1]},
            auth_token="secret",
            cron_definition="*/5 * * * *",
        )
        assert made["next_send_at"] == "2027-01-15T08:05:00Z"
        hand_clock.move(5 * MINUTE)
        (got,) = await receiver.has(1)
        assert (got.method, got.path, got.json) == ("POST", "/a", {"x": ["ü", 1]})
        assert got.headers["Content-Type"] == "application/json"
        assert got.headers["Authorization"] == "Token secret"
        assert got.headers["Host"] == f"127.0.0.1:{receiver.port}"
        assert str(UUID(got.key)) == got.key
        await is_due_at(site, who, made, "2027-01-15T08:10:00Z")
        assert (await shown(site, who, made))["updated_at"] == made["updated_at"]
        hand_clock.move(5 * MINUTE)
        assert len({one.key for one in await receiver.has(2)}) == 2


@pytest.mark.gen_test
async def test_without_a_token_none_is_sent(site: Site, hand_clock: HandClock) -> None:
    who = await worker(site)
    async with Receiver() as receiver:
        await make(site, who, endpoint=receiver.url(), next_send_at=START, payload=None)
        (got,) = await receiver.has(1)
        assert "Authorization" not in got.headers
        assert got.body == b"null"


@pytest.mark.gen_test
async def test_once_is_once_and_frequency_ends_it(site: Site, hand_clock: HandClock) -> None:
    who = await worker(site)
    async with Receiver() as receiver:
        once = await make(
            site, who, endpoint=receiver.url("/once"), next_send_at="2027-01-15T08:00:30Z"
        )
        twice = await make(
            site,
            who,
            endpoint=receiver.url("/twice"),
            interval_definition="1 minutes",
            frequency=2,
        )
        hand_clock.move(30)
        await receiver.has(1)
        await is_due_at(site, who, once, None)
        echoed = await site.request("PUT", f"{PATH}{once['id']}/", who, body=once)
        assert (echoed.status, echoed.json["next_send_at"]) == (200, None)
        hand_clock.move(30)
        await receiver.has(2)
        await is_due_at(site, who, twice, "2027-01-15T08:02:00Z")
        hand_clock.move(60)
        await receiver.has(3)
        await is_due_at(site, who, twice, None)
        assert (await shown(site, who, twice))["enabled"] is False
        hand_clock.move(HOUR)
        again = await change(site, who, twice, enabled=True, frequency=3)
        assert again.json["next_send_at"] == "2027-01-15T09:03:00Z"
        hand_clock.move(60)
        got = await receiver.has(4)
        assert [one.path for one in got] == ["/once", "/twice", "/twice", "/twice"]


@pytest.mark.gen_test
async def test_edits_move_it_and_its_end_ends_it(site: Site, hand_clock: HandClock) -> None:
    who = await worker(site)
    async with Receiver() as receiver:
        paths = ("moved", "disabled", "deleted", "kept")
        items = {
            path: await make(
                site, who, endpoint=receiver.url(f"/{path}"), cron_definition="1 * * * *"
            )
            for path in paths
        }
        await change(site, who, items["moved"], cron_definition="0 12 * * *")
        await change(site, who, items["disabled"], enabled=False)
        await site.request("DELETE", f"{PATH}{items['deleted']['id']}/", who)
        await change(site, who, items["kept"], payload={"new": True})
        hand_clock.move(MINUTE)
        (got,) = await receiver.has(1)
        assert (got.path, got.json) == ("/kept", {"new": True})
        back = await change(site, who, items["disabled"], enabled=True, minute="2")
        assert back.json["next_send_at"] == "2027-01-15T08:02:00Z"
        hand_clock.move(MINUTE)
        assert (await receiver.has(2))[1].path == "/disabled"
        await change(site, who, items["kept"], enabled=False)
        await change(site, who, items["disabled"], enabled=False)
        hand_clock.move(4 * HOUR)
        assert (await receiver.has(3))[2].path == "/moved"


@pytest.mark.gen_test(timeout=90)
async def test_what_was_missed_is_made_up_for_as_it_says(site: Site, hand_clock: HandClock) -> None:
    who = await worker(site)
    async with Receiver() as receiver:
        for policy in ("run_once", "run_all", "skip", "skip 2 days", "run_once 10 minutes"):
            path = policy.replace(" ", "-")
            await make(
                site,
                who,
                endpoint=receiver.url(f"/{path}"),
                cron_definition="30 * * * *",
                misfire=policy,
            )
        await make(
            site,
            who,
            endpoint=receiver.url("/short"),
            cron_definition="30 * * * *",
            misfire="run_all 80 minutes",
        )
        hand_clock.move(4 * HOUR)  # 12:00: four are missed, the last by half an hour
        wanted = {
            "/run_once": 1,
            "/run_all": 4,
            "/skip-2-days": 4,
            "/short": 1,
        }

        def counted() -> dict[str, int]:
            paths = [one.path for one in receiver.got]
            return {path: paths.count(path) for path in paths}

        await until(lambda: counted() == wanted, 40)
        hand_clock.move(30 * MINUTE + 1)
        every = {"/skip": 1, "/run_once-10-minutes": 1}
        for path in wanted:
            every[path] = wanted[path] + 1
        await until(lambda: counted() == every, 40)


@pytest.mark.gen_test
async def test_firing_by_hand_is_beside_what_is_pending(site: Site, hand_clock: HandClock) -> None:
    who = await worker(site)
    fired = []

    async def effect(firing: Any) -> None:
        fired.append(firing.schedule)

    site.app.schedules.firing.on_firing(effect)
    async with Receiver() as receiver:
        body = {"cron_definition": "0 12 * * *", "frequency": 1, "enabled": False}
        made = await make(site, who, endpoint=receiver.url(), **body)
        bare = (await site.request("POST", PATH, who, body={"minute": "5"})).json
        for item, slash in ((made, "/"), (made, ""), (bare, "/")):
            answer = await site.request("POST", f"{PATH}{item['id']}/send{slash}", who, body={})
            assert (answer.status, answer.json) == (202, {})
        await receiver.has(2)
        await until(lambda: len(fired) == 3)
        assert sorted(fired) == sorted([made["id"], made["id"], bare["id"]])
        assert await shown(site, who, made) == made
        await change(site, who, made, enabled=True)
        hand_clock.move(4 * HOUR)
        await receiver.has(3)
        await is_due_at(site, who, made, None)


@pytest.mark.gen_test
async def test_what_is_counted(site: Site) -> None:
    who = await worker(site)
    async with Receiver() as receiver:
        receiver.answers = [Reply(404), Reply(502), Reply(500)]
        await make(site, who, endpoint=receiver.url(), next_send_at=START)
        await receiver.has(4)
        await make(site, who, endpoint="http://127.0.0.1:9/", next_send_at=START)
        wanted = {
            "schedules.created.sum": 2,
            **{f"scheduler.deliver_task.http_error.{code}.sum": 1 for code in (404, 502, 500)},
            "scheduler.deliver_task.connection_error.sum": 6,
        }
        await until(lambda: site.app.metrics.counted() == wanted)
