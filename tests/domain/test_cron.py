"""Crontab texts: what is read, what is refused with which words, five fields and one definition."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.coercion import Refused
from domain.cron import FIELDS, agree, checked, checked_field, composed, fields_of
from domain.cron_rules import read
from domain.instants import parse_iso, to_text


def first(text: str, after: str) -> str | None:
    start = parse_iso(after)
    assert start is not None
    found = read(text).first_from(start)
    return None if found is None else to_text(found)


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("* * * * *", "2026-05-05T10:00:00.000001Z", "2026-05-05T10:01:00Z"),
        ("* * * * *", "2026-05-05T10:00Z", "2026-05-05T10:00:00Z"),
        ("59 23 31 12 *", "2026-05-05", "2026-12-31T23:59:00Z"),
        ("0 9 * * mon-fri", "2026-05-08T09:01Z", "2026-05-11T09:00:00Z"),
        ("0 9 * * 7", "2026-05-08", "2026-05-10T09:00:00Z"),
        ("0 9 * * SUN", "2026-05-08", "2026-05-10T09:00:00Z"),
        ("0 9 * * sat-sun", "2026-05-08", "2026-05-09T09:00:00Z"),
        ("0 9 * Jan *", "2026-05-08", "2027-01-01T09:00:00Z"),
        ("5/20 10,12 * * *", "2026-05-05T10:45:01Z", "2026-05-05T12:05:00Z"),
        ("0 0 29 2 *", "2026-01-01", "2028-02-29T00:00:00Z"),
        ("0 0 l * *", "2026-02-02", "2026-02-28T00:00:00Z"),
        ("0 0 ? * L5", "2026-02-02", "2026-02-27T00:00:00Z"),
        ("0 0 * * l1-2", "2026-02-02", "2026-02-23T00:00:00Z"),
        ("0 0 1 1 * 2030", "2026-02-02", "2030-01-01T00:00:00Z"),
        ("30 0 0 1 1 * 2030", "2026-02-02", "2030-01-01T00:00:30Z"),
        ("*/15 * * * * * *", "2026-05-05T10:00:01Z", "2026-05-05T10:00:15Z"),
        ("@daily", "2026-02-02T00:00:01Z", "2026-02-03T00:00:00Z"),
        (" @Midnight ", "2026-02-02T00:00:01Z", "2026-02-03T00:00:00Z"),
        ("@hourly", "2026-02-02T00:00:01Z", "2026-02-02T01:00:00Z"),
        ("@weekly", "2026-02-02", "2026-02-08T00:00:00Z"),
        ("@yearly", "2026-02-02", "2027-01-01T00:00:00Z"),
        ("0 0 1 1 * 2099", "1970-02-02", "2099-01-01T00:00:00Z"),
        ("0 0 1 1 * 2025", "2026-02-02", None),
        ("* * * * *", "9999-12-31T23:00Z", None),
    ],
)
def test_the_first_local_time(text, after, expected):
    assert first(text, after) == expected


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("0 0 13 * 5", [1, 8, 13, 15]),  # either: the 13th, and every Friday of May 2026
        ("0 0 */12 * 5", [1]),  # both: the 1st, 13th and 25th that are Fridays
        ("0 0 13 * *", [13]),
        ("0 0 * * 5", [1, 8, 15]),
    ],
)
def test_day_of_month_and_weekday(text, due):
    rule = read(text)
    days = [day for day in range(1, 16) if rule.fits(datetime(2026, 5, day, tzinfo=UTC).date())]
    assert days == due


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("99 * * * *", "item value 99 out of range [0, 59]"),
        ("* * * *", "improper number of cron entries specified; got 4 need 5 to 7"),
        ("", "improper number of cron entries specified; got 0 need 5 to 7"),
        ("5-1 * * * *", "minute range start value 5 > end value 1"),
        ("x * * * *", "invalid range specifier: 'x' ('x')"),
        ("*/0 * * * *", "you can only use positive increment values, you provided 0"),
        ("0 0 30 2 *", "no such date comes"),
        ("0 0 31 4,6,9,11 *", "no such date comes"),
        ("0 0 29 2 * 2027", "no such date comes"),
        ("@reboot", "only letters, digits and * , - / ? are known, and the macros"),
        ("٣ * * * *", "only letters, digits and * , - / ? are known, and the macros"),
        ("0 0 15,z1 * *", "days before the last one of a month (Z) are not supported"),
    ],
)
def test_what_is_refused(text, reason):
    with pytest.raises(Refused) as refused:
        checked(text)
    assert refused.value.texts == [f"{text} is not a valid crontab string: {reason}"]


def test_fields_of_a_definition():
    assert fields_of("@daily") == dict(zip(FIELDS, ["0", "0", "*", "*", "*"], strict=True))
    assert fields_of("30 5  4 3 2 1 2030") == dict(zip(FIELDS, "54321", strict=True))
    assert fields_of("5 4 3 2 1 2030") == dict(zip(FIELDS, "54321", strict=True))


def test_a_definition_of_fields():
    assert composed({}) == "* * * * *"
    assert composed({"hour": "8", "minute": "0", "day_of_week": "1, 2, 3"}) == "0 8 * * 1,2,3"
    assert composed({"hour": " "}) == "* * * * *"
    assert composed({"hour": "7"}, "@daily") == "0 7 * * *"
    assert composed({"hour": "7"}, "30 5 4 3 2 1 2030") == "30 5 7 3 2 1 2030"
    assert composed({"hour": "7"}, "5 4 3 2 1 2030") == "5 7 3 2 1 2030"


@pytest.mark.parametrize("text", ["@daily", "5 4 3 2 1", "30 5 4 3 2 mon 2030", "0  8 * * MON,tue"])
def test_an_echo_agrees(text):
    assert agree(text, fields_of(text))
    assert agree(text, {})
    assert not agree(text, {"hour": "23"})


def test_one_field():
    assert checked_field("day_of_week", "mon-fri") == "mon-fri"
    with pytest.raises(Refused, match="99"):
        checked_field("hour", "99")


PIECES = [
    "*",
    "?",
    "l",
    "L5",
    "z1",
    "-",
    "/",
    ",",
    "0",
    "5",
    "31",
    "99",
    "mon",
    "jan",
    "#",
    "@daily",
]
TEXTS = st.lists(st.lists(st.sampled_from(PIECES), max_size=4).map("".join), max_size=8)


@given(TEXTS.map(" ".join) | st.text(max_size=12))
def test_any_text_is_read_or_refused(text):
    try:
        checked(text)
    except Refused:
        return
    assert list(fields_of(text)) == list(FIELDS)
    assert agree(text, fields_of(text))


POSITION = st.lists(
    st.sampled_from(["*", "1", "1-3", "*/2", "1-2/1", "2/3"]), min_size=1, max_size=3
)


@given(st.lists(POSITION.map(",".join), min_size=5, max_size=5), st.sampled_from(["", " 2030"]))
def test_what_is_read_agrees_with_its_fields(positions, year):
    text = " ".join(positions) + year
    assert checked(text) == text
    assert list(fields_of(text).values()) == positions
    assert agree(text, fields_of(text))
    assert composed(fields_of(text), text) == text


@st.composite
def minutes(draw) -> tuple[str, set[int]]:
    """A piece of the minutes' position, and what it means."""
    low, high = sorted((draw(st.integers(0, 59)), draw(st.integers(0, 59))))
    step = draw(st.integers(1, 59))
    spelt = [(str(low), {low}), (f"{low}-{high}", set(range(low, high + 1)))]
    if low + step <= 59:
        spelt.append((f"{low}/{step}", set(range(low, 60, step))))
        spelt.append((f"{low}-{high}/{step}", set(range(low, high + 1, step))))
    spelt.append((f"*/{step}", set(range(0, 60, step))))
    return draw(st.sampled_from(spelt))


@given(st.lists(minutes(), min_size=1, max_size=4))
def test_lists_ranges_and_steps(pieces):
    rule = read(",".join(text for text, _ in pieces) + " * * * *")
    assert set(rule.minutes) == set().union(*(meant for _, meant in pieces))


@pytest.mark.parametrize(
    "text", ["0 0 30 2 *", "0 0 30 2 * 1970-2099", "0 0 31 2,4,6,9,11 */2", "0 0 29 2 * 2099"]
)
def test_dates_that_never_come_are_found_soon(text):
    before = time.perf_counter()
    with pytest.raises(ValueError, match="no such date comes"):
        read(text)
    assert time.perf_counter() - before < 1
