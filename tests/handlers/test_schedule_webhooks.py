"""/api/v1/webhook/ over HTTP, and telling of new schedules (stages contract, 4)."""

from typing import Any

import pytest

from tests.handlers.schedule_calls import PATH, make, worker
from tests.receivers import Receiver, Reply
from tests.sites import Site

HOOKS = "/api/v1/webhook/"
TARGET = "http://example.com/hook/"


@pytest.fixture
def environ() -> dict[str, str]:
    return {
        "CARILLON_SCHEDULES_WEBHOOK_TOKEN": "hook-secret",
        "CARILLON_SCHEDULES_RETRY_DELAYS_S": "0,0",
    }


@pytest.mark.gen_test
async def test_a_webhook_is_made_shown_changed_and_ended(site: Site) -> None:
    who, other = await worker(site), await worker(site, "other")
    body = {"event": "schedule.added", "target": TARGET, "user": 777, "id": 777}
    answer = await site.request("POST", HOOKS, who, body=body)
    made = answer.json
    assert answer.status == 201
    assert "Location" not in answer.headers
    assert made == {
        "id": made["id"],
        "created": made["created"],
        "updated": made["created"],
        "event": "schedule.added",
        "target": TARGET,
        "user": who.id,
    }
    second = (await site.request("POST", HOOKS, who, body={**body, "event": "whatever"})).json
    listed = await site.request("GET", HOOKS.removesuffix("/"), other)
    assert listed.json == {
        "count": 2,
        "next": None,
        "previous": None,
        "results": [second, made],
    }
    path = f"{HOOKS}{made['id']}/"
    changed = await site.request("PATCH", path, other, body={"event": "x"})
    assert (changed.status, changed.json["event"], changed.json["user"]) == (200, "x", who.id)
    assert changed.json["updated"] > made["updated"]
    put = await site.request("PUT", path, other, body={"event": "y"})
    assert (put.status, put.json) == (400, {"target": ["This field is required."]})
    assert (await site.request("GET", path, who)).json == changed.json
    assert (await site.request("DELETE", path, who)).status == 204
    for verb in ("GET", "PATCH", "DELETE"):
        gone = await site.request(verb, path, who, body={} if verb == "PATCH" else None)
        assert (verb, gone.status) == (verb, 404)
    assert (await site.request("GET", HOOKS, who)).json["count"] == 1


@pytest.mark.gen_test
async def test_what_is_refused(site: Site) -> None:
    who = await worker(site)
    required = ["This field is required."]
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {"event": required, "target": required}),
        ({"event": "", "target": TARGET}, {"event": ["This field may not be blank."]}),
        ({"event": None, "target": TARGET}, {"event": ["This field may not be null."]}),
        ({"event": "e", "target": "x"}, {"target": ["Enter a valid URL."]}),
        (
            {"event": "e" * 65, "target": f"{TARGET}{'a' * 255}"},
            {
                "event": ["Ensure this field has no more than 64 characters."],
                "target": ["Ensure this field has no more than 255 characters."],
            },
        ),
    ]
    for body, problems in cases:
        answer = await site.request("POST", HOOKS, who, body=body)
        assert (body, answer.status, answer.json) == (body, 400, problems)
    assert (await site.request("GET", HOOKS, who)).json["count"] == 0


@pytest.mark.gen_test
async def test_whoever_waits_is_told_of_a_new_schedule(site: Site) -> None:
    who = await worker(site)
    async with Receiver() as receiver:
        for event, path in (("schedule.added", "/one"), ("schedule.gone", "/two")):
            body = {"event": event, "target": receiver.url(path)}
            assert (await site.request("POST", HOOKS, who, body=body)).status == 201
        made = await make(site, who, payload={"a": [1]}, auth_token="secret")
        (got,) = await receiver.has(1)
        assert got.path == "/one"
        assert got.headers["Authorization"] == "Token hook-secret"
        assert got.json["hook"] == {
            "id": got.json["hook"]["id"],
            "event": "schedule.added",
            "target": receiver.url("/one"),
        }
        assert got.json["data"] == {
            "id": made["id"],
            "frequency": None,
            "triggered": 0,
            "cron_definition": None,
            "interval_definition": None,
            "endpoint": made["endpoint"],
            "payload": {"a": [1]},
            "next_send_at": None,
            "enabled": True,
            "created_at": made["created_at"].replace("Z", "+00:00"),
            "updated_at": made["updated_at"].replace("Z", "+00:00"),
        }
        assert (await site.request("GET", made["url"].removeprefix(site.base), who)).json == made


@pytest.mark.gen_test
async def test_a_webhook_cannot_break_a_save(site: Site) -> None:
    who = await worker(site)
    async with Receiver() as receiver:
        receiver.always = Reply(500)
        for target in (receiver.url(), "http://127.0.0.1:1/", "http://nobody.invalid/"):
            body = {"event": "schedule.added", "target": target}
            assert (await site.request("POST", HOOKS, who, body=body)).status == 201
        made = await make(site, who, next_send_at="2100-01-01T00:00:00Z")
        got = await receiver.has(3)
        assert len({(one.key, one.body) for one in got}) == 1
        assert got[0].json["data"]["next_send_at"] == "2100-01-01T00:00:00+00:00"
        listed = await site.request("GET", PATH, who)
        assert listed.json["results"] == [made]
        failed = await site.request("GET", "/api/v1/failed-tasks/", who)
        assert failed.json["count"] == 0


@pytest.mark.gen_test
async def test_what_was_left_untold_is_told_later(site: Site) -> None:
    """A process died between the save and its job: whoever looks makes the job."""
    who = await worker(site)
    async with Receiver() as receiver:
        made = await make(site, who)
        body = {"event": "schedule.added", "target": receiver.url()}
        assert (await site.request("POST", HOOKS, who, body=body)).status == 201
        schedules = site.carillon.database.collection("schedules")
        long_ago = {"is_new": True, "created_at": 1_700_000_000_000_000}
        await schedules.update({"_id": made["id"]}, {"$set": long_ago})
        await site.app.schedules.recover()
        await site.app.schedules.recover()
        await receiver.has(1)
