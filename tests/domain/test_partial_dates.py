"""Dates of reduced precision: first and last instant of what they name."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.instants import EARLIEST, LATEST
from domain.partial_dates import Period, parse

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
BOUNDS = datetime(2, 1, 1), datetime(9998, 12, 31)  # noqa: DTZ001 - the strategy wants naive ones


def us(*parts: Any) -> int:
    return (datetime(*parts).replace(tzinfo=UTC) - EPOCH) // TICK  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "first", "following"),
    [
        ("2020", us(2020, 1, 1), us(2021, 1, 1)),
        ("2020-01", us(2020, 1, 1), us(2020, 2, 1)),
        ("2020-02", us(2020, 2, 1), us(2020, 3, 1)),
        ("2020-12", us(2020, 12, 1), us(2021, 1, 1)),
        ("2020-02-29", us(2020, 2, 29), us(2020, 3, 1)),
        ("2020-02-29T10", us(2020, 2, 29, 10), us(2020, 2, 29, 11)),
        ("2020-02-29T10:30", us(2020, 2, 29, 10, 30), us(2020, 2, 29, 10, 31)),
        ("2020-02-29 10:30:15", us(2020, 2, 29, 10, 30, 15), us(2020, 2, 29, 10, 30, 16)),
        ("2020-02-29T10:30:15Z", us(2020, 2, 29, 10, 30, 15), us(2020, 2, 29, 10, 30, 16)),
        ("2020-02-29T10:30+02:00", us(2020, 2, 29, 8, 30), us(2020, 2, 29, 8, 31)),
        ("2020-02-29T10:30-0330", us(2020, 2, 29, 14, 0), us(2020, 2, 29, 14, 1)),
        ("2020-02-29T10:30:15.5Z", us(2020, 2, 29, 10, 30, 15, 500_000), None),
        ("2020-02-29T10:30:15,000001Z", us(2020, 2, 29, 10, 30, 15, 1), None),
        ("0001", EARLIEST, us(2, 1, 1)),
        ("9999-12", us(9999, 12, 1), LATEST + 1),
    ],
)
def test_periods(text: str, first: int, following: int | None) -> None:
    found = parse(text)
    assert found is not None
    assert found.first == first
    assert following is None or found == Period(first, following - 1)


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "20", "20200", "0000", "2020-00", "2020-13", "2020-1", "2020-02-30"),
        *("2021-02-29", "2020-02-29T", "2020-02-29T24:30", "2020-02-29T10:60", "2020-02T10"),
        *("2020-02-29T10:30:15.0000001Z", "2020-02-29T10:30+2", "2020-02-29T10:30 Z", " 2020"),
        *("2020\n", "٢٠٢٠", "2020-W01", "-2020", "2020-02-29T10:30+99:00", "0001-01-01T00+14"),
    ],
)
def test_no_dates(text: str) -> None:
    assert parse(text) is None


@given(st.datetimes(*BOUNDS))
def test_each_more_precise_date_lies_in_the_less_precise(moment: datetime) -> None:
    text = moment.isoformat(timespec="microseconds")
    cuts = [parse(text[:length]) for length in (4, 7, 10, 13, 16, 19, 26)]
    for wide, narrow in zip(cuts, cuts[1:], strict=False):
        assert wide is not None
        assert narrow is not None
        assert wide.first <= narrow.first <= narrow.last <= wide.last
    exact = (moment.replace(tzinfo=UTC) - EPOCH) // TICK
    assert cuts[-1] == Period(exact, exact)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_none(text: str) -> None:
    parse(text)
