"""Unread counters: counted, then moved by what came later, never by what may be in the count."""

import pytest

from push.counters import SKEW_US, Counters

COUNTED = {"messages": 3, "notices": 1}


def test_before_a_count_events_only_show_that_something_moved() -> None:
    counters = Counters()
    counters.move("messages", 1, 50)
    assert (counters.counts, counters.moves, counters.at) == (None, 1, 0)


def test_later_events_move_what_was_counted_and_the_moment_it_is_true_for() -> None:
    counters = Counters()
    counters.set(COUNTED, 100, 100)
    counters.move("messages", 1, 120)
    counters.move("notices", -1, 110)
    assert counters.counts == {"messages": 4, "notices": 0}
    assert (counters.at, counters.moves) == (120, 2)


def test_an_event_that_the_count_may_have_in_it_is_left_to_the_next_count() -> None:
    counters = Counters()
    counters.set(COUNTED, 100, 100)
    counters.move("messages", 1, 100)
    assert (counters.counts, counters.at, counters.moves) == (COUNTED, 100, 1)


def test_a_count_that_began_before_what_is_known_is_passed_over() -> None:
    counters = Counters()
    counters.set(COUNTED, 100, 100)
    counters.move("messages", 1, 120)
    counters.set({"messages": 0, "notices": 0}, 110, 110)
    assert counters.counts == {"messages": 4, "notices": 1}
    counters.set(COUNTED, 120, 120)
    assert counters.counts == COUNTED


def test_what_was_told_stays_as_it_was_told() -> None:
    counters = Counters()
    counters.set(COUNTED, 100, 100)
    told = counters.counts
    counters.move("messages", 1, 120)
    assert told == COUNTED


def test_nothing_is_unread_fewer_times_than_never() -> None:
    counters = Counters()
    counters.set({"messages": 0}, 100, 100)
    counters.move("messages", -2, 120)
    assert counters.counts == {"messages": 0}


def test_only_what_is_surely_younger_than_the_count_need_not_be_counted_again() -> None:
    counters = Counters()
    counters.set(COUNTED, 100, 130)
    sure = 130 + SKEW_US + 1
    revisions = (100, 120, 130, sure - 1, sure)
    assert [counters.move("notices", 1, one) for one in revisions] == [False] * 4 + [True]


def test_what_says_no_difference_must_be_counted() -> None:
    counters = Counters()
    counters.set(COUNTED, 100, 130)
    assert not counters.move("notices", 0, 130 + SKEW_US + 1)


@pytest.mark.parametrize("counted", [None, 100, 130])
def test_several_events_move_it_as_one_after_the_other(counted: int | None) -> None:
    moves = [("notices", 1, 120), ("messages", -5, 110), ("notices", 0, 140), ("notices", 1, 150)]
    single, several = Counters(), Counters()
    for one in (single, several) if counted else ():
        one.set(COUNTED, counted or 0, counted or 0)
    is_exact = [single.move(*move) for move in moves]
    assert several.move_all(moves) == all(is_exact)
    assert (several.counts, several.at, several.moves) == (single.counts, single.at, single.moves)


def test_several_events_are_sure_when_each_of_them_is() -> None:
    counters = Counters()
    counters.set(COUNTED, 100, 100)
    later = 101 + SKEW_US
    assert counters.move_all([("notices", 1, later), ("notices", 1, later + 1)])
    assert not counters.move_all([("notices", 1, later), ("notices", 1, 101)])
