"""/api/v1/schedule/ over HTTP: one resource for seeds 000 and 002 (surface, "Schedules")."""

from typing import Any

import pytest

from tests.handlers.schedule_calls import (
    ENDPOINT,
    FIVE,
    KEYS,
    LATER,
    PATH,
    change,
    five,
    make,
    worker,
)
from tests.sites import Site


@pytest.mark.gen_test
async def test_a_schedule_is_made_shown_and_listed(site: Site) -> None:
    who = await worker(site)
    made = await make(
        site, who, cron_definition="0 8 * * 1,2", payload={"a": [1, None]}, auth_token="secret"
    )
    user = f"{site.base}/api/v1/user/{who.id}/"
    assert list(made) == KEYS
    moment = made["created_at"]
    assert made == {
        **five("0 8 * * 1,2"),
        "url": f"{site.base}{PATH}{made['id']}/",
        "id": made["id"],
        "cron_definition": "0 8 * * 1,2",
        "interval_definition": None,
        "frequency": None,
        "endpoint": ENDPOINT,
        "payload": {"a": [1, None]},
        "auth_token": "secret",
        "next_send_at": made["next_send_at"],
        "enabled": True,
        "time_zone": "UTC",
        "on_gap": "shift",
        "on_overlap": "first",
        "misfire": "run_once",
        "created_at": moment,
        "created_by": user,
        "updated_at": moment,
        "updated_by": user,
    }
    assert made["next_send_at"].endswith("T08:00:00Z")
    for slash in ("/", ""):
        path = f"{PATH}{made['id']}{slash}"
        assert (await site.request("GET", path, who)).json == made
        listed = await site.request("GET", PATH.removesuffix("/") + slash, who)
        assert listed.json == {"count": 1, "next": None, "previous": None, "results": [made]}


@pytest.mark.gen_test
async def test_the_newest_is_listed_first(site: Site) -> None:
    who = await worker(site)
    ids = [(await make(site, who, frequency=n))["id"] for n in range(5)][::-1]
    listed = await site.request("GET", f"{PATH}?limit=2&enabled=false&frequency=44", who)
    assert [one["id"] for one in listed.json["results"]] == ids[:2]
    assert listed.json["count"] == 5
    assert listed.json["next"].endswith("?enabled=false&frequency=44&limit=2&offset=2")
    rest = await site.request("GET", f"{PATH}?limit=9&offset=2", who)
    assert [one["id"] for one in rest.json["results"]] == ids[2:]


SPELT: list[tuple[dict[str, Any], str]] = [
    ({"minute": 5}, "5 * * * *"),
    ({"minute": "0", "hour": "8", "day_of_week": "1, 2, 3"}, "0 8 * * 1,2,3"),
    ({"month_of_year": "jan", "day_of_month": "1", "minute": "1", "hour": "2"}, "1 2 1 jan *"),
    ({"day_of_week": "*", "minute": None}, "* * * * *"),
    ({"minute": "5", "cron_definition": "5 * * * *"}, "5 * * * *"),
    ({"minute": "5", "cron_definition": None}, "5 * * * *"),
]
SHOWN = [
    ("*/10 * * * *", "*/10 * * * *"),
    ("0 9 * * mon-fri", "0 9 * * mon-fri"),
    ("0 0 * * 7", "0 0 * * 7"),
    ("@daily", "0 0 * * *"),
    ("30 1 2 3 * 2099", "30 1 2 3 *"),
    ("15 30 1 2 3 * *", "30 1 2 3 *"),
]


@pytest.mark.gen_test
async def test_the_five_fields_and_the_definition_are_one(site: Site) -> None:
    who = await worker(site)
    for body, cron in SPELT:
        answer = await site.request("POST", PATH, who, body=body)
        made = answer.json
        assert (answer.status, made["cron_definition"], made["endpoint"]) == (201, cron, None)
        assert {name: made[name] for name in FIVE} == five(cron)
    for cron, shown in SHOWN:
        made = await make(site, who, cron_definition=cron)
        assert made["cron_definition"] == cron
        assert {name: made[name] for name in FIVE} == five(shown)
        assert made["next_send_at"] is not None


@pytest.mark.gen_test
async def test_an_echo_of_what_was_shown_changes_nothing(site: Site) -> None:
    who, root = await worker(site), await site.admin()
    bodies: list[dict[str, Any]] = [
        {"cron_definition": "@daily", "auth_token": "secret", "payload": "text"},
        {"interval_definition": "5 minutes", "payload": None},
        {"next_send_at": LATER, "frequency": 3, "misfire": "skip 5 minutes"},
        {"enabled": False, "cron_definition": "0 0 1 1 *", "next_send_at": LATER},
        {"cron_definition": "*/5 0 0 1 1 * 2090", "time_zone": "Europe/Berlin"},
        {},
    ]
    for body in bodies:
        made = await make(site, who, **body)
        for verb in ("PUT", "PATCH"):
            for caller in (who, root, await worker(site, f"other{made['id']}{verb}")):
                shown = await site.request("GET", f"{PATH}{made['id']}/", caller)
                answer = await site.request(verb, f"{PATH}{made['id']}/", caller, body=shown.json)
                assert answer.status == 200, (body, answer)
                now = (await site.request("GET", f"{PATH}{made['id']}/", who)).json
                moved = ("updated_at", "updated_by")
                assert {**now, **{k: made[k] for k in moved}} == made
                assert now["updated_at"] > made["updated_at"]
    bare = (await site.request("POST", PATH, who, body={"minute": "5"})).json
    for verb in ("PUT", "PATCH"):
        echoed = await site.request(verb, f"{PATH}{bare['id']}/", who, body=bare)
        assert (echoed.status, echoed.json["endpoint"]) == (200, None)


@pytest.mark.gen_test
async def test_edits_of_when_it_is_due(site: Site) -> None:
    who = await worker(site)
    made = await make(site, who, cron_definition="0 8 * * *")
    one = (await change(site, who, made, minute="30")).json
    assert (one["cron_definition"], one["next_send_at"][11:]) == ("30 8 * * *", "08:30:00Z")
    two = (await change(site, who, made, cron_definition="15 9 1 * *")).json
    assert {name: two[name] for name in FIVE} == five("15 9 1 * *")
    assert two["next_send_at"][8:] == "01T09:15:00Z"
    three = (await change(site, who, made, cron_definition=None)).json
    assert [three[name] for name in (*FIVE, "cron_definition", "next_send_at")] == [None] * 7
    four = (await change(site, who, made, next_send_at="2099-02-03T04:05:06.5+01:00")).json
    assert four["next_send_at"] == "2099-02-03T03:05:06.500000Z"
    five_ = (await change(site, who, made, cron_definition="0 0 * * *")).json
    assert five_["next_send_at"] == "2099-02-04T00:00:00Z", "not before what was written"
    six = (await change(site, who, made, enabled="false")).json
    assert (six["enabled"], six["next_send_at"]) == (False, None)
    seven = (await change(site, who, made, enabled=True, time_zone="Europe/Berlin")).json
    assert seven["next_send_at"] == "2099-02-03T23:00:00Z"
    eight = (await change(site, who, made, frequency=0)).json
    assert (eight["frequency"], eight["next_send_at"]) == (0, None)


@pytest.mark.gen_test
async def test_an_interval_counts_from_when_it_was_given_or_from_the_first_firing(
    site: Site,
) -> None:
    who = await worker(site)
    first = await make(site, who, interval_definition="5 minutes", next_send_at=LATER)
    assert first["next_send_at"] == LATER
    plain = await make(site, who, interval_definition="36500 days")
    assert plain["next_send_at"] > LATER
    assert plain["next_send_at"][11:19] == plain["created_at"][11:19]


@pytest.mark.gen_test
async def test_put_wants_the_endpoint_and_resets_nothing(site: Site) -> None:
    who = await worker(site)
    made = await make(site, who, cron_definition="0 8 * * *", frequency=7, payload=[1])
    path = f"{PATH}{made['id']}/"
    refused = await site.request("PUT", path, who, body={"frequency": 8})
    assert (refused.status, refused.json) == (400, {"endpoint": ["This field is required."]})
    same = await site.request("PUT", path, who, body={"endpoint": ENDPOINT})
    assert same.status == 200
    assert {**same.json, "updated_at": made["updated_at"]} == made
    bare = (await site.request("POST", PATH, who, body={"minute": "5"})).json
    nothing = await site.request("PUT", f"{PATH}{bare['id']}/", who, body={})
    assert (nothing.status, nothing.json["cron_definition"]) == (200, "5 * * * *")
    null = await site.request("PATCH", path, who, body={"endpoint": None})
    assert (null.status, null.json) == (400, {"endpoint": ["This field may not be null."]})


@pytest.mark.gen_test
async def test_what_is_read_generously(site: Site) -> None:
    who = await worker(site)
    made = await make(
        site,
        who,
        endpoint=" http://example.com:8080/ä?b=ü ",
        frequency="44",
        enabled="True",
        cron_definition="",
        interval_definition=" ",
        auth_token="",
        payload="text",
        id=777,
        created_at="1999-01-01T00:00:00Z",
        created_by=1,
    )
    wanted = {
        "endpoint": "http://example.com:8080/ä?b=ü",
        "frequency": 44,
        "enabled": True,
        "cron_definition": None,
        "interval_definition": None,
        "auth_token": "",
        "payload": "text",
        "next_send_at": None,
    }
    assert {name: made[name] for name in wanted} == wanted
    assert made["id"] != 777
    assert not made["created_at"].startswith("1999")
    payloads: list[Any] = [None, [], 0, "", {"$set": {"a.b": 1}}, [2**70, 1e300], {"": {}}]
    for payload in (*payloads, "\ud800"):
        made = await make(site, who, payload=payload)
        again = await site.request("GET", f"{PATH}{made['id']}/", who)
        assert again.json["payload"] == made["payload"] == payload
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"endpoint=http%3A%2F%2Fx%2F&payload=%7B%22a%22%3A1%7D&frequency=&enabled=false"
    sent = await site.request("POST", PATH, who, body=body, headers=form)
    assert (sent.status, sent.json["payload"], sent.json["enabled"]) == (201, {"a": 1}, False)
    bad = await site.request("POST", PATH, who, body=body + b"&payload=%7B", headers=form)
    assert (bad.status, bad.json) == (400, {"payload": ["Value must be valid JSON."]})


@pytest.mark.gen_test
async def test_a_payload_has_a_bound(site: Site) -> None:
    who = await worker(site)
    large = await make(site, who, payload="x" * (2**20 - 2))
    assert len(large["payload"]) == 2**20 - 2
    body = {"endpoint": ENDPOINT, "payload": "x" * 2**20}
    answer = await site.request("POST", PATH, who, body=body)
    assert answer.json == {"payload": ["Ensure this field has no more than 1048576 bytes."]}
    deep = b'{"endpoint": "http://x/", "payload": ' + b"[" * 900 + b"]" * 900 + b"}"
    headers = {"Content-Type": "application/json"}
    sent = await site.request("POST", PATH, who, body=deep, headers=headers)
    assert sent.status in (201, 400)
    if sent.status == 201:
        assert (await site.request("GET", f"{PATH}{sent.json['id']}/", who)).status == 200
