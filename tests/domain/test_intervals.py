"""Intervals and what is refused, with the contract's words."""

import pytest

from domain.clock import DAY, SECOND
from domain.coercion import Refused
from domain.intervals import parsed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 seconds", SECOND),
        ("+90 seconds", 90 * SECOND),
        (" 2  days ", 2 * DAY),
        ("36500 days", 36500 * DAY),
        ("1500000 microseconds", 1_500_000),
    ],
)
def test_what_is_read(text, expected):
    assert parsed(text) == expected


UNITS = "days, hours, minutes, seconds, microseconds"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 minute", f"1 minute is not a valid period. Accepted: {UNITS})"),
        ("1 Days", f"1 Days is not a valid period. Accepted: {UNITS})"),
        *(
            (
                text,
                f"{text} is not a valid interval string: integer and period "
                f"(from: {UNITS}) e.g. 1 minutes",
            )
            for text in (
                "every one mins",
                "minutes",
                "",
                "one days",
                "1.5 days",
                "² days",
                "- days",
            )
        ),
        ("0 seconds", "0 seconds is not a valid interval: the shortest is 1 seconds"),
        ("-5 minutes", "-5 minutes is not a valid interval: the shortest is 1 seconds"),
        (
            "999999 microseconds",
            "999999 microseconds is not a valid interval: the shortest is 1 seconds",
        ),
        ("36501 days", "36501 days is not a valid interval: the longest is 36500 days"),
    ],
)
def test_what_is_refused(text, said):
    with pytest.raises(Refused) as refused:
        parsed(text)
    assert refused.value.texts == [said]
