"""/account/preferences/, and everything that sends honouring them; the clock is moved by hand."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.clock import HOUR
from tests.conftest import HandClock, StoreUris, settings_for
from tests.handlers.alert_calls import publisher
from tests.handlers.alert_people import rows, subscribe
from tests.handlers.alert_posts import QUIET, TAGS, publish
from tests.handlers.schedule_calls import worker
from tests.handlers.stage_calls import new_message, new_set
from tests.handlers.stage_calls import subscribe as walk_through
from tests.handlers.stage_walks import act, stands
from tests.receivers import eventually
from tests.sites import Person, Site

PATH = "/account/preferences/"
NIGHT = {"from": "22:00", "until": "07:00"}
EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
FRIDAY_23 = 1_795_215_600_000_000  # 2026-11-20T23:00:00Z
NEW: dict[str, Any] = {
    "language": None,
    "time_zone": None,
    "quiet_hours": None,
    "channels": {
        "alerts": {"inbox": True, "email": True},
        "stages": {"inbox": True, "email": True},
        "notices": {"inbox": True},
    },
}


@pytest.fixture
def clock() -> HandClock:
    return HandClock(FRIDAY_23)


@pytest.fixture
def site(
    io_loop: Any, store_uris: StoreUris, database_name: str, clock: HandClock
) -> Iterator[Site]:
    settings = settings_for(database_name, CARILLON_STAGES_CHANNELS="inbox,email")
    made = Site(settings, store_uris, wall=clock)
    io_loop.run_sync(made.__aenter__)
    yield made
    io_loop.run_sync(lambda: made.__aexit__(None, None, None))


async def prefer(site: Site, who: Person, **given: Any) -> Any:
    answer = await site.request("PATCH", PATH, who, body=given)
    assert answer.status == 200, answer
    return answer.json


async def said(site: Site, who: Person) -> list[Any]:
    """His notices, the newest first, each with whether he read it."""
    answer = await site.request("GET", "/inbox/items/?kind=notice", who)
    return [(one["content"], one["is_read"]) for one in answer.json["items"]]


@pytest.mark.gen_test
async def test_reading_changing_and_refusing(site: Site) -> None:
    ann = await site.person("ann")
    assert (await site.request("GET", PATH)).status == 401
    assert (await site.request("GET", PATH, ann)).json == NEW
    assert await prefer(site, ann) == NEW
    off = {"alerts": {"email": False}, "notices": {"inbox": False}}
    now = await prefer(site, ann, time_zone="Europe/Paris", quiet_hours=NIGHT, channels=off)
    assert now == {
        **NEW,
        "time_zone": "Europe/Paris",
        "quiet_hours": {**NIGHT, "days": EVERY_DAY},
        "channels": {
            **NEW["channels"],
            "alerts": {"inbox": True, "email": False},
            "notices": {"inbox": False},
        },
    }
    assert (await site.request("GET", "/account/", ann)).json["time_zone"] == "Europe/Paris"
    assert (await site.request("GET", PATH, ann)).json == now
    again = await prefer(site, ann, channels={"alerts": {"email": True}, "notices": {}}, unknown=1)
    assert again["channels"]["alerts"] == {"inbox": True, "email": True}
    assert again["channels"]["notices"] == {"inbox": False}
    days = await prefer(site, ann, quiet_hours={**NIGHT, "days": ["sun", "fri", "fri"]})
    assert days["quiet_hours"]["days"] == ["fri", "sun"]
    assert (await prefer(site, ann, quiet_hours=None))["quiet_hours"] is None

    required, not_a_time = (
        ["This field is required."],
        ("Time has wrong format. Use one of these formats instead: hh:mm."),
    )
    odd = '"{}" is not a valid choice.'
    no_dict = 'Expected a dictionary of items but got type "{}".'
    refused: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"quiet_hours": "x"}, {"quiet_hours": [no_dict.format("str")]}),
        ({"quiet_hours": {}}, {"quiet_hours": {"from": required, "until": required}}),
        (
            {"quiet_hours": {"from": "24:00", "until": "7:00", "days": []}},
            {
                "quiet_hours": {
                    "from": [not_a_time],
                    "until": [not_a_time],
                    "days": ["This list may not be empty."],
                }
            },
        ),
        (
            {"quiet_hours": {**NIGHT, "days": ["mon", "x", 3]}},
            {
                "quiet_hours": {
                    "days": {
                        "1": [odd.format("x")],
                        "2": ['"3" is not a valid choice.'],
                    }
                }
            },
        ),
        (
            {"quiet_hours": {"from": "07:00", "until": "07:00"}},
            {"quiet_hours": {"until": ["Ensure this time differs from the one in from."]}},
        ),
        ({"channels": []}, {"channels": [no_dict.format("list")]}),
        ({"channels": None}, {"channels": ["This field may not be null."]}),
        (
            {"channels": {"alerts": 1, "x": {}, "notices": {"email": True, "inbox": "no"}}},
            {
                "channels": {
                    "alerts": [no_dict.format("int")],
                    "x": [odd.format("x")],
                    "notices": {
                        "email": [odd.format("email")],
                        "inbox": ["Must be a valid boolean."],
                    },
                }
            },
        ),
        (
            {"time_zone": "Mars/Base"},
            {"time_zone": ["Enter a valid time zone, for example Europe/Berlin."]},
        ),
    ]
    kept = (await site.request("GET", PATH, ann)).json
    for body, problems in refused:
        answer = await site.request("PATCH", PATH, ann, body=body)
        assert (answer.status, answer.json) == (400, problems), body
    assert (await site.request("GET", PATH, ann)).json == kept


@pytest.mark.gen_test
async def test_what_quiet_hours_hold_back_rings_when_they_end(site: Site, clock: HandClock) -> None:
    caller, admin = await publisher(site), await site.admin()
    stager, bob = await worker(site), await site.person("bob")
    ann = await site.person("ann", email="ann@example.org", email_verified=True)
    one = await caller.listed(tags=TAGS)
    await subscribe(caller, one["id"], "ann@example.org", **QUIET)
    kept = await new_set(site, stager)
    await new_message(site, stager, kept, 1)
    walk = await walk_through(site, stager, kept, identity="ann")
    await prefer(site, ann, quiet_hours=NIGHT)

    socket, other = await site.socket(ann), await site.socket(bob)
    body = {"recipient_ids": [ann.id, bob.id], "content": "By hand."}
    answer = await site.request("POST", "/notices/send/", admin, body=body)
    assert (answer.status, answer.json["recipient_ids"]) == (201, [bob.id, ann.id])
    alone = {"recipient_ids": [ann.id], "content": "Alone.", "expires_at": "2026-11-21T06:00Z"}
    assert (await site.request("POST", "/notices/send/", admin, body=alone)).status == 201
    await publish(caller)
    await act(site, stager, walk, "send")
    assert (await other.change("notice"))["item"]["content"] == "By hand."
    # Persons and broadcasts come through.
    await site.send(bob, "Wake up.", ann)
    assert (await socket.change())["item"]["content"] == "Wake up."
    to_all = {"audience": "everyone", "content": "To all."}
    assert (await site.request("POST", "/notices/send/", admin, body=to_all)).status == 201
    assert (await socket.change())["item"]["content"] == "To all."
    jobs = site.carillon._stores.jobs
    seven = FRIDAY_23 + 8 * HOUR

    async def held() -> bool:
        found = [*await jobs.listed(kind="inbox.held"), *await jobs.listed(kind="mail.immediate")]
        return len(found) == 6 and {job.due_at for job in found} == {seven}

    await eventually(held)
    assert await said(site, ann) == [("To all.", False)]

    # He sleeps longer than he meant to.
    await prefer(site, ann, quiet_hours={**NIGHT, "until": "09:00"})
    clock.move(8 * 3_600)

    async def put_off() -> bool:
        return {job.due_at for job in await jobs.listed(kind="inbox.held", state="waiting")} >= {
            seven + 2 * HOUR
        }

    await eventually(put_off)
    assert await said(site, ann) == [("To all.", False)]
    clock.move(2 * 3_600 + 1)
    told = {(await socket.change("notice"))["item"]["content"] for _ in range(3)}
    assert told == {"By hand.", "A note of change", "message 1"}
    assert len(await said(site, ann)) == 4
    await socket.close()
    await other.close()


@pytest.mark.gen_test
async def test_what_is_turned_off_is_not_sent(site: Site) -> None:
    caller, admin, stager = await publisher(site), await site.admin(), await worker(site)
    ann = await site.person("ann", email="ann@example.org", email_verified=True)
    one = await caller.listed(tags=TAGS)
    await subscribe(caller, one["id"], "ann@example.org", **QUIET)
    kept = await new_set(site, stager)
    for number in (1, 2):
        await new_message(site, stager, kept, number)
    walk = await walk_through(site, stager, kept, identity="ann")
    off = {"inbox": False, "email": False}
    await prefer(site, ann, channels={"alerts": off, "stages": off, "notices": {"inbox": False}})

    socket = await site.socket(ann)
    await publish(caller)
    await act(site, stager, walk, "send")

    await stands(site, stager, walk, next_sequence_number=2)
    body = {"recipient_ids": [ann.id], "content": "By hand."}
    assert (await site.request("POST", "/notices/send/", admin, body=body)).status == 201
    assert (await socket.change())["item"]["is_read"] is True
    assert await said(site, ann) == [("By hand.", True)]
    assert await rows(site, "emails") == []

    await prefer(site, ann, channels={"alerts": {"inbox": True}, "stages": {"email": True}})
    await publish(caller, public_updated_at="2026-11-20T10:00:00Z")
    assert (await socket.change())["item"]["content"] == "A note of change"
    await act(site, stager, walk, "send")

    async def mailed() -> bool:
        return [
            row["kind"] if "kind" in row else row["queue"] for row in await rows(site, "emails")
        ] != []

    await eventually(mailed)
    assert [text for text, _ in await said(site, ann)] == ["A note of change", "By hand."]
    await socket.close()
