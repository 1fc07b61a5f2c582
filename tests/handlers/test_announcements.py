"""The announcements' API from outside: the list of the contract's 2.8, and its bad input (2.5)."""

import asyncio
import json
from typing import Any

import pytest

from domain.audiences import SYSTEM_GROUP_IDS
from tests.handlers.announcement_calls import (
    DENIED,
    EN,
    SESSION,
    URL,
    Caller,
    caller,
    code,
    editor,
    group,
    signed_in,
)
from tests.sites import Site

ALL = SYSTEM_GROUP_IDS[":all"]


async def picture(site: Site) -> list[Any]:
    """All that a call could have left behind."""
    names = ("announcements", "announcements_versions", "announcements_claims", "live_records")
    kept = [await site.carillon.database.collection(name).find({}) for name in names]
    return [sorted(str(one["_id"]) for one in rows) for rows in kept]


@pytest.mark.gen_test
async def test_who_may(site: Site) -> None:
    one, plain = await editor(site), await caller(site, "plain")
    fresh = (await site.request("GET", SESSION)).json["token"]
    long_lived = {"Authorization": f"Token {one.person.token}"}
    for headers in ({}, {"x-easydb-token": fresh}, {"x-easydb-token": "x"}, long_lived):
        for verb in ("GET", "PUT", "POST", "DELETE"):
            assert code(await site.request(verb, URL, headers=headers)) == DENIED
    assert code(await site.request("GET", f"{URL}?token={one.person.token}")) == DENIED
    refused = await plain.ask("GET")
    assert (refused.status, refused.json) == (
        403,
        {
            "code": "error.user.no_system_right",
            "debugText": "right missing: system.message",
            "parameters": {"right": "system.message"},
            "realm": "user",
        },
    )
    editors = await group(site, 7, "editors")
    groups = site.carillon.database.collection("accounts_groups")
    await groups.update({"_id": editors}, {"$set": {"rights": ["system.root"]}})
    await site.app.accounts.groups.join(plain.person.id, editors)
    assert (await plain.ask("GET")).status == 200
    cookie = {"Cookie": f"carillon_session={one.token}"}
    assert (await site.request("GET", URL, headers=cookie)).status == 200
    assert (await site.request("PUT", URL, body=[], headers=cookie)).status == 403
    token = (await site.request("GET", "/session", headers=cookie)).json["csrf_token"]
    headers = {**cookie, "X-CSRF-Token": token}
    assert (await site.request("PUT", URL, body=[], headers=headers)).json == []
    browser = (await site.request("GET", SESSION, headers=cookie)).json
    assert (browser["token"], browser["user"]["user"]["login"]) == (None, "editor")


@pytest.mark.gen_test
async def test_changing(site: Site) -> None:
    one, other = await editor(site), await caller(site, "other")
    ours = await group(site, 5, "ours", en_US="us")
    made = await one.created(title=EN, type="x", reference="r", groups=[ours])
    number = made["message"]["_id"]
    for version in (0, 1, 3, 2**70):
        answer = await one.changed(number, version, title=EN)
        assert (answer.status, answer.json["code"], answer.json["parameters"]) == (
            *(400, "error.user.version_mismatch"),
            {"provided": str(version), "expected": "2"},
        )
    races = await asyncio.gather(
        *(one.changed(number, 2, title={"en-US": f"try {n}"}) for n in range(8))
    )
    (winner,) = [answer.json[0] for answer in races if answer.status == 200]
    assert [code(answer) for answer in races if answer.status != 200] == [
        (400, "error.user.version_mismatch")
    ] * 7
    (kept,) = (await one.ask("GET", f"{URL}/{number}")).json
    assert kept["message"]["title"] == winner["message"]["title"]
    assert winner["_groups"] == [{"group": {"_id": 5, "displayname": {"en-US": "us"}}}]
    by_name = {"message": {"lookup:_id": {"reference": "r"}, "_version": 3, "type": None}}
    (changed,) = (await one.ask("POST", URL, [{**by_name, "_groups": []}])).json
    assert ("_groups" in changed, "type" in changed["message"]) == (False, False)
    taken = await one.ask("PUT", URL, [{"message": {"reference": "r"}}])
    assert code(taken) == (400, "error.user.integrity_constraint_violation")
    assert (await one.changed(number, 4, reference="r2")).status == 200
    assert (await one.created(reference="r"))["message"]["reference"] == "r"
    owner = [{"message": {"_id": number, "_version": 5}, "_owner": _user(other.person.id)}]
    assert (await one.ask("POST", URL, owner)).status == 200
    versions = await site.request("GET", f"/announcements/{number}/versions", one.person)
    assert [row["message"]["_version"] for row in versions.json] == [1, 2, 3, 4, 5]
    assert [row["_owner"]["user"]["_id"] for row in versions.json][-2:] == [
        one.person.id,
        other.person.id,
    ]
    await site.app.accounts.delete(other.person.id)
    (orphan,) = (await one.ask("GET", f"{URL}/{number}?names=current")).json
    assert orphan["_owner"]["group"]["name"] == ":fallback"


def _user(number: int) -> dict[str, Any]:
    return {"user": {"_id": number}}


BAD: list[tuple[str, Any, tuple[int, str]]] = [
    ("PUT", {}, (400, "error.api.type_mismatch")),
    ("PUT", [3], (400, "error.api.type_mismatch")),
    ("PUT", [{"message": {"_id": 1}}], (400, "error.api.attribute_not_accepted")),
    ("PUT", [{"message": {"_version": 2}}], (400, "error.user.version_mismatch")),
    ("PUT", [{"message": {"title": "x"}}], (400, "error.api.type_mismatch")),
    ("PUT", [{"message": {"title": {}}}], (400, "error.user.not_null_violation")),
    ("PUT", [{"message": {"x": 1}}], (400, "error.api.attribute_not_accepted")),
    (
        "PUT",
        [{"message": {"start_time": {"value": "2021"}, "end_time": {"value": "2020"}}}],
        (400, "error.user.invalid_value"),
    ),
    (
        "PUT",
        [{"message": {"reference": "a"}}] * 2,
        (400, "error.user.integrity_constraint_violation"),
    ),
    ("PUT", [{"message": {}, "_owner": {"user": {"_id": 99}}}], (404, "error.user.user_not_found")),
    (
        "PUT",
        [{"message": {}, "_groups": [{"group": {"_id": 99}}]}],
        (404, "error.user.group_not_found"),
    ),
    (
        "PUT",
        [{"message": {}, "_groups": [{"group": {"_id": 2**70}}]}],
        (404, "error.user.group_not_found"),
    ),
    ("POST", [{"message": {"_version": 2}}], (400, "error.api.attribute_expected")),
    ("POST", [{"message": {"_id": 1}}], (400, "error.api.attribute_expected")),
    ("POST", [{"message": {"_id": 77, "_version": 2}}], (404, "server.not_found")),
    ("POST", [{"message": {"_id": 2**70, "_version": 2}}], (404, "server.not_found")),
    ("POST", [{"message": {"_id": 1, "_version": 2}}] * 2, (400, "error.api.invalid_value")),
]


@pytest.mark.gen_test
async def test_bad_input_has_no_effect(site: Site) -> None:
    one, other = await editor(site), await caller(site, "other")
    await one.created(title=EN)
    before = await picture(site)
    good = {"PUT": {"message": {"title": EN}}, "POST": {"message": {"_id": 1, "_version": 2}}}
    for verb, body, wanted in BAD:
        assert (verb, body, code(await one.ask(verb, URL, body))) == (verb, body, wanted)
        if isinstance(body, list) and len(body) == 1:
            answer = await one.ask(verb, URL, [good[verb], *body])
            assert (body, code(answer)) == (body, wanted)
    owned = [{"message": {}, "_owner": _user(other.person.id)}]
    assert code(await one.ask("PUT", URL, owned)) == (403, "error.user.change_owner_on_creation")
    for body, kind in [
        (b"", "application/json"),
        (b"[", "application/json"),
        (b"\xff", "application/json"),
        (b"[]", "text/plain"),
        (b"[]", ""),
        (b"a=1", "application/x-www-form-urlencoded"),
    ]:
        headers = {"Content-Type": kind} if kind else {"Content-Type": "x"}
        answer = await one.ask("PUT", URL, body, headers)
        assert (body, kind, code(answer)) == (body, kind, (400, "error.api.invalid_content"))
    assert code(await one.ask("PUT", URL, [{"message": {}}] * 1_001))[0] == 400
    for verb, path in [("PATCH", URL), ("PUT", f"{URL}/1"), ("POST", f"{URL}/1"), ("PUT", SESSION)]:
        answer = await one.ask(verb, path, [])
        assert (verb, path, code(answer)) == (verb, path, (400, "error.api.invalid_request_method"))
    assert code(await one.ask("DELETE")) == (400, "error.api.positional_parameter_expected")
    for text in ("abc", "-1", "1.5", "%C2%B2"):
        assert code(await one.ask("GET", f"{URL}/{text}")) == (400, "error.api.invalid_value")
    for number in (0, 99, 2**64):
        assert code(await one.ask("GET", f"{URL}/{number}")) == (404, "server.not_found")
    for query in ("limit=x", "offset=-1", "cache_seconds=x"):
        assert code(await one.ask("GET", f"{URL}?{query}")) == (400, "error.api.invalid_value")
    assert await picture(site) == before


@pytest.mark.gen_test
async def test_odd_content_comes_back_as_it_went(site: Site) -> None:
    one = await editor(site)
    props = {"$set": {"a.b": [2**70, 1.5, None, "\0"]}, "": True}
    sent: dict[str, Any] = {
        "webfrontend_props": props,
        "type": "$x",
        "title": {"de": "$y\0", "en-US": None},
    }
    sent |= {"message_html": {"en": "<script>x</script>"}, "confirm_every_version": False}
    made = await one.created(**sent)
    assert made["message"] == {"_id": 1, "_version": 1, **sent}
    page = (await one.ask("GET", f"{URL}?limit=1&offset=0&cache_seconds=60")).headers
    assert page["Cache-Control"] == "private; max-age=60"
    assert "Expires" in page
    assert (await one.ask("GET", f"{URL}?limit=1&offset=1")).json == []
    key = {"Idempotency-Key": "6d1f0c6e-4a3e-4b8e-9f5a-000000000001"}
    body = [{"message": {"title": EN, "reference": "k"}}, {"message": {}}]
    answers = await asyncio.gather(*(one.ask("PUT", URL, body, key) for _ in range(3)))
    answers.append(await one.ask("PUT", URL, body, key))
    assert [answer.json for answer in answers] == [answers[0].json] * 4
    assert [row["message"]["title"] for row in answers[0].json[:1]] == [EN]
    assert (await one.ask("PUT", URL, [], key)).status == 422
    assert len((await one.ask("GET")).json) == 3


@pytest.mark.gen_test
async def test_tokens_are_in_no_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    one: Caller = await editor(site)
    token = await signed_in(site, "editor")
    await site.request("GET", f"{URL}?token={token}")
    await site.request("GET", f"{URL}/x?token={token}")
    assert token not in caplog.text
    assert one.token not in caplog.text
    assert json.dumps(await picture(site)).count(token) == 0
