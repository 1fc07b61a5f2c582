"""What schedules do not take, with the contract's texts (1.3.2)."""

from typing import Any

import pytest

from tests.handlers.schedule_calls import ENDPOINT, PATH, make, worker
from tests.sites import Site

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
    assert await site.carillon.database.collection("jobs").count({"kind": "schedules.fire"}) == 1


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
