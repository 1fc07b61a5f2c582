"""Firings in and beside clock changes, by table."""

from itertools import takewhile

import pytest

from domain.firings import REASONS
from domain.instants import parse_iso, to_text
from domain.timing import Timing, each_firing, firings, next_firing


def us(text: str) -> int:
    value = parse_iso(text)
    assert value is not None
    return value


def shown(timing: Timing, after: str, count: int) -> list[tuple[str, str | None]]:
    return [(to_text(each.at), each.reason) for each in firings(timing, us(after), count)]


BERLIN_GAP = "2026-03-28T12:00Z"  # 02:00 to 03:00 on the 29th do not exist
BERLIN_OVERLAP = "2026-10-24T12:00Z"  # 02:00 to 03:00 on the 25th come twice
HALF_PAST_TWO = "30 2 * * *"


@pytest.mark.parametrize(
    ("on_gap", "expected"),
    [
        ("shift", [("2026-03-29T01:30:00Z", "gap_shifted"), ("2026-03-30T00:30:00Z", None)]),
        ("earlier", [("2026-03-29T00:30:00Z", "gap_earlier"), ("2026-03-30T00:30:00Z", None)]),
        ("skip", [("2026-03-30T00:30:00Z", "gap_skipped"), ("2026-03-31T00:30:00Z", None)]),
    ],
)
def test_a_skipped_time(on_gap, expected):
    timing = Timing(cron=HALF_PAST_TWO, time_zone="Europe/Berlin", on_gap=on_gap)
    assert shown(timing, BERLIN_GAP, 2) == expected


@pytest.mark.parametrize(
    ("on_overlap", "expected"),
    [
        ("first", [("2026-10-25T00:30:00Z", "overlap_first"), ("2026-10-26T01:30:00Z", None)]),
        ("last", [("2026-10-25T01:30:00Z", "overlap_last"), ("2026-10-26T01:30:00Z", None)]),
        (
            "both",
            [("2026-10-25T00:30:00Z", "overlap_first"), ("2026-10-25T01:30:00Z", "overlap_last")],
        ),
    ],
)
def test_a_repeated_time(on_overlap, expected):
    timing = Timing(cron=HALF_PAST_TWO, time_zone="Europe/Berlin", on_overlap=on_overlap)
    assert shown(timing, BERLIN_OVERLAP, 2) == expected


@pytest.mark.parametrize(
    ("zone", "after", "expected"),
    [
        (
            "Europe/Berlin",
            "2026-03-28T23:30Z",
            [("00:00", None), ("01:00", "gap_passed"), ("02:00", None)],
        ),
        (
            "Europe/Berlin",
            "2026-10-24T23:30Z",
            [("00:00", "overlap_first"), ("01:00", "overlap_last"), ("02:00", None)],
        ),
        (
            "Australia/Lord_Howe",
            "2026-10-03T14:00Z",
            [("14:30", None), ("15:30", "carried"), ("16:00", None), ("17:00", None)],
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-04T13:30Z",
            [("14:00", None), ("15:00", "carried"), ("15:30", None), ("16:30", None)],
        ),
    ],
)
def test_an_hourly_rule_leaves_no_real_hour_out(zone, after, expected):
    found = shown(Timing(cron="0 * * * *", time_zone=zone), after, len(expected))
    assert [(at[11:16], reason) for at, reason in found] == expected


def test_an_interval_counts_from_its_anchor():
    timing = Timing(every_us=7_000_000, anchor=1_000_000)
    assert [each.at for each in firings(timing, 1_000_000, 2)] == [8_000_000, 15_000_000]
    late = next_firing(timing, 9_500_000)
    assert late is not None
    assert late.at == 15_000_000


def test_not_before():
    start = us("2026-05-05T10:00Z")
    interval = Timing(every_us=7_000_000, at=start)
    assert [each.at - start for each in firings(interval, 0, 2)] == [0, 7_000_000]
    assert shown(Timing(cron="0 9 * * *", at=start), "2020-01-01", 1) == [
        ("2026-05-06T09:00:00Z", None)
    ]


def test_once():
    timing = Timing(at=5)
    assert [each.at for each in firings(timing, 4, 9)] == [5]
    assert next_firing(timing, 5) is None
    assert next_firing(Timing(), 0) is None


def test_on_both_cron_and_interval():
    timing = Timing(cron="0 * * * *", every_us=40 * 60_000_000)
    assert [each.at // 60_000_000 for each in firings(timing, 0, 4)] == [40, 60, 80, 120]


def test_a_year_that_is_over_is_never_due_again():
    assert next_firing(Timing(cron="0 0 1 1 * 2025"), us("2026-01-01")) is None


def test_reasons_have_texts():
    assert all(text.endswith(".") for text in REASONS.values())


def test_the_calendar_ends():
    century = Timing(every_us=36_500 * 86_400_000_000)
    found = list(each_firing(century, 0))
    assert len(found) == 80
    assert to_text(found[-1].at) < "9998"
    assert to_text(list(each_firing(Timing(cron="0 0 1 1 *"), us("9990-01-02")))[-1].at) < "9998"


@pytest.mark.parametrize(
    ("cron", "on_overlap", "after", "expected"),
    [
        # The next one by the old clock is a year away, the next by the new one an hour.
        ("30 1 1 11 *", "both", "2026-11-01T05:30Z", "2026-11-01T06:30:00Z"),
        ("30 1 1 11 *", "last", "2026-11-01T05:30Z", "2026-11-01T06:30:00Z"),
        ("0 5 1 11 *", "first", "2026-11-01T09:30Z", "2026-11-01T10:00:00Z"),
        ("30 1 1 11 *", "first", "2026-11-01T05:30Z", "2027-11-01T05:30:00Z"),
        ("30 1 1 11 * 2026", "both", "2026-11-01T05:30Z", "2026-11-01T06:30:00Z"),
        ("0 5 1 11 * 2026", "first", "2026-11-01T09:30Z", "2026-11-01T10:00:00Z"),
    ],
)
def test_a_rule_of_one_day_a_year_beside_a_change(cron, on_overlap, after, expected):
    timing = Timing(cron=cron, time_zone="America/New_York", on_overlap=on_overlap)
    assert shown(timing, after, 1)[0][0] == expected


@pytest.mark.parametrize(
    ("cron", "count"),
    [("0 8 * * 1,2,3", 14), ("0 8 * * 1,2,3,4,5", 22), ("0 8 * * *", 30), ("0 8 21 * *", 1)],
)
def test_the_runs_of_a_month(cron: str, count: int) -> None:
    """As upstream counts those of November 2016 (stages contract, 6.1)."""
    end = us("2016-11-30T23:59Z")
    runs = takewhile(lambda run: run.at <= end, each_firing(Timing(cron=cron), us("2016-11-01")))
    assert len(list(runs)) == count
