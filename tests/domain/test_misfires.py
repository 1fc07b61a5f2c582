"""What is run of the firings that were missed."""

import pytest

from domain.clock import DAY, HOUR, MINUTE, SECOND
from domain.misfires import RUN_ALL, RUN_ONCE, SKIP, Misfire, missed, newest_firing
from domain.timing import Timing, firings

HOURLY = Timing(cron="0 * * * *")
NOON = 12 * HOUR


def hours(*found):
    return [each.at / HOUR for each in found]


@pytest.mark.parametrize(
    ("misfire", "now", "run"),
    [
        (Misfire(RUN_ONCE), NOON + 1, [12]),
        (Misfire(RUN_ALL), NOON + 1, [9, 10, 11, 12]),
        (Misfire(SKIP), NOON + 1, [12]),
        (Misfire(SKIP), NOON + MINUTE, [12]),
        (Misfire(SKIP), NOON + MINUTE + 1, []),
        (Misfire(SKIP, 2 * HOUR), NOON + MINUTE + 1, [11, 12]),
        (Misfire(RUN_ALL, HOUR), NOON, [11, 12]),
        (Misfire(RUN_ALL, HOUR), NOON + 1, [12]),
        (Misfire(RUN_ONCE, HOUR), NOON + HOUR - 1, [12]),
        (Misfire(RUN_ONCE, MINUTE), NOON + HOUR - 1, []),
    ],
)
def test_policies(misfire, now, run):
    due = missed(HOURLY, 8 * HOUR, now, misfire)
    assert hours(*due.run) == run
    assert due.next is not None
    assert due.next.at > now


def test_nothing_is_missed_before_the_first():
    due = missed(HOURLY, 8 * HOUR, 9 * HOUR - 1)
    assert due.run == ()
    assert due.next is not None
    assert hours(due.next) == [9]


def test_what_is_too_much_at_once_comes_next():
    due = missed(HOURLY, 0, 10 * HOUR, Misfire(RUN_ALL), most=3)
    assert due.next is not None
    assert hours(*due.run, due.next) == [1, 2, 3, 4]
    rest = missed(HOURLY, due.run[-1].at, 10 * HOUR, Misfire(RUN_ALL), most=99)
    assert hours(*rest.run) == [4, 5, 6, 7, 8, 9, 10]


def test_a_single_instant_that_was_missed():
    once = Timing(at=5 * HOUR)
    assert hours(*missed(once, 0, NOON).run) == [5]
    assert missed(once, 0, NOON).next is None
    assert missed(once, 5 * HOUR, NOON).run == ()
    assert missed(once, 0, NOON, Misfire(SKIP)).run == ()


@pytest.mark.parametrize(
    "timing",
    [
        Timing(cron="*/7 3,4 * * *", time_zone="Europe/Berlin"),
        Timing(cron="0 9 * * 1"),
        Timing(every_us=7919 * SECOND, anchor=3),
    ],
)
def test_the_newest_is_the_last_of_all(timing):
    for until in range(90 * DAY, 100 * DAY, 11 * HOUR):
        known = [each for each in firings(timing, 70 * DAY, 1000) if each.at <= until]
        assert newest_firing(timing, 70 * DAY, until) == known[-1]
        assert newest_firing(timing, until, until) is None


def test_years_of_seconds_are_not_walked():
    """Walking a billion of them would take hours."""
    due = missed(Timing(cron="* * * * * * *"), 0, 30 * 365 * DAY)
    assert [each.at for each in due.run] == [30 * 365 * DAY]
