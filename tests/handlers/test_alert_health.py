"""Health checks and counts of a page over HTTP (alerts contract, 1.5, 1.14, 3.10)."""

import asyncio

import pytest

from domain.errors import Unavailable
from tests.handlers.alert_calls import LISTS, publisher, said
from tests.handlers.test_alert_contents import CHANGE, U, idle, subscribe
from tests.sites import Site

ALL_WELL = {
    "checks": {"queue_size": {"status": "ok"}, "queue_age": {"status": "ok"}},
    "status": "ok",
}


@pytest.mark.gen_test
async def test_health_of_a_server_that_is_well(site: Site) -> None:
    assert said(await site.request("GET", "/healthcheck")) == (200, ALL_WELL)
    live = await site.request("GET", "/healthcheck/live")
    assert (live.status, live.body) == (200, b"OK")
    assert live.headers["Content-Type"].startswith("text/plain")
    checks = {"database_connectivity": {"status": "ok"}, "redis_connectivity": {"status": "ok"}}
    ready = await site.request("GET", "/healthcheck/ready")
    assert said(ready) == (200, {"status": "ok", "checks": checks})


@pytest.mark.gen_test
async def test_health_of_full_queues_and_of_stores_that_are_away(site: Site) -> None:
    now = site.app.clock.wall()
    waiting = {"alerts.process": (75_000, now - 2_000_000), "x": (3, now - 600_000_000)}
    health = site.app.alerts.health
    counted = 0

    async def backlog(*_: object) -> dict[str, tuple[int, int]]:
        nonlocal counted
        counted += 1
        await asyncio.sleep(0)
        return waiting

    health._backlog = backlog
    answer, *_ = await asyncio.gather(*(site.request("GET", "/healthcheck") for _ in range(8)))
    assert counted == 1, "anybody may ask, and counting costs"
    assert (answer.status, answer.json["status"]) == (200, "critical")
    size, age = answer.json["checks"]["queue_size"], answer.json["checks"]["queue_age"]
    assert size == {"status": "warning", "queues": {"alerts.process": 75_000, "x": 3}}
    assert age["status"] == "critical"
    assert sorted(age["queues"]) == ["alerts.process", "x"]

    async def away(*_: object) -> dict[str, tuple[int, int]]:
        raise Unavailable

    health._backlog = away
    health._waiting.forget()
    answer = await site.request("GET", "/healthcheck")
    assert (answer.status, answer.json["status"]) == (200, "critical")
    assert set(answer.json["checks"]["queue_age"]) == {"status", "message"}

    site.app.readiness._is_linked = lambda: False
    answer = await site.request("GET", "/healthcheck/ready")
    assert (answer.status, answer.json["status"]) == (500, "critical")
    assert answer.json["checks"]["database_connectivity"] == {"status": "ok"}
    assert set(answer.json["checks"]["redis_connectivity"]) == {"status", "message"}


@pytest.mark.gen_test
async def test_what_waits_is_counted(site: Site) -> None:
    jobs, now = site.carillon._stores.jobs, site.app.clock.wall()
    for number in range(3):
        await jobs.add(f"k{number}", "unknown.kind", now - 1_000_000 * number, {})
    await jobs.add("later", "unknown.kind", now + 3_600_000_000, {})
    found = await jobs.backlog(now, ["unknown.kind", "other"])
    assert found == {"unknown.kind": (3, now - 2_000_000)}


@pytest.mark.gen_test
async def test_how_many_would_hear_of_a_page(site: Site) -> None:
    caller = await publisher(site)
    path = f"{LISTS}/metrics/government/page"
    none = {"subscriber_list_count": 0, "all_notify_count": 0}
    assert said(await caller.ask("GET", path)) == (200, none)
    own = await caller.listed(title="own", url="/government/page", content_id=U)
    linked = await caller.listed(title="link", links={"organisations": [U]})
    other = await caller.listed(title="other", tags={"topics": ["gas"]})
    assert said(await caller.ask("GET", path)) == (200, none)
    for one, many in ((own, 2), (linked, 3), (other, 5)):
        await subscribe(caller, one["id"], many=many)
    counts = {"subscriber_list_count": 2, "all_notify_count": 0}
    assert said(await caller.ask("GET", path)) == (200, counts)
    change = {**CHANGE, "base_path": "/government/page"}
    assert (await caller.ask("POST", "/content-changes", change)).status == 202
    await idle(site)
    counts["all_notify_count"] = 5
    assert said(await caller.ask("GET", path)) == (200, counts)
    assert said(await caller.ask("GET", f"{LISTS}/metrics/x%20y?z=1")) == (200, none)
    assert (await site.request("GET", path)).status == 401
