"""Subscriptions over HTTP (seed 000; stages contract, 1.2.6 and 1.2.7)."""

from typing import Any
from uuid import UUID

import pytest

from tests.handlers.schedule_calls import NOT_FOUND, worker
from tests.handlers.stage_calls import (
    IDENTITY,
    NO_CHOICE,
    REQUIRED,
    SUBSCRIPTIONS,
    ids_of,
    new_set,
    no_such,
    post,
    subscribe,
)
from tests.sites import Site


@pytest.mark.gen_test
async def test_a_subscription_by_its_id_and_its_number(site: Site) -> None:
    who = await worker(site)
    made = await new_set(site, who, label="One")
    taken = await subscribe(site, who, made, metadata={"a": 1})
    assert str(UUID(taken["id"])) == taken["id"]
    assert taken == {
        "url": f"{site.base}{SUBSCRIPTIONS}{taken['id']}/",
        "id": taken["id"],
        "number": taken["number"],
        "version": 1,
        "identity": IDENTITY,
        "messageset": made["id"],
        "next_sequence_number": 1,
        "lang": "eng_ZA",
        "active": True,
        "completed": False,
        "schedule": made["default_schedule"],
        "process_status": 0,
        "metadata": {"a": 1},
        "created_at": taken["created_at"],
        "updated_at": taken["created_at"],
        "initial_sequence_number": 1,
        "messageset_label": "One",
    }
    for one in (taken["id"], taken["id"].upper(), taken["number"]):
        for slash in ("/", ""):
            path = f"{SUBSCRIPTIONS}{one}{slash}"
            assert (await site.request("GET", path, who)).json == taken
    body = {"active": "False", "completed": True, "process_status": 2, "metadata": None}
    changed = await site.request("PATCH", f"{SUBSCRIPTIONS}{taken['number']}/", who, body=body)
    assert changed.status == 200
    news = {**body, "active": False, "updated_at": changed.json["updated_at"]}
    assert changed.json == {**taken, **news}
    for odd in ("0", "f" * 32, "-", "9" * 40, "00000000-0000-0000-0000-00000000000"):
        answer = await site.request("GET", f"{SUBSCRIPTIONS}{odd}/", who)
        assert (odd, answer.status, answer.json) == (odd, 404, NOT_FOUND)
    gone = await site.request("DELETE", f"{SUBSCRIPTIONS}{taken['id']}/", who)
    assert gone.status == 204
    for one in (taken["id"], taken["number"]):
        assert (await site.request("GET", f"{SUBSCRIPTIONS}{one}/", who)).status == 404


@pytest.mark.gen_test
async def test_what_a_subscription_refuses(site: Site) -> None:
    who = await worker(site)
    made = await new_set(site, who)
    good = {"identity": "i", "messageset": made["id"], "schedule": made["default_schedule"]}
    good["lang"] = "eng_ZA"
    cases: list[tuple[Any, Any]] = [
        ({}, dict.fromkeys(("identity", "messageset", "schedule", "lang"), REQUIRED)),
        (
            {**good, "messageset": 99, "schedule": 98, "active": "maybe", "identity": "i" * 37},
            {
                "messageset": no_such(99),
                "schedule": no_such(98),
                "active": ["Must be a valid boolean."],
                "identity": ["Ensure this field has no more than 36 characters."],
            },
        ),
        (
            {**good, "version": 2**31},
            {"version": ["Ensure this value is less than or equal to 2147483647."]},
        ),
    ]
    for body, problems in cases:
        answer = await site.request("POST", SUBSCRIPTIONS, who, body=body)
        assert (answer.status, answer.json) == (400, problems), body
    assert (await site.request("GET", SUBSCRIPTIONS, who)).json["count"] == 0


@pytest.mark.gen_test
async def test_filters_of_subscriptions(site: Site) -> None:
    who = await worker(site)
    first = await new_set(site, who, "prebirth.mother.1")
    second = await new_set(site, who, "postbirth.mother.1")
    a = await subscribe(site, who, first, metadata={"seen": 1, "deep": {"x": 1}})
    b = await subscribe(site, who, second, identity="bob", active=False, lang="afr_ZA")
    c = await subscribe(site, who, first, identity="bob", next_sequence_number=3, metadata=[1])
    named = {a["id"]: "a", b["id"]: "b", c["id"]: "c"}
    cases = {
        "": "cba",
        "identity=bob": "cb",
        "identity=bob&active=True": "c",
        "identity=": "cba",
        "active=0": "b",
        "active=perhaps": "cba",
        "completed=false": "cba",
        "lang=afr_ZA": "b",
        "next_sequence_number=3": "c",
        "next_sequence_number=3.5": "",
        "version=99999999999999999999": "",
        f"id={a['id']}": "a",
        f"messageset={first['id']}": "ca",
        f"schedule={second['default_schedule']}": "b",
        "metadata_has_key=seen": "a",
        "metadata_has_key=x": "",
        "metadata_not_has_key=seen": "cb",
        "metadata=%5B1%5D": "c",
        "metadata=x": "",
        "messageset_contains=prebirth": "ca",
        "messageset_contains=Prebirth": "",
        f"messageset_contains=mother&messageset={second['id']}": "b",
        f"created_after={b['created_at']}": "cb",
        f"created_before={b['created_at']}": "ba",
        f"created_at={b['created_at']}": "b",
        f"created_by={who.id}": "",
        "nothing=1": "cba",
    }
    for query, wanted in cases.items():
        found = await ids_of(site, who, f"{SUBSCRIPTIONS}?{query}")
        assert (query, "".join(named[one] for one in found)) == (query, wanted)
    page = (await site.request("GET", f"{SUBSCRIPTIONS}?limit=1&identity=bob", who)).json
    assert (page["count"], [one["id"] for one in page["results"]]) == (2, [c["id"]])
    assert page["next"] == f"{site.base}{SUBSCRIPTIONS}?identity=bob&limit=1&offset=1"
    rest = await site.request("GET", page["next"].removeprefix(site.base), who)
    assert [one["id"] for one in rest.json["results"]] == [b["id"]]
    wrong = await site.request(
        "GET",
        f"{SUBSCRIPTIONS}?id=x&messageset=99&schedule=y&created_after=2016-11-01&version=x"
        "&updated_by=0",
        who,
    )
    assert (wrong.status, wrong.json) == (
        400,
        {
            "id": ["Enter a valid UUID."],
            "messageset": NO_CHOICE,
            "schedule": NO_CHOICE,
            "created_after": ["Enter a valid date/time."],
            "version": ["Enter a number."],
            "updated_by": NO_CHOICE,
        },
    )


@pytest.mark.gen_test
async def test_a_hub_asks_for_a_subscription(site: Site) -> None:
    who = await worker(site)
    made = await new_set(site, who)
    path = f"{SUBSCRIPTIONS}request"
    data = {
        "id": "00000000-0000-0000-0000-000000000000",
        "identity": IDENTITY,
        "messageset": made["id"],
        "next_sequence_number": 2,
        "lang": "eng_ZA",
        "schedule": made["default_schedule"],
    }
    hook = {"id": 1, "event": "subscriptionrequest.added", "target": "http://example.com/"}
    for slash in ("", "/"):
        assert await post(site, who, path + slash, hook=hook, data=data) == {"accepted": True}
    found = (await site.request("GET", SUBSCRIPTIONS, who)).json["results"]
    assert [(one["initial_sequence_number"], one["metadata"]) for one in found] == [(2, {})] * 2
    assert data["id"] not in [one["id"] for one in found]
    without = {key: data[key] for key in data if key != "next_sequence_number"}
    await post(site, who, path, data=without)
    newest = (await site.request("GET", SUBSCRIPTIONS, who)).json["results"][0]
    assert (newest["next_sequence_number"], newest["initial_sequence_number"]) == (1, 1)
    nobody = {key: data[key] for key in data if key != "identity"}
    for body, problems in [
        ({"data": nobody}, {"identity": REQUIRED}),
        ({}, {"data": REQUIRED}),
        ({"data": 3}, {"data": ["Invalid data. Expected a dictionary, but got int."]}),
    ]:
        answer = await site.request("POST", path, who, body=body)
        assert (answer.status, answer.json) == (400, problems)


@pytest.mark.gen_test
async def test_administrators_see_how_many_stand_where(site: Site) -> None:
    admin, who = await site.admin(), await worker(site)
    made, other = await new_set(site, who), await new_set(site, who, "other")
    for body in (
        {},
        {"next_sequence_number": 2},
        {"next_sequence_number": 2, "process_status": -1},
        {"next_sequence_number": 3, "completed": True, "process_status": 2},
        {"active": False},
    ):
        await subscribe(site, who, made, **body)
    await subscribe(site, who, other)
    answer = await site.request("GET", f"/stages/sets/{made['id']}/funnel/", admin)
    assert answer.json == {
        "steps": [
            {"next_sequence_number": 1, "subscriptions": 1, "held": 0},
            {"next_sequence_number": 2, "subscriptions": 2, "held": 1},
        ],
        "completed": 1,
        "stopped": 1,
    }
    assert (await site.request("GET", "/stages/sets/999/funnel/", admin)).status == 404
    assert (await site.request("GET", f"/stages/sets/{made['id']}/funnel/", who)).status == 403
