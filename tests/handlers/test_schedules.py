"""/api/v1/schedule/ over HTTP: one resource for seeds 000 and 002 (surface; contract 1.3.2)."""

from typing import Any

import pytest

from domain.simulation import MOST
from tests.sites import Answer, Person, Site

PATH = "/api/v1/schedule/"
ENDPOINT = "http://example.com/trigger/"
NOT_FOUND = {"detail": "Not found."}
FIVE = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")
KEYS = [
    *("url", "id", "minute", "hour", "day_of_week", "day_of_month", "month_of_year"),
    *("cron_definition", "interval_definition", "frequency", "endpoint", "payload", "auth_token"),
    *("next_send_at", "enabled", "time_zone", "on_gap", "on_overlap", "misfire"),
    *("created_at", "created_by", "updated_at", "updated_by"),
]
LATER = "2100-01-01T00:00:00Z"


async def worker(site: Site, name: str = "worker") -> Person:
    return await site.person(name, rights=("services",))


async def make(site: Site, who: Person, **body: Any) -> dict[str, Any]:
    answer = await site.request("POST", PATH, who, body={"endpoint": ENDPOINT, **body})
    assert answer.status == 201, answer
    made: dict[str, Any] = answer.json
    assert answer.headers["Location"] == made["url"]
    return made


async def change(site: Site, who: Person, item: dict[str, Any], **body: Any) -> Answer:
    return await site.request("PATCH", f"{PATH}{item['id']}/", who, body=body)


def five(text: str) -> dict[str, Any]:
    """The five fields that a definition of five positions shows."""
    names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
    return dict(zip(names, text.split(), strict=True))


@pytest.mark.gen_test
async def test_a_schedule_is_made_shown_and_listed(site: Site) -> None:
    who = await worker(site)
    made = await make(
        site, who, cron_definition="0 8 * * 1,2", payload={"a": [1, None]}, auth_token="secret"
    )
    user = f"{site.base}/api/v1/user/{who.id}/"
    assert sorted(made) == sorted(KEYS)
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


INTEGER = "A valid integer is required."
INSTANT = (
    "Datetime has wrong format. Use one of these formats instead: "
    "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
)
CRON = "is not a valid crontab string:"
INTERVAL = (
    "is not a valid interval string: integer and period "
    "(from: days, hours, minutes, seconds, microseconds) e.g. 1 minutes"
)
PERIOD = "is not a valid period. Accepted: days, hours, minutes, seconds, microseconds)"
LONG = "Ensure this field has no more than {} characters."
URL = "Enter a valid URL."
REFUSED: list[tuple[str, Any, str]] = [
    ("endpoint", "", "This field may not be blank."),
    ("endpoint", " ", "This field may not be blank."),
    ("endpoint", [], "Not a valid string."),
    ("endpoint", 123, URL),
    ("endpoint", "not a url", URL),
    ("endpoint", "ftp://example.com/", URL),
    ("endpoint", "http://", URL),
    ("endpoint", "http:///path", URL),
    ("endpoint", "http://a b/", URL),
    ("endpoint", "http://x:70000/", URL),
    ("endpoint", "http://x:0/", URL),
    ("endpoint", "http://user:pw@x/", URL),
    ("endpoint", "http://x\\@y/", URL),
    ("endpoint", "http://[::g]/", URL),
    ("endpoint", "http://x/a\nb", URL),
    ("endpoint", "http://x/" + "a" * 500, LONG.format(500)),
    ("cron_definition", "99 * * * *", f"99 * * * * {CRON} item value 99 out of range [0, 59]"),
    (
        "cron_definition",
        "* * * *",
        f"* * * * {CRON} improper number of cron entries specified; got 4 need 5 to 7",
    ),
    ("cron_definition", "0 0 30 2 *", f"0 0 30 2 * {CRON} no such date comes"),
    ("cron_definition", "0 " * 251, LONG.format(500)),
    ("minute", "99", f"99 * * * * {CRON} item value 99 out of range [0, 59]"),
    ("minute", "", "This field may not be blank."),
    ("hour", "1" * 65, LONG.format(64)),
    ("interval_definition", "1 minute", f"1 minute {PERIOD}"),
    ("interval_definition", "every one mins", f"every one mins {INTERVAL}"),
    ("interval_definition", "5", f"5 {INTERVAL}"),
    ("interval_definition", "0 seconds", "not"),
    ("interval_definition", "-5 minutes", "not"),
    ("interval_definition", "1 microseconds", "not"),
    ("interval_definition", "99999999999 days", "not"),
    ("interval_definition", "9" * 101, LONG.format(100)),
    ("frequency", "x", INTEGER),
    ("frequency", True, INTEGER),
    ("frequency", 1.5, INTEGER),
    ("frequency", 2**31, "Ensure this value is less than or equal to 2147483647."),
    ("frequency", -(2**31) - 1, "Ensure this value is greater than or equal to -2147483648."),
    ("next_send_at", "2026-02-30T00:00:00Z", INSTANT),
    ("next_send_at", "2026-01-01", INSTANT),
    ("next_send_at", "tomorrow", INSTANT),
    ("next_send_at", 5, INSTANT),
    ("next_send_at", "9999-12-31T23:59:59Z", INSTANT),
    ("next_send_at", "2026-01-01T25:00:00Z", INSTANT),
    ("enabled", None, "This field may not be null."),
    ("enabled", "maybe", "Must be a valid boolean."),
    ("enabled", [], "Must be a valid boolean."),
    ("time_zone", "Mars/Olympus", "Enter a valid time zone, for example Europe/Berlin."),
    ("time_zone", None, "This field may not be null."),
    ("on_gap", "jump", '"jump" is not a valid choice.'),
    ("on_overlap", 1, '"1" is not a valid choice.'),
    ("misfire", "never", '"never" is not a valid choice.'),
    ("misfire", "skip 5", f"5 {INTERVAL}"),
    ("auth_token", "a" * 501, LONG.format(500)),
    ("auth_token", "a\nb", "Enter printable characters."),
    ("auth_token", "a\x00b", "Null characters are not allowed."),
]


@pytest.mark.gen_test(timeout=60)
async def test_what_is_refused_is_named_and_nothing_is_kept(site: Site) -> None:
    who = await worker(site)
    kept = await make(site, who, cron_definition="0 8 * * *")
    for field, value, text in REFUSED:
        body = {"endpoint": ENDPOINT, field: value}
        for verb, path in (("POST", PATH), ("PUT", kept["url"]), ("PATCH", kept["url"])):
            answer = await site.request(verb, path.removeprefix(site.base), who, body=body)
            assert (field, value, answer.status, list(answer.json)) == (field, value, 400, [field])
            if text == "not":
                assert answer.json[field][0].startswith(f"{value} is not a valid interval: the ")
            else:
                assert (value, answer.json) == (value, {field: [text]})
    listed = await site.request("GET", PATH, who)
    assert listed.json["results"] == [kept]
    assert await site.carillon.database.collection("jobs").count({}) == 1


@pytest.mark.gen_test
async def test_all_that_is_wrong_is_said_at_once(site: Site) -> None:
    who = await worker(site)
    required = {"endpoint": ["This field is required."]}
    for body in ({}, None, {"minute": None, "hour": None}, {"unknown": 1, "id": 7}):
        answer = await site.request("POST", PATH, who, body=body)
        assert (answer.status, answer.json) == (400, required)
    both = await site.request("POST", PATH, who, body={"frequency": "x", "enabled": "x"})
    assert sorted(both.json) == ["enabled", "endpoint", "frequency"]
    apart = await site.request(
        "POST", PATH, who, body={"minute": "5", "cron_definition": "6 * * * *"}
    )
    assert (apart.status, list(apart.json)) == (400, ["non_field_errors"])
    date = await site.request("POST", PATH, who, body={"day_of_month": "30", "month_of_year": "2"})
    assert (date.status, list(date.json)) == (400, ["day_of_month"])
    listed = await site.request("POST", PATH, who, body=[])
    assert listed.json == {
        "non_field_errors": ["Invalid data. Expected a dictionary, but got list."]
    }


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
    jobs = await site.carillon.database.collection("jobs").find({})
    assert [job["state"] for job in jobs] == ["cancelled"]
    assert (await site.request("GET", PATH, who)).json["count"] == 0


@pytest.mark.gen_test
async def test_what_is_used_is_not_deleted(site: Site) -> None:
    who = await worker(site)
    made = await make(site, who, cron_definition="0 8 * * *")
    used = {made["id"]}

    async def is_used(schedule: int) -> bool:
        return schedule in used

    site.app.schedules.ask_before_delete(is_used)
    path = f"{PATH}{made['id']}/"
    refused = await site.request("DELETE", path, who)
    assert (refused.status, list(refused.json)) == (409, ["detail"])
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
