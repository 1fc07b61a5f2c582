"""Single local times in zones, times of day, quiet hours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import DAY, HOUR, MINUTE
from domain.instants import parse_iso, to_text
from domain.local_rules import Policy
from domain.local_times import (
    QuietHours,
    at_local,
    first_outside,
    parsed_local,
    parsed_time_of_day,
)
from domain.zones import names, offset_at


def us(text: str) -> int:
    value = parse_iso(text)
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("local", "zone", "policies", "expected", "reason"),
    [
        ("2026-07-01T09:00", "Europe/Berlin", (), "2026-07-01T07:00:00Z", None),
        ("2026-07-01T09:00:00.5", "Asia/Kolkata", (), "2026-07-01T03:30:00.500000Z", None),
        ("2026-03-29T02:30", "Europe/Berlin", (), "2026-03-29T01:30:00Z", "gap_shifted"),
        ("2026-03-29T02:30", "Europe/Berlin", ("earlier",), "2026-03-29T00:30:00Z", "gap_earlier"),
        ("2026-03-29T02:30", "Europe/Berlin", ("skip",), None, None),
        ("2026-10-25T02:30", "Europe/Berlin", (), "2026-10-25T00:30:00Z", "overlap_first"),
        (
            "2026-10-25T02:30",
            "Europe/Berlin",
            ("skip", "last"),
            "2026-10-25T01:30:00Z",
            "overlap_last",
        ),
        (
            "2026-10-25T02:30",
            "Europe/Berlin",
            ("skip", "both"),
            "2026-10-25T00:30:00Z",
            "overlap_first",
        ),
        ("2011-12-30T12:00", "Pacific/Apia", (), "2011-12-30T22:00:00Z", "gap_shifted"),
        ("2026-10-04T02:15", "Australia/Lord_Howe", (), "2026-10-03T15:45:00Z", "gap_shifted"),
    ],
)
def test_a_date_and_time(local, zone, policies, expected, reason):
    firing = at_local(us(local), Policy(zone, *policies))
    assert (firing and to_text(firing.at)) == expected
    assert (firing and firing.reason) == reason


@given(st.sampled_from(sorted(names())), st.integers(us("2024-01-01"), us("2037-12-31")))
def test_every_local_time_has_its_instant(zone, local):
    firing = at_local(local, Policy(zone))
    assert firing is not None
    shown = firing.at + offset_at(zone, firing.at)
    assert (shown == local) == (firing.reason != "gap_shifted")


NIGHT = QuietHours(22 * 3600, 7 * 3600)


@pytest.mark.parametrize(
    ("quiet", "at", "expected"),
    [
        (NIGHT, "2026-05-05T12:00Z", "2026-05-05T12:00:00Z"),
        (NIGHT, "2026-05-05T20:00Z", "2026-05-06T05:00:00Z"),
        (NIGHT, "2026-05-06T04:59:59Z", "2026-05-06T05:00:00Z"),
        (NIGHT, "2026-05-06T05:00Z", "2026-05-06T05:00:00Z"),
        (NIGHT, "2026-03-28T21:30Z", "2026-03-29T05:00:00Z"),
        (NIGHT, "2026-10-24T20:30Z", "2026-10-25T06:00:00Z"),
        (QuietHours(3600, 9000), "2026-03-29T00:30Z", "2026-03-29T01:00:00Z"),
        (QuietHours(3600, 9000), "2026-10-25T00:15Z", "2026-10-25T00:30:00Z"),
        (QuietHours(3600, 9000), "2026-10-25T01:15Z", "2026-10-25T01:30:00Z"),
        (QuietHours(3600, 3600), "2026-03-28T23:30Z", "2026-03-28T23:30:00Z"),
    ],
)
def test_the_end_of_quiet_hours(quiet, at, expected):
    assert to_text(first_outside(quiet, "Europe/Berlin", us(at))) == expected


@given(
    st.integers(0, 86_399),
    st.integers(0, 86_399),
    st.sampled_from(sorted(names())),
    st.integers(us("2024-01-01") // MINUTE, us("2037-12-31") // MINUTE),
)
def test_quiet_hours_end_when_the_clocks_show_it(start, end, zone, minute):
    quiet = QuietHours(start // 60 * 60, end // 60 * 60)
    at = minute * MINUTE
    found = first_outside(quiet, zone, at)
    assert at <= found <= at + DAY + 2 * HOUR

    def is_quiet(each: int) -> bool:
        return quiet.covers((each + offset_at(zone, each)) // 1_000_000 % 86_400)

    assert not is_quiet(found)
    assert all(is_quiet(each) for each in range(at, found, MINUTE))


def test_texts():
    assert parsed_local("2026-05-05T10:00") == us("2026-05-05T10:00Z")
    assert parsed_local("2026-05-05 10:00:01.5") == us("2026-05-05T10:00:01.5Z")
    for text in (
        "2026-05-05",
        "2026-05-05T10:00Z",
        "2026-05-05T10:00+02:00",
        "2026-02-30T10:00",
        "1969-12-31T10:00",
        "9998-01-01T10:00",
        "",
    ):
        assert parsed_local(text) is None
    assert parsed_time_of_day("08:30") == 8 * 3600 + 30 * 60
    assert parsed_time_of_day("23:59:59") == 86_399
    for text in ("8:30", "24:00", "08:60", "08:30Z", "٠٨:٣٠", ""):
        assert parsed_time_of_day(text) is None
