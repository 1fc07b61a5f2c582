"""A schedule's firing and those who walk on it (stages contract, 3.1 and 3.5)."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from models.stages import EDITION
from models.users import NewUser
from services.stage_successors import NEW
from tests.commands_sent import Commands
from tests.conftest import HandClock, StoreUris, settings_for
from tests.handlers.schedule_calls import PATH, worker
from tests.handlers.stage_calls import SUBSCRIPTIONS, new_message, new_set, subscribe
from tests.handlers.stage_walks import READY, THROUGH, idle, notices, shown
from tests.sites import Person, Site

MINUTE = 60
# What a step needs; looks and leases come as time passes.
OF_STEPS = ("accounts_users", "counters", "failed_tasks", "inbox_deliveries", "stages_")


@pytest.fixture
def commands() -> Commands:
    return Commands()


@pytest.fixture
def site(
    io_loop: Any,
    store_uris: StoreUris,
    database_name: str,
    hand_clock: HandClock,
    commands: Commands,
) -> Iterator[Site]:
    settings = settings_for(database_name)
    made = Site(settings, store_uris, wall=hand_clock, listeners=[commands])
    io_loop.run_sync(made.__aenter__)
    yield made
    io_loop.run_sync(lambda: made.__aexit__(None, None, None))


async def every_minute(site: Site, who: Person) -> int:
    """A schedule that fires each minute and calls nobody."""
    answer = await site.request("POST", PATH, who, body={"minute": "*"})
    return int(answer.json["id"])


async def passes(site: Site, clock: HandClock, minutes: int = 1) -> None:
    """A firing's time comes, and all that it begins is done."""
    for _ in range(minutes):
        clock.move(MINUTE)
        site.app.later.hear(())
        await idle(site)


@pytest.mark.gen_test(timeout=30)
async def test_who_is_due_gets_the_next_message_and_nobody_else(
    site: Site, hand_clock: HandClock
) -> None:
    who = await worker(site)
    people = [await site.person(f"p{n}") for n in range(6)]
    minutely = await every_minute(site, who)
    second = await new_set(site, who, "second", default_schedule=minutely)
    first = await new_set(site, who, "first", default_schedule=minutely, next_set=second["id"])
    for number in (1, 2):
        await new_message(site, who, first, number)
    await new_message(site, who, second, 1, text_content="second")
    other = await new_set(site, who, "other")
    await new_message(site, who, other, 1)
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {"next_sequence_number": 2, **READY}),
        ({"next_sequence_number": 2}, {"next_sequence_number": 2, **THROUGH}),
        ({"active": False}, {"next_sequence_number": 1}),
        ({"completed": True}, {"next_sequence_number": 1}),
        ({"process_status": 1}, {"next_sequence_number": 1, "process_status": 1}),
        ({"schedule": other["default_schedule"]}, {"next_sequence_number": 1}),
    ]
    walks = [
        await subscribe(site, who, first, identity=one.name, **fields)
        for one, (fields, _) in zip(people, cases, strict=True)
    ]
    await passes(site, hand_clock)
    for (_, wanted), walk in zip(cases, walks, strict=True):
        now = await shown(site, who, walk)
        assert {key: now[key] for key in wanted} == wanted, now
    assert [await notices(site, one) for one in people] == [["message 1"], ["message 2"], *[[]] * 4]
    # What the firing began is not of this firing, but of the next one.
    following = (await site.request("GET", f"{SUBSCRIPTIONS}?identity=p1", who)).json["results"][0]
    assert (following["messageset"], following["next_sequence_number"]) == (second["id"], 1)
    edited = {"text_content": "edited"}
    message = (await site.request("GET", f"/api/v1/message/?messageset={second['id']}", who)).json
    path = f"/api/v1/message/{message['results'][0]['id']}/"
    assert (await site.request("PATCH", path, who, body=edited)).status == 200
    await passes(site, hand_clock)
    assert [await notices(site, one) for one in people[:2]] == [
        ["message 1", "message 2"],
        ["message 2", "edited"],
    ]
    # By hand: the seed's path, for whoever is due.
    hand_clock.move(1)
    answer = await site.request("POST", f"{PATH}{minutely}/send/", who)
    assert (answer.status, answer.json) == (202, {})
    await idle(site)
    assert await notices(site, people[0]) == ["message 1", "message 2", "edited"]


async def crowd(site: Site, messageset: dict[str, Any], schedule: int, count: int) -> None:
    """So many people, each with a subscription; stored as the server stores them."""
    users, walks = site.carillon._stores.users, site.app.stages.store.subscriptions
    now = site.app.clock.now()
    first = await site.carillon._stores.counters.users.take(count)
    people = [NewUser(f"{schedule}-{n}").to_document(first + n, now) for n in range(count)]
    assert await users.add_all(people) == count
    number = await site.app.stages.store.counters.stage_subscriptions.take(count)
    rows = [
        {
            "_id": number + n,
            "uuid": str(uuid4()),
            "identity": f"{schedule}-{n}",
            "messageset": messageset["id"],
            "schedule": schedule,
            "lang": "eng_ZA",
            **NEW,
            "next_sequence_number": 1 + n % 3,
            "metadata_keys": [],
            EDITION: 1,
            "created_at": 1,
            "updated_at": 1,
        }
        for n in range(count)
    ]
    await walks._rows.insert_missing(rows)


@pytest.mark.gen_test(timeout=120)
async def test_a_thousand_cost_few_more_round_trips_than_a_hundred(
    site: Site, hand_clock: HandClock, commands: Commands
) -> None:
    who = await worker(site)
    counted = []
    for count in (100, 1_000):
        minutely = await every_minute(site, who)
        made = await new_set(site, who, f"s{count}", default_schedule=minutely)
        for number in (1, 2, 3):
            await new_message(site, who, made, number)
        await crowd(site, made, minutely, count)
        commands.sent.clear()
        path = f"{PATH}{minutely}/send/"
        assert (await site.request("POST", path, who)).status == 202
        await idle(site)
        counted.append(Counter(str(one) for one in commands.sent if one.of.startswith(OF_STEPS)))
        rows = await site.app.stages.store.subscriptions.find({"messageset": made["id"]})
        assert Counter(one["process_status"] for one in rows) == {
            0: count - count // 3,
            2: count // 3,
        }
        copies = site.carillon.database.collection("inbox_deliveries")
        assert await copies.count({"origin.title": f"s{count}"}) == count
    few, many = counted
    assert many.total() <= 40, many
    assert many.total() - few.total() <= 30, (few, many)  # an $in holds 250: three more of each
