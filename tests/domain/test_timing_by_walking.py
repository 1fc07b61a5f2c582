"""A sample of `make time-proof`: rules around clock changes, held against a walk over minutes."""

from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.times.carillon import POLICIES, fired, plain
from benchmarks.times.cases import cases, clock_around
from benchmarks.times.changes import changes_of
from benchmarks.times.oracle import EVERY_DAY, EVERY_HOUR, EVERY_WEEKDAY, MARGIN, Clock, Rule, due
from domain.clock import MINUTE
from domain.timing import Timing, next_firing

# By half an hour, by two hours, at midnight, backwards in spring, four times a year, back within
# weeks, for good by half an hour and by a quarter, and over a whole day.
CHANGES = [
    ("Europe/Berlin", 2026),
    ("America/New_York", 2027),
    ("Australia/Lord_Howe", 2026),
    ("Antarctica/Troll", 2026),
    ("America/Santiago", 2030),
    ("Africa/Cairo", 2026),
    ("Asia/Beirut", 2026),
    ("Europe/Dublin", 2026),
    ("America/Scoresbysund", 2024),
    ("Africa/Casablanca", 2026),
    ("Asia/Pyongyang", 2015),
    ("Asia/Kathmandu", 1985),
    ("America/Caracas", 2016),
    ("Pacific/Apia", 2011),
]


@cache
def clocks_of(zone: str, year: int) -> list[tuple[Clock, int]]:
    """The clock around each change of that year, and the minute of the change."""
    return [(clock_around(zone, at), at) for at, _, _ in changes_of(ZoneInfo(zone), year, year)]


@pytest.mark.parametrize(("zone", "year"), CHANGES)
def test_around_a_change(zone, year):
    assert clocks_of(zone, year), "clocks are not changed"
    for clock, at in clocks_of(zone, year):
        for case in cases(clock, at):
            for policy in POLICIES:
                found = plain(fired(case.text, clock, *policy))
                assert found == due(case.rule, clock, *policy), (case.text, policy)


def values(low: int, high: int):
    """Some values of a position, ascending, as often one as many."""
    several = st.sets(st.integers(low, high), min_size=1, max_size=high - low + 1)
    return (st.integers(low, high).map(lambda one: {one}) | several).map(frozenset)


@st.composite
def rules(draw) -> Rule:
    hours = draw(st.just(EVERY_HOUR) | values(0, 23))
    days, weekdays = draw(
        st.just((EVERY_DAY, EVERY_WEEKDAY))
        | st.tuples(values(1, 31), st.just(EVERY_WEEKDAY))
        | st.tuples(st.just(EVERY_DAY), values(0, 6))
    )
    return Rule(draw(values(0, 59)), hours, days, weekdays)


def text_of(rule: Rule) -> str:
    def listed(found, every):
        return "*" if found == every else ",".join(map(str, sorted(found)))

    minutes = ",".join(map(str, sorted(rule.minutes)))
    days, weekdays = listed(rule.days, EVERY_DAY), listed(rule.weekdays, EVERY_WEEKDAY)
    return f"{minutes} {listed(rule.hours, EVERY_HOUR)} {days} * {weekdays}"


@settings(max_examples=300)
@given(
    st.sampled_from(CHANGES).flatmap(lambda change: st.sampled_from(clocks_of(*change))),
    rules(),
    st.sampled_from(POLICIES),
    st.floats(0, 1),
)
def test_any_rule(place, rule, policy, start):
    clock, _ = place
    wanted = due(rule, clock, *policy)
    assert list(fired(text_of(rule), clock, *policy)) == list(wanted)
    low, high = clock.first + MARGIN, clock.end - MARGIN
    after = low + int(start * (high - low))
    timing = Timing(text_of(rule), None, None, clock.zone, *policy)
    firing = next_firing(timing, after * MINUTE + MINUTE - 1)
    found = firing.at // MINUTE if firing else high
    assert min(found, high) == next((at for at in wanted if at > after), high)


@settings(max_examples=300)
@given(
    st.sampled_from(CHANGES).flatmap(lambda change: st.sampled_from(clocks_of(*change))),
    st.data(),
    st.integers(-150, 150),
)
def test_from_any_minute_beside_a_change(place, data, minutes):
    clock, at = place
    case = data.draw(st.sampled_from(cases(clock, at)))
    policy = data.draw(st.sampled_from(POLICIES))
    low, high = at + minutes, clock.end - MARGIN
    wanted = [each for each in due(case.rule, clock, *policy) if each > low]
    firing = next_firing(Timing(case.text, None, None, clock.zone, *policy), low * MINUTE)
    found = firing.at // MINUTE if firing else high
    assert min(found, high) == (wanted or [high])[0]
