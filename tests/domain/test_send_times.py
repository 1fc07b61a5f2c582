from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clock import DAY, HOUR
from domain.errors import Invalid
from domain.instants import parse_iso, to_text
from domain.local_rules import Policy
from domain.local_times import at_local
from domain.send_times import (
    LATEST_LOCAL,
    PAST,
    PAST_EVERYWHERE,
    RECIPIENT,
    TWO_TIMES,
    SendTime,
    send_time,
    zones_for,
)
from domain.zones import names


def _us(text: str) -> int:
    us = parse_iso(text)
    assert us is not None
    return us


NOW = _us("2027-01-15T08:00:00Z")
BERLIN = "Europe/Berlin"


def test_a_body_without_a_time_is_sent_now() -> None:
    assert send_time({}, NOW) is None
    assert send_time({"send_at": None, "send_at_local": None, "time_zone": None}, NOW) is None


def test_a_schedule_says_when_by_itself() -> None:
    assert send_time({"schedule": 7}, NOW) == SendTime(None, schedule=7)
    assert SendTime(None, schedule=7).instants() == {}


def test_an_instant_is_taken_as_it_is() -> None:
    assert send_time({"send_at": NOW + 1}, NOW) == SendTime(NOW + 1)


@pytest.mark.parametrize(
    ("local", "zone", "instant", "reason"),
    [
        ("2027-06-01T09:00", BERLIN, "2027-06-01T07:00:00Z", None),
        ("2027-03-28T02:30", BERLIN, "2027-03-28T01:30:00Z", "gap_shifted"),
        ("2027-10-31T02:30", BERLIN, "2027-10-31T00:30:00Z", "overlap_first"),
        ("2027-06-01T09:00", "UTC", "2027-06-01T09:00:00Z", None),
        ("2027-10-03T02:15", "Australia/Lord_Howe", "2027-10-02T15:45:00Z", "gap_shifted"),
    ],
)
def test_a_local_time_is_what_clocks_show_there(
    local: str, zone: str, instant: str, reason: str | None
) -> None:
    given = {"send_at_local": _us(local), "time_zone": zone}
    assert send_time(given, NOW) == SendTime(_us(instant), _us(local), zone, reason)


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"send_at": NOW}, {"send_at": [PAST]}),
        ({"send_at": NOW + 1, "time_zone": BERLIN}, {"non_field_errors": [TWO_TIMES]}),
        ({"send_at": NOW + 1, "send_at_local": NOW}, {"non_field_errors": [TWO_TIMES]}),
        ({"send_at_local": NOW}, {"time_zone": ["This field is required."]}),
        ({"time_zone": BERLIN}, {"send_at_local": ["This field is required."]}),
        (
            {"send_at_local": NOW + HOUR, "time_zone": BERLIN},
            {"send_at_local": [PAST]},
        ),
        ({"send_at_local": 0, "time_zone": BERLIN}, {"send_at_local": [PAST]}),
        (
            {"send_at_local": NOW - 12 * HOUR, "time_zone": RECIPIENT},
            {"send_at_local": [PAST_EVERYWHERE]},
        ),
        (
            {"send_at_local": 2**62, "time_zone": BERLIN},
            {"send_at_local": [f"Must not be later than {to_text(LATEST_LOCAL)[:-1]}."]},
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(given: dict[str, Any], problems: Any) -> None:
    with pytest.raises(Invalid) as caught:
        send_time(given, NOW)
    assert caught.value.problems == problems


def test_each_reader_s_own_time_is_many_instants() -> None:
    time = send_time({"send_at_local": NOW + DAY, "time_zone": RECIPIENT}, NOW)
    assert time is not None
    assert time.is_each_own
    instants = time.instants()
    assert list(instants) == sorted(instants)
    assert time.at is not None
    assert time.at <= min(instants)
    assert max(instants) <= NOW + DAY + 12 * HOUR
    assert sorted(zone for zones in instants.values() for zone in zones) == sorted(names())
    assert SendTime(5).instants() == {5: []}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 60 * 366 * 24 * 60))
def test_it_agrees_with_the_rule_of_single_local_times(minute: int) -> None:
    local = _us("1990-01-01") + minute * 60_000_000
    zones = [BERLIN, "Australia/Lord_Howe", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]
    mine = SendTime(0, local, RECIPIENT).instants()
    for name in zones:
        firing = at_local(local, Policy(name))
        assert firing is not None
        assert name in mine[firing.at]


def test_accounts_without_a_zone_are_in_utc() -> None:
    assert zones_for(["Etc/UTC", "UTC"]) == ["Etc/UTC", "UTC", None]
    assert zones_for([BERLIN]) == [BERLIN]
