"""Schedules over HTTP: their tokens, their end, and what they would do."""

from typing import Any

import pytest

from domain.simulation import MOST
from tests.handlers.schedule_calls import ENDPOINT, LATER, NOT_FOUND, PATH, make, worker
from tests.sites import Person, Site


@pytest.mark.gen_test
async def test_the_token_is_for_its_owner_and_administrators(site: Site) -> None:
    who, root, other = await worker(site), await site.admin(), await worker(site, "other")
    made = await make(site, who, auth_token="secret")
    path = f"{PATH}{made['id']}/"

    async def seen(caller: Person) -> Any:
        listed = await site.request("GET", PATH, caller)
        shown = (await site.request("GET", path, caller)).json["auth_token"]
        assert listed.json["results"][0]["auth_token"] == shown
        return shown

    assert [await seen(one) for one in (who, root, other)] == ["secret", "secret", None]
    kept = await site.request("PATCH", path, other, body={"auth_token": None, "frequency": 1})
    assert (kept.status, kept.json["auth_token"], await seen(who)) == (200, None, "secret")
    taken = await site.request("PATCH", path, other, body={"endpoint": "http://evil.example/"})
    assert (taken.status, list(taken.json)) == (400, ["auth_token"])
    moved = await site.request("PATCH", path, other, body={"endpoint": f"{ENDPOINT}there"})
    assert moved.status == 200
    given = await site.request(
        "PATCH", path, other, body={"endpoint": "http://else.example/", "auth_token": "new"}
    )
    assert (given.status, given.json["auth_token"], await seen(who)) == (200, None, "new")
    gone = await site.request("PATCH", path, who, body={"auth_token": None})
    assert (gone.status, await seen(who)) == (200, None)


@pytest.mark.gen_test
async def test_what_is_deleted_is_gone(site: Site) -> None:
    who = await worker(site)
    made = await make(site, who, cron_definition="0 8 * * *")
    path = f"{PATH}{made['id']}/"
    gone = await site.request("DELETE", path, who)
    assert (gone.status, gone.body) == (204, b"")
    for verb in ("GET", "PUT", "PATCH", "DELETE"):
        body: Any = {} if verb in ("PUT", "PATCH") else None
        answer = await site.request(verb, path, who, body=body)
        assert (verb, answer.status, answer.json) == (verb, 404, NOT_FOUND)
    sent = await site.request("POST", f"{path}send/", who, body={})
    assert (sent.status, sent.json) == (404, NOT_FOUND)
    jobs = await site.carillon.database.collection("jobs").find({"kind": "schedules.fire"})
    assert [job["state"] for job in jobs] == ["cancelled"]
    assert (await site.request("GET", PATH, who)).json["count"] == 0


@pytest.mark.gen_test
async def test_what_is_used_is_not_deleted(site: Site) -> None:
    who = await worker(site)
    made = await make(site, who, cron_definition="0 8 * * *")
    used = {made["id"]}

    async def used_by(schedule: int) -> str | None:
        return "somebody" if schedule in used else None

    site.app.schedules.ask_before_delete(used_by)
    path = f"{PATH}{made['id']}/"
    refused = await site.request("DELETE", path, who)
    assert (refused.status, refused.json) == (
        409,
        {"detail": "This schedule is in use by somebody."},
    )
    assert (await site.request("GET", path, who)).json == made
    used.clear()
    assert (await site.request("DELETE", path, who)).status == 204


@pytest.mark.gen_test
async def test_ids_that_cannot_be(site: Site) -> None:
    who = await worker(site)
    for number in ("0", "777", "9" * 18, "9" * 19, "9" * 400, "x", "-1", "1.0", "٣"):
        for verb, body in (("GET", None), ("PATCH", {"frequency": "x"}), ("DELETE", None)):
            path = f"{PATH}{number}/".encode().decode("latin-1")
            answer = await site.request(verb, path, who, body=body)
            assert (number, answer.status, answer.json) == (number, 404, NOT_FOUND)


@pytest.mark.gen_test
async def test_simulating(site: Site) -> None:
    who = await worker(site)
    path = f"{PATH}simulate/"
    body: dict[str, Any] = {
        "minute": "30",
        "hour": "2",
        "time_zone": "Europe/Berlin",
        "after": "2026-03-28T00:00:00Z",
        "count": 2,
    }
    answer = await site.request("POST", path, who, body=body)
    shown = answer.json["results"]
    assert (answer.status, answer.json["count"], len(shown)) == (200, 2, 2)
    assert list(shown[0]) == ["at", "local", "wanted", "reason", "explanation"]
    assert shown[0]["at"] == "2026-03-28T01:30:00Z"
    assert (shown[1]["at"], shown[1]["reason"]) == ("2026-03-29T01:30:00Z", "gap_shifted")
    cases: list[tuple[dict[str, Any], int]] = [
        ({"cron_definition": "* * * * *"}, 10),
        ({"interval_definition": "1 seconds", "count": MOST}, MOST),
        ({"cron_definition": "* * * * *", "frequency": 3}, 3),
        ({"cron_definition": "* * * * *", "enabled": False}, 0),
        ({"next_send_at": LATER}, 1),
        ({}, 0),
    ]
    for more, count in cases:
        answer = await site.request("POST", path, who, body=more)
        assert (more, answer.status, answer.json["count"]) == (more, 200, count)
    for wrong, field in [
        ({"count": 0}, "count"),
        ({"count": MOST + 1}, "count"),
        ({"after": "x"}, "after"),
        ({"cron_definition": "x"}, "cron_definition"),
        ({"time_zone": "x"}, "time_zone"),
    ]:
        answer = await site.request("POST", path, who, body=wrong)
        assert (wrong, answer.status, list(answer.json)) == (wrong, 400, [field])
    assert (await site.request("GET", PATH, who)).json["count"] == 0
