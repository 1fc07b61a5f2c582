"""The judge of `make time-proof` finds each thing that can be wrong."""

from zoneinfo import ZoneInfo

import pytest

from benchmarks.times.cases import clock_around
from benchmarks.times.changes import changes_of
from benchmarks.times.oracle import Rule, due
from benchmarks.times.verdicts import EXTRA, LEFT_OUT, MISSED, NEVER, TWICE, verdicts

(SPRING, *_), (AUTUMN, *_) = changes_of(ZoneInfo("Europe/Berlin"), 2026, 2026)
GAP, OVERLAP = clock_around("Europe/Berlin", SPRING), clock_around("Europe/Berlin", AUTUMN)
HALF_PAST_TWO = Rule(frozenset({30}), frozenset({2}))
NOON = Rule(frozenset({0}), frozenset({12}))
HOURLY = Rule(frozenset({0}))


def wrong(rule, clock, found):
    return dict(+verdicts(rule, clock, found))


@pytest.mark.parametrize("rule", [HALF_PAST_TWO, NOON, HOURLY])
@pytest.mark.parametrize("clock", [GAP, OVERLAP])
@pytest.mark.parametrize("on_gap", ["shift", "earlier"])
@pytest.mark.parametrize("on_overlap", ["first", "last"])
def test_what_is_due_is_right(rule, clock, on_gap, on_overlap):
    assert wrong(rule, clock, due(rule, clock, on_gap, on_overlap)) == {}


def test_each_thing_that_can_be_wrong():
    noons = list(due(NOON, GAP, "shift", "first"))
    assert wrong(NOON, GAP, noons[1:]) == {MISSED: 1}
    assert wrong(NOON, GAP, [*noons, noons[0]]) == {EXTRA: 1}
    assert wrong(NOON, GAP, [noons[0] + 1, *noons[1:]]) == {MISSED: 1, EXTRA: 1}
    assert wrong(HALF_PAST_TWO, GAP, due(HALF_PAST_TWO, GAP, "skip", "first")) == {LEFT_OUT: 1}
    assert wrong(HALF_PAST_TWO, OVERLAP, due(HALF_PAST_TWO, OVERLAP, "shift", "both")) == {TWICE: 1}
    days = [each for each in due(HALF_PAST_TWO, OVERLAP, "shift", "first") if each != AUTUMN - 30]
    assert wrong(HALF_PAST_TWO, OVERLAP, days) == {NEVER: 1}
    hours = list(due(HOURLY, OVERLAP, "shift", "first"))
    assert wrong(HOURLY, OVERLAP, [each for each in hours if each != AUTUMN]) == {MISSED: 1}
