"""Subscribing again, and merging two subscribers (alerts contract, 3.8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alert_subscriptions import (
    FREQUENCIES,
    FREQUENCY_CHANGED,
    MERGED,
    SIGNED_UP,
    Active,
    New,
    Plan,
    merge,
    subscribe,
)

LIST = 7


@pytest.mark.parametrize(
    ("active", "asked", "plan"),
    [
        (None, "daily", Plan(begun=(New(LIST, "daily", SIGNED_UP),))),
        ("daily", "daily", Plan()),
        ("daily", "weekly", Plan(("old",), (New(LIST, "weekly", FREQUENCY_CHANGED),))),
        ("weekly", "immediately", Plan(("old",), (New(LIST, "immediately", FREQUENCY_CHANGED),))),
    ],
)
def test_subscribing(active: str | None, asked: str, plan: Plan) -> None:
    there = None if active is None else Active("old", LIST, active)
    assert subscribe(LIST, asked, there) == plan


@pytest.mark.parametrize(
    ("own", "other", "left"),
    [
        (None, "weekly", "weekly"),
        ("weekly", "daily", "daily"),
        ("daily", "weekly", "daily"),
        ("daily", "immediately", "immediately"),  # upstream left daily: "d" < "i"
        ("immediately", "daily", "immediately"),
        ("daily", "daily", "daily"),
    ],
)
def test_the_more_frequent_is_kept(own: str | None, other: str, left: str) -> None:
    kept = [] if own is None else [Active("own", LIST, own)]
    plan = merge(kept, [Active("other", LIST, other)])
    assert "other" in plan.ended
    assert _after(kept, plan) == {LIST: left}
    assert all(one.source == MERGED for one in plan.begun)
    assert bool(plan.begun) == (left != own)


OF_LISTS = st.dictionaries(st.integers(1, 5), st.sampled_from(FREQUENCIES))


@given(OF_LISTS, OF_LISTS)
def test_merging_loses_no_list_and_no_frequency(own: dict[int, str], other: dict[int, str]) -> None:
    kept = [Active(f"own{at}", at, frequency) for at, frequency in own.items()]
    absorbed = [Active(f"other{at}", at, frequency) for at, frequency in other.items()]
    plan = merge(kept, absorbed)
    assert {one.id for one in absorbed} <= set(plan.ended)
    after = _after(kept, plan)
    assert after.keys() == own.keys() | other.keys()
    for at, frequency in after.items():
        both = [one[at] for one in (own, other) if at in one]
        assert frequency == min(both, key=FREQUENCIES.index)


def _after(kept: list[Active], plan: Plan) -> dict[int, str]:
    """What the keeper has on each list; fails when it would have two of one."""
    left = [(one.list, one.frequency) for one in kept if one.id not in plan.ended]
    left += [(one.list, one.frequency) for one in plan.begun]
    assert len(dict(left)) == len(left)
    return dict(left)
