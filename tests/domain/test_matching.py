"""Matching content changes and messages with lists: upstream's tables, and the index (5.3)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alert_criteria import Criteria
from domain.alert_lists import Types, Wanted
from domain.criteria_rules import are_valid, choose, places
from domain.matching import Change, keys_of_change, keys_of_list, reaches

U = "719efe7b-00d0-4168-ac30-99fe6093e3fc"
V = "5fc8fb2b-0000-4000-8000-000000000000"


def change(
    tags: dict[str, list[str]] | None = None,
    links: dict[str, list[str]] | None = None,
    content_id: str | None = None,
    types: Types = ("x", "y", "z"),
) -> Change:
    sets = [{k: frozenset(v) for k, v in (side or {}).items()} for side in (tags, links)]
    return Change(sets[0], sets[1], content_id, types)


BOTH: Criteria = {"topics": {"any": ["oil", "gas"]}, "orgs": {"any": ["dft", "hmrc"]}}


@pytest.mark.parametrize(
    ("criteria", "held", "is_match"),
    [
        # queries/matched_for_notification
        (BOTH, {"topics": ["oil"], "orgs": ["hmrc"]}, True),
        (BOTH, {"topics": ["oil"]}, False),
        (BOTH, {"topics": ["oil"], "orgs": ["other"]}, False),
        (BOTH, {"topics": ["oil", "coal"], "orgs": ["hmrc"], "extra": ["x"]}, True),
        (BOTH, {"extra": ["x"]}, False),
        ({"topics": {"all": ["oil", "gas"]}}, {"topics": ["gas", "oil", "coal"]}, True),
        ({"topics": {"all": ["oil", "gas"]}}, {"topics": ["oil"]}, False),
        ({"topics": {"all": ["oil"], "any": ["gas", "wind"]}}, {"topics": ["oil", "gas"]}, True),
        ({"topics": {"all": ["oil"], "any": ["gas", "wind"]}}, {"topics": ["oil"]}, False),
        ({"topics": {"all": ["oil"], "any": ["gas", "wind"]}}, {"topics": ["gas"]}, False),
        ({"a": {"all": ["x"]}, "b": {"any": ["y"]}}, {"a": ["x"], "b": ["y"]}, True),
        ({"a": {"all": ["x"]}, "b": {"any": ["y"]}}, {"a": ["x"], "b": ["z"]}, False),
        ({"a": {"any": []}}, {"a": []}, True),
        ({"a": {"any": []}}, {"b": ["x"]}, False),
        (
            {"content_store_document_type": {"any": ["t"]}},
            {"content_store_document_type": ["t"]},
            True,
        ),
    ],
)
def test_tags_and_links(criteria: Criteria, held: dict[str, list[str]], is_match: bool) -> None:
    assert reaches(change(tags=held), Wanted(tags=criteria)) is is_match
    assert reaches(change(links=held), Wanted(links=criteria)) is is_match
    assert not reaches(change(tags=held), Wanted(links=criteria))


TAG: Criteria = {"topics": {"any": ["oil"]}}
LINK: Criteria = {"orgs": {"any": [U]}}


@pytest.mark.parametrize(
    ("wanted", "of", "is_match"),
    [
        # queries/subscriber_list_query
        (Wanted(), change(), True),
        (Wanted(types=("x", "", "")), change(), True),
        (Wanted(types=("", "y", "")), change(), True),
        (Wanted(types=("", "", "z")), change(), True),
        (Wanted(types=("x", "y", "z")), change(), True),
        (Wanted(types=("x", "o", "z")), change(), False),
        (Wanted(types=("x", "y", "o")), change(), False),
        (Wanted(TAG, types=("x", "", "")), change({"topics": ["oil"]}), True),
        (Wanted(TAG, types=("o", "", "")), change({"topics": ["oil"]}), False),
        (Wanted(TAG, types=("x", "", "")), change({"topics": ["gas"]}), False),
        (Wanted({}, LINK, types=("x", "", "")), change({}, {"orgs": [U]}), True),
        (Wanted({}, LINK, types=("o", "", "")), change({}, {"orgs": [U]}), False),
        (Wanted(TAG, LINK), change({"topics": ["oil"]}), True),
        (Wanted(TAG, LINK), change({}, {"orgs": [U]}), True),
        (Wanted(TAG, LINK), change(), False),
        (Wanted(content_id=U), change(content_id=U), True),
        (Wanted(content_id=U), change(content_id=V), False),
        (Wanted(content_id=U), change(), False),
        (Wanted(content_id=U, types=("o", "", "")), change(content_id=U), True),
        (Wanted({}, LINK, U), change({}, {"orgs": [U]}, U), True),
        (Wanted({}, LINK, U), change({}, {"orgs": [U]}, V), True),
        (Wanted({}, LINK, U), change({}, {"orgs": [V]}, U), True),
        (Wanted({}, LINK, U), change({}, {"orgs": [V]}, V), False),
    ],
)
def test_types_and_content_ids(wanted: Wanted, of: Change, is_match: bool) -> None:
    assert reaches(of, wanted) is is_match


# What the index finds, and the rule together, are what the rule finds alone.

NAMES = st.sampled_from(["a", "b", "a b", "content_purpose_subgroup", "email_document_supertype"])
TEXTS = st.sampled_from(["x", "y", "z", "", "b=x"])
VALUES = st.lists(TEXTS, max_size=3, unique=True)
OPERATED = st.dictionaries(st.sampled_from(["any", "all"]), VALUES, max_size=2)
CRITERIA = st.dictionaries(NAMES, OPERATED, max_size=3)
HELD = st.dictionaries(NAMES, VALUES.map(frozenset), max_size=4)
IDS = st.sampled_from([None, U, V])
TYPES = st.tuples(*[st.sampled_from(["", "x", "y"])] * 3)
LISTS = st.builds(Wanted, CRITERIA, CRITERIA, IDS, TYPES)
CHANGES = st.builds(Change, HELD, HELD, IDS, TYPES)


@given(st.lists(LISTS, max_size=8), CHANGES)
def test_the_index_loses_no_list_of_a_change(lists: list[Wanted], of: Change) -> None:
    keys = keys_of_change(of)
    for one in lists:
        if reaches(of, one):
            assert keys & keys_of_list(one), (one, of)


LEAVES = st.one_of(
    st.builds(lambda k, v: {"type": "tag", "key": k, "value": v}, NAMES, TEXTS),
    st.builds(lambda k: {"type": "link", "key": k, "value": U}, NAMES),
    st.builds(lambda n: {"id": n}, st.integers(0, 7)),
)
RULES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda name, rules: {name: rules},
        st.sampled_from(["any_of", "all_of"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


@given(st.lists(LISTS, max_size=8), st.lists(RULES, min_size=1, max_size=3))
def test_the_index_loses_no_list_of_a_message(lists: list[Wanted], rules: list[Any]) -> None:
    assert are_valid(rules)
    where = places(rules)
    for number, one in enumerate(lists):
        if choose(rules, number, one):
            assert number in where.ids or where.keys & keys_of_list(one), (one, rules)


def _tag(key: str, value: str) -> dict[str, Any]:
    return {"type": "tag", "key": key, "value": value}


WELL: Criteria = {"a": {"any": ["x", "y"], "all": ["z"]}, "b": {"any": ["x"]}}


@pytest.mark.parametrize(
    ("rules", "is_chosen"),
    [
        # queries/subscriber_lists_by_criteria
        ([{"id": 7}], True),
        ([{"id": 8}], False),
        ([_tag("a", "x")], True),
        ([_tag("a", "z")], False),
        ([_tag("c", "x")], False),
        ([{"type": "link", "key": "orgs", "value": U}], True),
        ([{"type": "link", "key": "a", "value": U}], False),
        ([_tag("a", "x"), _tag("b", "x")], True),
        ([_tag("a", "x"), _tag("b", "y")], False),
        ([_tag("a", "x"), {"type": "link", "key": "orgs", "value": U}], True),
        ([{"any_of": [_tag("a", "q"), _tag("b", "x")]}], True),
        ([{"any_of": [_tag("a", "q"), _tag("b", "q")]}], False),
        ([{"any_of": [{"all_of": [_tag("a", "q")]}, {"all_of": [_tag("a", "y")]}]}], True),
        ([{"all_of": [{"any_of": [_tag("a", "x")]}, {"id": 8}]}], False),
    ],
)
def test_what_rules_choose(rules: list[Any], is_chosen: bool) -> None:
    wanted = Wanted(WELL, LINK, types=("other", "", ""))
    assert are_valid(rules)
    assert choose(rules, 7, wanted) is is_chosen


@pytest.mark.parametrize(
    "rules",
    [
        None,
        [],
        {},
        "x",
        [{}],
        [None],
        [[]],
        [{"all_of": []}],
        [{"any_of": {}}],
        [{"any_of": [{}]}],
        [{"any_of": [{"id": 1}], "all_of": [{"id": 1}]}],
        [{"id": "1"}],
        [{"id": True}],
        [{"id": 1.0}],
        [{"id": 2**64}],
        [{"id": 1, "type": "tag"}],
        [_tag("a", "x") | {"more": 1}],
        [{"type": "tag", "key": "a"}],
        [{"type": "tag", "key": 1, "value": "x"}],
        [{"type": "tag", "key": "a", "value": ["x"]}],
        [{"type": "content_id", "key": "a", "value": U}],
        [{"type": "link", "key": "a", "value": "x"}],
        [{"type": "link", "key": "a", "value": U.upper()}],
        [{"type": "link", "key": "a", "value": "719efe7b-00d0-6168-ac30-99fe6093e3fc"}],
        [_tag("a", "x")] * 1_001,
    ],
)
def test_rules_that_are_refused(rules: object) -> None:
    assert not are_valid(rules)


def test_rules_nested_too_deeply_are_refused() -> None:
    rules: list[Any] = [{"id": 1}]
    for _ in range(50):
        rules = [{"any_of": rules}]
    assert not are_valid(rules)


def test_a_list_is_found_by_what_few_changes_have() -> None:
    """Not by what follows from the document type, which many share; rather by "all" than "any"."""
    derived: Criteria = {"content_purpose_supergroup": {"all": ["news"]}}
    narrow: Criteria = {"orgs": {"any": ["a", "b"]}}
    assert _narrow(derived | narrow) == {"tag orgs=a", "tag orgs=b"}
    assert _narrow(derived) == {"tag content_purpose_supergroup=news"}
    assert _narrow({"a": {"any": ["x", "y"]}, "b": {"any": ["x"]}}) == {"tag b=x"}
    assert _narrow({"a": {"any": ["x"]}, "b": {"all": ["y", "x"]}}) == {"tag b=x"}
    assert _narrow({"a": {}}) == {"tag a"}


def _narrow(criteria: Criteria) -> set[str]:
    return {one for one in keys_of_list(Wanted(criteria)) if not one.startswith("any ")}
