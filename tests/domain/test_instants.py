"""Instants to text and back, and the timestamps of the sent_on filters."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.instants import EARLIEST, LATEST, parse_iso, parse_timestamp, to_text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
all_instants = st.integers(EARLIEST, LATEST)


def in_us(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000001Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (1_764_000_000_123_456, "2025-11-24T16:00:00.123456Z"),
        (1_764_000_000_100_000, "2025-11-24T16:00:00.100000Z"),
        (1_764_000_000_000_000, "2025-11-24T16:00:00Z"),
        (EARLIEST, "0001-01-01T00:00:00Z"),
        (LATEST, "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_an_instant_is_shown_with_the_fraction_it_has(us: int, text: str) -> None:
    assert to_text(us) == text
    assert parse_iso(text) == us


@pytest.mark.parametrize("us", [EARLIEST - 1, LATEST + 1, 10**30, -(10**30)])
def test_years_that_have_no_text_are_an_error(us: int) -> None:
    with pytest.raises(ValueError, match="years 1 to 9999"):
        to_text(us)


@given(all_instants)
def test_a_text_is_what_the_library_writes_and_is_read_back(us: int) -> None:
    moment = EPOCH + timedelta(microseconds=us)
    assert to_text(us) == moment.isoformat().replace("+00:00", "Z")
    assert parse_iso(to_text(us)) == us


@given(st.lists(all_instants, min_size=2, max_size=2))
def test_texts_without_fraction_sort_as_instants(pair: list[int]) -> None:
    whole = [us - us % 1_000_000 for us in pair]
    assert sorted(map(to_text, whole)) == list(map(to_text, sorted(whole)))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-01", 1_767_225_600),
        ("20260101", 1_767_225_600),
        ("2026-W01-4", 1_767_225_600),
        ("2026-01-01T00:00", 1_767_225_600),
        ("2026-01-01 00:00:00", 1_767_225_600),
        ("2026-01-01t00:00:00z", 1_767_225_600),
        ("2026-01-01T00:00:00Z", 1_767_225_600),
        ("2026-01-01T02:00:00+02:00", 1_767_225_600),
        ("2025-12-31T18:30:00-0530", 1_767_225_600),
        ("2026-01-01T02+02", 1_767_225_600),
        ("20260101T000000Z", 1_767_225_600),
        ("2026-01-01T00:00:00.5Z", 1_767_225_600.5),
        ("2026-01-01T00:00:00,500Z", 1_767_225_600.5),
        ("2026-01-01T00:00:00.5000009Z", 1_767_225_600.5),
    ],
)
def test_iso_8601_in_its_usual_spellings(text: str, seconds: float) -> None:
    assert parse_iso(text) == seconds * 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "1764000000",
        "2026",
        "2026-01",
        "2026-13-01",
        "2026-02-29",
        "2026-01-01T",
        "2026-01-01Z",
        "2026-01-01+02:00",
        "2026-01-01-10:00",
        "2026-01-01x10:00",
        "2026-01-01T25:00",
        "2026-01-01T10:00:60Z",
        "2026-01-01T10:00:00+25:00",
        "2026-01-01T10:00:00Z+01:00",
        " 2026-01-01",
        "2026-01-01\n",
        "2026-01-01T10:00:00Z\0",
        "٢٠٢٦-01-01",
        "0000-01-01",
        "10000-01-01",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2026-01-01T10:\ud80000",
    ],
)
def test_anything_else_is_no_instant(text: str) -> None:
    assert parse_iso(text) is None


@given(all_instants, st.integers(-1439, 1439))
def test_any_offset_names_the_same_instant(us: int, minutes: int) -> None:
    inside = min(max(us, EARLIEST + 86_400_000_000), LATEST - 86_400_000_000)
    moment = EPOCH + timedelta(microseconds=inside)
    elsewhere = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert parse_iso(elsewhere.isoformat()) == inside


@given(st.text() | st.from_regex(r"[0-9TZtz:.,+\-W ]{0,40}", fullmatch=True))
def test_no_text_is_more_than_unreadable(text: str) -> None:
    us = parse_iso(text)
    assert us is None or EARLIEST <= us <= LATEST


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("0", 0),
        ("-0.0", 0),
        ("1764000000", 1_764_000_000_000_000),
        ("1764000000.123456", 1_764_000_000_123_456),
        ("1764000000.9999999", 1_764_000_001_000_000),
        (" 1764000000.5 ", 1_764_000_000_500_000),
        ("1.764e9", 1_764_000_000_000_000),
        ("1764E6", 1_764_000_000_000_000),
        ("-1.5", -1_500_000),
        ("0.0000005", 0),
        ("0.0000015", 2),
        ("0.0000025", 2),
        ("-62135596800", EARLIEST),
    ],
)
def test_a_timestamp_is_seconds_to_the_microsecond(text: str, us: int) -> None:
    assert parse_timestamp(text) == us


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "word",
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        "nan",
        "-nan",
        "1,5",
        "0x10",
        "1e",
        "1e12",
    ]
    + ["253402300800", "-62135596801", "\0", "\ud800"],
)
def test_what_is_no_timestamp_is_none(text: str) -> None:
    assert parse_timestamp(text) is None


@pytest.mark.parametrize("text", ["inf", "-inf", "Infinity", "1e30", "-1e30", "1e999", "1e17"])
def test_what_no_clock_can_hold_overflows(text: str) -> None:
    with pytest.raises(OverflowError):
        parse_timestamp(text)


def reference(text: str) -> int | str | None:
    """The rule as the reference implementation has it."""
    try:
        return in_us(datetime.fromtimestamp(float(text), tz=UTC))
    except ValueError:
        return None
    except (OverflowError, OSError):
        return "overflow"


def outcome(text: str) -> int | str | None:
    try:
        return parse_timestamp(text)
    except OverflowError:
        return "overflow"


@given(st.floats())
@example(-67_768_040_609_740_800.0)
@example(67_768_036_191_676_799.0)
@example(-62_135_596_800.000001)
@example(253_402_300_799.99997)
def test_timestamps_are_read_as_the_reference_reads_them(seconds: float) -> None:
    assert outcome(repr(seconds)) == reference(repr(seconds))


@given(st.integers(0, 4_102_444_800_000_000))
def test_the_timestamps_people_send_are_exact(us: int) -> None:
    assert parse_timestamp(f"{us // 1_000_000}.{us % 1_000_000:06d}") == us


@given(st.text())
def test_no_timestamp_is_more_than_unreadable(text: str) -> None:
    assert outcome(text) == reference(text)
