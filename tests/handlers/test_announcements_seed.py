"""The seed's examples exactly, key for key, and the same in today's names (seed 004)."""

from typing import Any

import pytest

from tests.handlers.announcement_calls import URL, Caller, editor, group
from tests.sites import Site

FIRST: dict[str, Any] = {
    "_basetype": "message",
    "message": {
        "_id": 1,
        "_version": 1,
        "type": "welcome",
        "title": {"de-DE": "Willkommen!", "en-US": "Welcome!"},
        "confirmation": {"de-DE": "Bestätigung", "en-US": "confirm"},
        "start_time": {"value": "2000-01"},
        "end_time": {"value": "2020-01"},
    },
}
NORMAL = {"_id": 3, "displayname": {"de-DE": "normale Nutzer", "en-US": "normal users"}}
TEXT = {"en-US": "<h1>End-user license agreement</h1>\n<p>This product...</p>"}
SECOND: dict[str, Any] = {
    "_basetype": "message",
    "message": {
        "_id": 2,
        "_version": 3,
        "type": "eula",
        "message_html": TEXT,
        "_groups": [{"group": NORMAL}],
    },
}
STUDENTS = {"_id": 5, "displayname": {"de-DE": "Studenten", "en-US": "students"}}
PROFESSORS = {"_id": 23, "displayname": {"de-DE": "Professoren", "en-US": "professors"}}
UPDATE: dict[str, Any] = {
    "message": {
        "_id": 32,
        "_version": 2,
        "title": {"de-DE": "Unsere Bedingungen", "en-US": "Uur conditions"},
        "confirmation": {"en-US": "please confirm"},
    },
    "_groups": [{"group": {"_id": 5}}, {"group": {"_id": 23}}],
}
UPDATED: dict[str, Any] = {
    "_basetype": "message",
    "message": {
        "_id": 32,
        "_version": 2,
        "type": "eula",
        "title": {"de-DE": "Unsere Bedingungen", "en-US": "Uur conditions"},
        "confirmation": {"en-US": "please confirm"},
    },
    "_groups": [{"group": STUDENTS}, {"group": PROFESSORS}],
}


async def _groups(site: Site) -> None:
    await group(site, 3, "normal", de_DE="normale Nutzer", en_US="normal users")
    await group(site, 5, "students", de_DE="Studenten", en_US="students")
    await group(site, 23, "professors", de_DE="Professoren", en_US="professors")


async def _as_in_the_seed(site: Site) -> Caller:
    """The state that the seed's first example reads."""
    await _groups(site)
    one = await editor(site)
    first = {key: value for key, value in FIRST["message"].items() if key[0] != "_"}
    await one.created(**first)
    await one.created(type="eula", message_html=TEXT, groups=[3])
    for version in (2, 3):
        assert (await one.changed(2, version)).status == 200
    return one


@pytest.mark.gen_test
async def test_reading(site: Site) -> None:
    one = await _as_in_the_seed(site)
    answer = await one.ask("GET")
    assert (answer.status, answer.json) == (200, [FIRST, SECOND])
    for shown in (FIRST, SECOND):
        answer = await one.ask("GET", f"{URL}/{shown['message']['_id']}")
        assert (answer.status, answer.json) == (200, [shown])
    by_query = await site.request("GET", f"{URL}?token={one.token}")
    assert by_query.json == [FIRST, SECOND]
    assert by_query.headers["Cache-Control"] == "no-cache"
    for name in ("Base-Schema", "User-Schema", "API"):
        assert by_query.headers[f"X-Easydb-{name}-Version"]


@pytest.mark.gen_test
async def test_what_is_not_there(site: Site) -> None:
    one = await editor(site)
    for verb in ("GET", "DELETE"):
        answer = await one.ask(verb, f"{URL}/9999")
        assert (answer.status, answer.json) == (
            404,
            {
                "code": "server.not_found",
                "debugText": "message not found: 9999",
                "parameters": {"type": "message", "value": "9999"},
                "realm": "user",
            },
        )


@pytest.mark.gen_test
async def test_creating_changing_and_deleting(site: Site) -> None:
    await _groups(site)
    one = await editor(site)
    await site.app.accounts.store.counters.pass_over("announcements", 31)
    new = [{"message": {"_version": 1, "type": "eula", "title": {"en-US": "EULA"}}}]
    made = await one.ask("PUT", URL, new)
    message = {"_id": 32, "_version": 1, "type": "eula", "title": {"en-US": "EULA"}}
    assert (made.status, made.json) == (200, [{"_basetype": "message", "message": message}])
    changed = await one.ask("POST", URL, [UPDATE])
    assert (changed.status, changed.json) == (200, [UPDATED])
    deleted = await one.ask("DELETE", f"{URL}/32")
    assert (deleted.status, deleted.body) == (200, b"")
    assert (await one.ask("DELETE", f"{URL}/32")).status == 404
    assert (await one.ask("GET", f"{URL}/32")).status == 404
    assert (await one.ask("GET")).json == []


def _short_group(shown: dict[str, Any], name: str) -> dict[str, Any]:
    return {"_basetype": "group", "group": {**shown, "name": name, "type": "easydb"}}


@pytest.mark.gen_test
async def test_the_same_in_todays_names(site: Site) -> None:
    one = await _as_in_the_seed(site)
    me = {"_id": one.person.id, "login": "editor", "displayname": "editor"}
    owner = {"_basetype": "user", "user": me}
    first = dict(FIRST["message"])
    first["webfrontend_type"] = first.pop("type")
    second = {"_id": 2, "_version": 3, "webfrontend_type": "eula", "message": TEXT}
    answer = await one.ask("GET", f"{URL}?names=current")
    assert answer.json == [
        {"_basetype": "message", "_owner": owner, "_groups": [], "message": first},
        {
            "_basetype": "message",
            "_owner": owner,
            "_groups": [_short_group(NORMAL, "normal")],
            "message": second,
        },
    ]
    element = {**answer.json[1], "message": {**second, "_version": 4}}
    echoed = await one.ask("POST", f"{URL}?names=current", [element])
    assert echoed.json == [element]
    new = {"message": {"webfrontend_type": "x", "message": TEXT}, "_owner": owner}
    made = await one.ask("PUT", f"{URL}?names=current", [new])
    assert made.json[0]["message"] == {"_id": 3, "_version": 1, **new["message"]}
