"""Walking through sets: tables, and property tests against a walk step by step (contract, 3.4)."""

from collections.abc import Sequence
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import MINUTE, SECOND
from domain.runs import Runs
from domain.sequencing import (
    MOST_SETS,
    Follow,
    Stage,
    Stand,
    advanced,
    behind,
    due,
    expected,
    left_at,
    lifecycle,
)
from domain.timing import Timing, each_firing

NUMBERS = st.lists(st.integers(-5, 30), unique=True, max_size=12).map(sorted)
POSITIONS = st.integers(-8, 35)
RUNS = st.lists(st.integers(1, 1_000), unique=True, max_size=40).map(sorted)


@pytest.mark.parametrize(
    ("numbers", "position", "wanted"),
    [
        ([1, 2, 3], 1, 1),
        ([1, 2, 3], 3, 3),
        ([1, 2, 3], 4, None),
        ([1, 5], 2, 5),
        ([3, 4], 1, 3),
        ([], 1, None),
        ([-2, 0], -1, 0),
    ],
)
def test_what_is_due(numbers: list[int], position: int, wanted: int | None) -> None:
    assert due(numbers, position) == wanted


@pytest.mark.parametrize(
    ("numbers", "sent", "wanted"),
    [
        ([1, 2, 3], 1, Stand(2, False)),
        ([1, 2, 3], 3, Stand(3, True)),
        ([1, 5], 1, Stand(5, False)),
        ([1, 5], 5, Stand(5, True)),
        ([1], 1, Stand(1, True)),
    ],
)
def test_after_a_message(numbers: list[int], sent: int, wanted: Stand) -> None:
    assert advanced(numbers, sent) == wanted


def walked(numbers: Sequence[int], position: int, runs: Sequence[int]) -> tuple[list[int], Stand]:
    """What is sent, one firing after the other, and where that leads."""
    sent: list[int] = []
    stand = Stand(position, is_over=False)
    for _ in runs:
        number = due(numbers, stand.position)
        if stand.is_over or number is None:
            break
        sent.append(number)
        stand = advanced(numbers, number)
    return sent, stand


@given(NUMBERS, POSITIONS, RUNS)
def test_expected_is_where_a_walk_leads(numbers: list[int], position: int, runs: list[int]) -> None:
    stand = expected(Stage(numbers, position, 0, runs))
    sent, reached = walked(numbers, position, runs)
    rest = [number for number in numbers if number >= position]
    assert sent == rest[: len(runs)], "each once, in order, none left out"
    assert stand.is_over == (len(sent) == len(rest))
    if not stand.is_over:
        assert stand.position == due(numbers, reached.position)
    else:
        assert stand.position == (numbers[-1] if numbers else 0)


@given(st.integers(0, 12), st.integers(1, 14), RUNS)
def test_without_gaps_it_is_upstreams_formula(count: int, initial: int, runs: list[int]) -> None:
    stand = expected(Stage(range(1, count + 1), initial, 0, runs))
    reached = len(runs) + initial - 1
    wanted = Stand(count, True) if reached >= count else Stand(reached + 1, False)
    assert stand == wanted


def chain(sets: Sequence[Sequence[int]], runs: Sequence[int]) -> Follow:
    """The sets one after another, each entered at its first number."""
    coming = iter(sets)

    def follow(at: int) -> Stage | None:
        numbers = next(coming, None)
        if numbers is None:
            return None
        return Stage(numbers, 1, at, [run for run in runs if run > at])

    return follow


SETS = st.lists(
    st.lists(st.integers(1, 20), unique=True, max_size=5).map(sorted), min_size=1, max_size=5
)


@given(SETS, RUNS, st.integers(0, 40))
def test_behind_is_what_a_walk_would_have_sent_by_now(
    sets: list[list[int]], runs: list[int], had: int
) -> None:
    """He had some of the first set's messages; all the rest that was due by now is missing."""
    first, *others = sets
    had = min(had, len(first), len(runs))
    position = first[had] if had < len(first) else (first[-1] + 1 if first else 1)
    total = sum(len(one) for one in sets)
    missing = min(len(runs), total) - had
    found = behind(Stage(first, 1, 0, runs), position, chain(others, runs))
    assert found == missing


def test_behind_over_sets_of_which_one_is_empty() -> None:
    """One, two and three behind as firings come (upstream's worked case)."""
    for fired in (1, 2, 3):
        runs = list(range(1, fired + 1))
        follow = chain([[], [1, 2, 3]], runs)
        assert behind(Stage([1], 1, 0, runs), 1, follow) == fired


@given(SETS, RUNS)
def test_a_lifecycle_goes_as_far_as_it_is_due(sets: list[list[int]], runs: list[int]) -> None:
    first, *others = sets
    stages = list(lifecycle(Stage(first, 1, 0, runs), chain(others, runs)))
    assert all(stand.is_over for _, stand in stages[:-1])
    assert len(stages) == len(sets) or not stages[-1][1].is_over
    for stage, stand in stages:
        if stand.is_over:
            sent, _ = walked(stage.numbers, stage.initial, stage.runs)
            assert left_at(stage) == (stage.runs[len(sent) - 1] if sent else stage.since)


def test_sets_that_lead_to_each_other_and_say_nothing_end() -> None:
    stages = list(lifecycle(Stage([], 1, 0, [1]), lambda at: Stage([], 1, at, [1])))
    assert len(stages) == MOST_SETS


def test_a_set_that_leads_to_itself_goes_on_as_long_as_it_fires() -> None:
    runs = [1, 2, 3, 4, 5]

    def again(at: int) -> Stage:
        return Stage([1, 2], 1, at, [run for run in runs if run > at])

    stages = list(lifecycle(again(0), again))
    assert [stand for _, stand in stages] == [Stand(2, True), Stand(2, True), Stand(2, False)]
    assert behind(again(0), 1, again) == 5


@given(st.integers(0, 5_000), st.integers(0, 5_000), st.integers(0, 40), st.integers(1, 90))
def test_runs_are_the_firings_of_the_schedule(
    after: int, until: int, most: int, minutes: int
) -> None:
    timing = Timing(cron=f"*/{min(minutes, 59)} * * * *", every_us=minutes * MINUTE)
    runs = Runs(timing)
    wanted = [one.at for one in islice(each_firing(timing, after * SECOND), most)]
    wanted = [at for at in wanted if at <= until * SECOND]
    for _ in range(2):  # worked out, and remembered
        assert runs.between(after * SECOND, until * SECOND, most) == wanted
    assert Runs(None).between(0, until, most) == []
