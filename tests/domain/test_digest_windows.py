"""Digest windows: 08:00 to 08:00 in London, right across clock changes."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import HOUR, SECOND
from domain.digest_windows import (
    Boundary,
    Hours,
    daily,
    last_daily,
    last_weekly,
    recent_daily,
    weekly,
)
from domain.instants import parse_iso, to_text
from domain.zones import names

LONDON = Boundary()


def us(text: str) -> int:
    value = parse_iso(text)
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("day", "start", "end", "hours"),
    [
        (date(2026, 1, 15), "2026-01-14T08:00:00Z", "2026-01-15T08:00:00Z", 24),
        (date(2026, 7, 15), "2026-07-14T07:00:00Z", "2026-07-15T07:00:00Z", 24),
        (date(2026, 3, 29), "2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z", 23),
        (date(2026, 10, 25), "2026-10-24T07:00:00Z", "2026-10-25T08:00:00Z", 25),
    ],
)
def test_a_day(day, start, end, hours):
    window = daily(day, LONDON)
    assert (to_text(window.start), to_text(window.end)) == (start, end)
    assert window.end - window.start == hours * HOUR
    assert window.holds(window.start)
    assert not window.holds(window.end)


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        (date(2026, 1, 17), "2026-01-10T08:00:00Z", "2026-01-17T08:00:00Z"),
        (date(2026, 4, 4), "2026-03-28T08:00:00Z", "2026-04-04T07:00:00Z"),
        (date(2026, 10, 31), "2026-10-24T07:00:00Z", "2026-10-31T08:00:00Z"),
    ],
)
def test_a_week(day, start, end):
    window = weekly(day, LONDON)
    assert (to_text(window.start), to_text(window.end)) == (start, end)


def test_a_week_ends_on_a_saturday():
    with pytest.raises(ValueError, match="Saturday"):
        weekly(date(2026, 1, 16), LONDON)


@pytest.mark.parametrize(
    ("at", "day", "saturday"),
    [
        ("2026-07-18T06:59:59.999999Z", date(2026, 7, 17), date(2026, 7, 11)),
        ("2026-07-18T07:00Z", date(2026, 7, 18), date(2026, 7, 18)),
        ("2026-07-19T07:30Z", date(2026, 7, 19), date(2026, 7, 18)),
        ("2026-03-29T07:00Z", date(2026, 3, 29), date(2026, 3, 28)),
        ("2026-10-25T07:59Z", date(2026, 10, 24), date(2026, 10, 24)),
    ],
)
def test_the_last_that_ended(at, day, saturday):
    assert last_daily(us(at), LONDON).day == day
    assert last_weekly(us(at), LONDON).day == saturday


def test_the_last_seven():
    found = recent_daily(us("2026-03-31T12:00Z"), LONDON, 7)
    assert [each.day.day for each in found] == [25, 26, 27, 28, 29, 30, 31]
    assert all(a.end == b.start for a, b in zip(found, found[1:], strict=False))


@given(
    st.dates(date(2024, 1, 1), date(2037, 12, 31)),
    st.integers(0, 86_399),
    st.sampled_from(sorted(names())),
    st.integers(0, 25 * HOUR),
)
def test_windows_tile_time(day, second, zone, later):
    boundary = Boundary(second, zone)
    window, following = daily(day, boundary), daily(day + timedelta(days=1), boundary)
    assert window.start < window.end == following.start
    last = last_daily(window.end + later, boundary)
    assert last.end <= window.end + later
    assert daily(last.day + timedelta(days=1), boundary).end > window.end + later


HOURS = Hours(Boundary(), Boundary(8 * 3600 + 1800))


@pytest.mark.parametrize(
    ("now", "daily_due", "weekly_due"),
    [
        ("2026-03-28T07:00:00Z", "2026-03-28T08:30:00Z", "2026-03-28T08:30:00Z"),
        ("2026-03-28T08:30:00Z", "2026-03-29T07:30:00Z", "2026-04-04T07:30:00Z"),
        ("2026-10-24T08:00:00Z", "2026-10-25T08:30:00Z", "2026-10-31T08:30:00Z"),
        ("2026-11-25T08:29:59Z", "2026-11-25T08:30:00Z", "2026-11-28T08:30:00Z"),
    ],
)
def test_the_next_digests_begin_by_local_time(now: str, daily_due: str, weekly_due: str) -> None:
    at = parse_iso(now)
    assert at is not None
    found = [to_text(HOURS.due(name, window.day)) for name, window in HOURS.next(at)]
    assert found == [daily_due, weekly_due]


def test_what_was_due_of_late_is_not_missing_yet() -> None:
    due = parse_iso("2026-11-28T08:30:00Z")  # a Saturday
    assert due is not None

    def missing(at: int) -> list[tuple[str, str]]:
        found = HOURS.missing(at, 3, 1_800 * SECOND)
        return [(name, window.day.isoformat()) for name, window in found]

    before = [("daily", "2026-11-26"), ("daily", "2026-11-27")]
    assert missing(due + 1_799 * SECOND) == [*before, ("weekly", "2026-11-21")]
    after = [*before, ("daily", "2026-11-28"), ("weekly", "2026-11-28")]
    assert missing(due + 1_800 * SECOND) == after
