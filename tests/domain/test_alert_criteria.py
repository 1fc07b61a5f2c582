"""Shapes, errors and digests of tags and links (alerts contract, 2.1; upstream's validators)."""

from typing import Any

import pytest

from domain.alert_criteria import LINKS, Criteria, asked, digest, in_english, read, tags

OPEN = tags(())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"a": ["x", "y"]}, {"a": {"any": ["x", "y"]}}),
        ({"a": {"any": ["x"], "all": ["y"]}}, {"a": {"any": ["x"], "all": ["y"]}}),
        ({"any": {"a": ["x"]}, "all": {"a": ["y"]}}, {"a": {"any": ["x"], "all": ["y"]}}),
        ({"any": ["x"]}, {"any": {"any": ["x"]}}),
        ({"any": {"a": ["x"]}, "b": ["y"]}, None),
        ({"a": {"any": [None, 3, "x"]}}, {"a": {"any": ["3", "x"]}}),
        ({"a": {}}, {"a": {}}),
        ({"a": []}, {"a": {"any": []}}),
        ({}, {}),
        (None, {}),
        ([], {}),
        ("x", {}),
    ],
)
def test_what_is_kept(given: object, kept: Criteria | None) -> None:
    found, problems = read(given, OPEN)
    assert (found, problems) == (kept, []) if kept is not None else problems != []


@pytest.mark.parametrize(
    ("value", "as_tag", "as_link"),
    [
        ("Az09_-", True, True),
        ("a/b", True, False),
        ("", True, True),
        ("a b", False, False),
        ("a\n", False, False),
        ("é", False, False),
        (1.5, False, False),
        (True, False, False),
        ({"x": 1}, False, False),
    ],
)
def test_values(value: object, as_tag: bool, as_link: bool) -> None:
    texts = ["k has a value with an invalid format."]
    assert read({"k": [value]}, OPEN)[1] == ([] if as_tag else texts)
    assert read({"k": {"all": [value]}}, LINKS)[1] == ([] if as_link else texts)


@pytest.mark.parametrize("value", ["x", 3, None, {"some": []}, {"any": "x"}, {"all": None}])
def test_shapes_that_are_refused(value: object) -> None:
    given = {"k": value, "l": []}
    assert read(given, LINKS)[1] == ["All link values must be sent as Arrays"]
    assert read(given, OPEN)[1] == ["All tag values must be sent as Arrays"]


def test_a_look_up_refuses_nothing() -> None:
    assert asked({"a": "x", "b": {"all": "y"}}) == {"a": {"any": ["x"]}, "b": {"all": ["y"]}}
    assert asked({"b": {"some": "y"}}) == {"b": {}}
    assert asked("x") == {}


@pytest.mark.parametrize(
    ("words", "text"),
    [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b, and c")],
)
def test_words_in_english(words: list[str], text: str) -> None:
    assert in_english(words) == text


def test_digests_are_upstreams() -> None:
    """The value that its own specs expect."""
    given: dict[str, Any] = {"a": 1, "b": 2, "c": 3, "d": 4}
    given |= {"boat_type": ["ship", "boat"], "aircraft_type": ["plane", "helicopter"]}
    assert digest(given) == "ee38bab7cf3dcfa3c0181cb26ad2bc25f006ca62fa030a81dc2b0ac353b4bddb"
    assert digest({}) is None


def test_what_digests_tell_apart() -> None:
    one = {"a": {"any": ["x", "y"], "all": ["z"]}, "b": {"any": []}}
    same = {"b": {"any": []}, "a": {"all": ["z"], "any": ["y", "x"]}}
    assert digest(one) == digest(same)
    others: list[Criteria] = [
        {"a": {"all": ["x", "y"], "any": ["z"]}, "b": {"any": []}},
        {"a": {"any": ["x", "y", "y"], "all": ["z"]}, "b": {"any": []}},
        {"a": {"any": ["x", "y"], "all": ["z"]}},
        {"a": {"any": ["x", "y"], "all": ["z"]}, "b": {"all": []}},
        {"a": {"any": ['x", "y'], "all": ["z"]}, "b": {"any": []}},
    ]
    assert len({digest(one), *map(digest, others)}) == 6
