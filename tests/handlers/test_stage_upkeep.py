"""Who is behind, and estimates, over HTTP with a clock moved by hand (contract 1.2.8, 3.4, 3.6)."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from services import stage_behind
from services.stage_batches import Choice
from tests.conftest import HandClock, StoreUris, settings_for
from tests.handlers.schedule_calls import make, worker
from tests.handlers.stage_calls import SUBSCRIPTIONS, new_message, new_set, subscribe
from tests.receivers import Receiver, eventually
from tests.sites import Person, Site

BEHIND = "/api/v1/behind-subscriptions/"
FIND = f"{BEHIND}find_behind_subscriptions/"
ESTIMATE = "/api/v1/runsendestimate"
HOUR, DAY = 3_600, 86_400
# The hand clock begins on Friday 2027-01-15 at 08:00 UTC.


@pytest.fixture
def service(io_loop: Any) -> Iterator[Receiver]:
    """The metrics service."""
    made = Receiver()
    io_loop.run_sync(made.__aenter__)
    yield made
    io_loop.run_sync(lambda: made.__aexit__(None, None, None))


@pytest.fixture
def site(
    io_loop: Any,
    store_uris: StoreUris,
    database_name: str,
    hand_clock: HandClock,
    service: Receiver,
) -> Iterator[Site]:
    at = {"URL": service.url(""), "USER": "u", "PASSWORD": "p"}
    environ = {f"CARILLON_STAGES_METRICS_{name}": text for name, text in at.items()}
    made = Site(settings_for(database_name, **environ), store_uris, wall=hand_clock)
    io_loop.run_sync(made.__aenter__)
    yield made
    io_loop.run_sync(lambda: made.__aexit__(None, None, None))


async def keeper(site: Site) -> Person:
    rights = ("services", "stages.behind.view", "stages.behind.find")
    return await site.person("keeper", rights=rights)


async def hourly(site: Site, who: Person, name: str, count: int, **body: Any) -> dict[str, Any]:
    """A set of so many messages, on a schedule that fires each hour and calls nobody."""
    if "default_schedule" not in body:
        answer = await site.request("POST", "/api/v1/schedule/", who, body={"minute": "0"})
        body["default_schedule"] = answer.json["id"]
    made = await new_set(site, who, name, **body)
    for number in range(1, count + 1):
        await new_message(site, who, made, number)
    return made


async def found(site: Site, who: Person, count: int) -> list[dict[str, Any]]:
    """The rows once there are so many."""

    async def are_there() -> bool:
        return bool((await site.request("GET", BEHIND, who)).json["count"] == count)

    await eventually(are_there)
    rows: list[dict[str, Any]] = (await site.request("GET", BEHIND, who)).json["results"]
    return rows


@pytest.mark.gen_test(timeout=30)
async def test_who_is_behind_is_found_and_listed(site: Site, hand_clock: HandClock) -> None:
    who = await keeper(site)
    after = await hourly(site, who, "after", 2)
    made = await hourly(site, who, "before", 3, next_set=after["id"])
    late = await subscribe(site, who, made)
    for status in (1, 2, -1, 5):
        await subscribe(site, who, made, process_status=status)
    await subscribe(site, who, made, active=False)
    await subscribe(site, who, made, completed=True)
    await site.app.upkeep.behind.find(Choice(hand_clock.at))
    assert await found(site, who, 0) == [], "none when on time"
    key = {"Idempotency-Key": "k"}
    hand_clock.move(2 * HOUR)
    begun = await site.request("POST", FIND, who, headers=key)
    assert (begun.status, sorted(begun.json)) == (202, ["accepted", "task_id"])
    assert begun.json["accepted"] is True
    assert str(UUID(begun.json["task_id"])) == begun.json["task_id"]
    assert (await site.request("POST", FIND, who, headers=key)).json == begun.json
    (row,) = await found(site, who, 1)
    shown = {
        "id": row["id"],
        "subscription": f"{site.base}{SUBSCRIPTIONS}{late['id']}/",
        "subscription_id": late["id"],
        "messages_behind": 2,
        "current_messageset": f"{site.base}/api/v1/messageset/{made['id']}/",
        "current_messageset_id": made["id"],
        "current_messageset_name": "before",
        "current_sequence_number": 1,
        "expected_messageset": f"{site.base}/api/v1/messageset/{made['id']}/",
        "expected_messageset_id": made["id"],
        "expected_messageset_name": "before",
        "expected_sequence_number": 3,
        "created_at": "2027-01-15T10:00:00Z",
    }
    assert row == shown
    assert list(row) == list(shown)
    assert (await site.request("GET", f"{BEHIND}{row['id']}/", who)).json == shown
    hand_clock.move(2 * HOUR)
    assert (await site.request("POST", FIND, who)).status == 202
    second, first = await found(site, who, 2)
    assert first == shown, "nothing was moved, and earlier rows stay"
    assert (second["messages_behind"], second["expected_messageset_name"]) == (4, "after")
    assert second["expected_sequence_number"] == 2
    unchanged = (await site.request("GET", f"{SUBSCRIPTIONS}{late['id']}/", who)).json
    assert unchanged == {**late, "messageset_label": ""}
    await site.request("DELETE", f"{SUBSCRIPTIONS}{late['id']}/", who)
    assert await found(site, who, 0) == []


@pytest.mark.gen_test(timeout=30)
async def test_a_search_goes_on_from_job_to_job(
    site: Site, hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = await keeper(site)
    made = await hourly(site, who, "made", 1)
    walks = [await subscribe(site, who, made, identity=str(n)) for n in range(7)]
    hand_clock.move(HOUR)
    monkeypatch.setattr(stage_behind, "AT_ONCE", 2)
    monkeypatch.setattr(stage_behind, "IN_ONE_JOB", 4)
    await site.request("POST", FIND, who)
    rows = await found(site, who, 7)
    assert {one["subscription_id"] for one in rows} == {one["id"] for one in walks}


@pytest.mark.gen_test
async def test_rights_and_verbs(site: Site) -> None:
    viewer = await site.person("viewer", rights=("stages.behind.view",))
    finder = await site.person("finder", rights=("stages.behind.find",))
    forbidden = {"detail": "You do not have permission to perform this action."}
    for who in (await worker(site), finder):
        answer = await site.request("GET", BEHIND, who)
        assert (answer.status, answer.json) == (403, forbidden)
    assert (await site.request("POST", FIND, viewer)).status == 403
    assert (await site.request("GET", BEHIND)).status == 401
    assert (await site.request("GET", BEHIND, viewer)).status == 200
    for verb in ("POST", "PUT", "PATCH", "DELETE"):
        answer = await site.request(verb, BEHIND, viewer)
        assert (answer.status, answer.json) == (405, {"detail": f'Method "{verb}" not allowed.'})
    missing = await site.request("GET", f"{BEHIND}777/", viewer)
    assert (missing.status, missing.json) == (404, {"detail": "Not found."})


@pytest.mark.gen_test(timeout=30)
async def test_estimates_of_a_day_and_of_the_rest_of_the_week(
    site: Site, hand_clock: HandClock
) -> None:
    who = await worker(site)
    friday = await make(site, who, cron_definition="0 8 * * 5")
    sunday = await make(site, who, cron_definition="0 8 * * 7")
    daily = await make(site, who, cron_definition="0 8 * * *")
    never = await make(site, who, cron_definition="0 8 * * *", enabled=False)
    one = await new_set(site, who, "one", default_schedule=friday["id"])
    two = await new_set(site, who, "two", default_schedule=friday["id"], content_type="audio")
    for schedule, made, identity in (
        (friday, one, "a"),
        (daily, one, "a"),
        (daily, one, "b"),
        (sunday, one, "c"),
        (daily, two, "a"),
        (never, two, "b"),
    ):
        await subscribe(site, who, made, schedule=schedule["id"], identity=identity)
    await subscribe(site, who, one, schedule=daily["id"], process_status=-1)
    for _ in range(2):  # a second time on a day replaces the first
        begun = await site.request("POST", ESTIMATE, who)
        assert (begun.status, begun.json["accepted"]) == (202, True)
        assert str(UUID(begun.json["task_id"])) == begun.json["task_id"]

    async def rows() -> list[tuple[int, ...]]:
        return [
            (row["messageset"], row["estimate_subscriptions"], row["estimate_identities"])
            for row in await site.app.upkeep.estimates.of_day("2027-01-15")
        ]

    async def are_there() -> bool:
        return await rows() == [(one["id"], 3, 2), (two["id"], 1, 1)]

    await eventually(are_there)
    listed = (await site.request("GET", "/api/metrics/", who)).json["metrics_available"]
    assert listed[:8] == [
        "subscriptions.send_next_message_errored.sum",
        "sbm.send_next_message.connection_error.sum",
        *(f"sbm.send_next_message.http_error.{code}.sum" for code in (400, 401, 403, 404, 500)),
        "sbm.send_next_message.timeout.sum",
    ]
    assert listed[8:15] == [f"subscriptions.send.estimate.{day}.last" for day in range(7)]
    assert listed[15:19] == [
        *("message.text.one.sum", "message.text.sum"),
        *("message.audio.two.sum", "message.audio.sum"),
    ]
    assert listed[19] == "schedules.created.sum"
    assert (await site.request("POST", "/api/metrics/", who)).status == 200
    names = [f"subscriptions.send.estimate.{day}.last" for day in (4, 5, 6)]

    async def are_said() -> bool:
        said = site.app.metrics.said()
        return [said.get(name) for name in names] == [4, 3, 4]

    await eventually(are_said)
    text = (await site.request("GET", "/metrics")).body.decode()
    assert f'carillon_seed_estimates{{name="{names[0]}",worker="1"}} 4.0' in text
    created = 'name="schedules.created.sum",worker="1"'
    assert f"carillon_seed_metrics_total{{{created}}} 4.0" in text


@pytest.mark.gen_test(timeout=30)
async def test_the_metrics_service_gets_each_day_that_is_left(
    site: Site, service: Receiver
) -> None:
    who = await worker(site)
    await subscribe(site, who, await hourly(site, who, "made", 1))
    await service.has(1)
    assert (await site.request("POST", "/api/metrics/", who)).status == 200
    fired = await service.has(4)
    assert {one.path for one in fired} == {"/metrics/"}
    assert {one.headers["Authorization"] for one in fired} == {"Basic dTpw"}
    assert [one.json for one in fired] == [
        {"schedules.created.sum": 1.0},
        *({f"subscriptions.send.estimate.{day}.last": 1.0} for day in (4, 5, 6)),
    ]
