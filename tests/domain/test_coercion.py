"""The field rules: a table of values and texts, and properties over all values."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.coercion import (
    MOST_ITEMS,
    Refused,
    trimmed_text,
    trimmed_texts,
    whole_number,
    whole_numbers,
)

INTEGER = "A valid integer is required."
NULL = "This field may not be null."
BLANK = "This field may not be blank."

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def tried(rule: Callable[[object], object], value: object) -> object:
    """What the rule makes of the value, or its refusal."""
    try:
        return rule(value)
    except Refused as error:
        return error


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3),
        ("3", 3),
        (" 3 ", 3),
        (3.0, 3),
        ("3.0", 3),
        ("3.", 3),
        ("3.000 \n", 3),
        ("+3", 3),
        ("-3", -3),
        (0, 0),
        (-0.0, 0),
        ("0003", 3),
        (2**64, 2**64),
    ],
)
def test_what_counts_as_a_whole_number(value: object, number: int) -> None:
    assert whole_number(value) == number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, NULL),
        (True, INTEGER),
        (False, INTEGER),
        (2.5, INTEGER),
        ("2.5", INTEGER),
        (1e16, INTEGER),
        ("1e3", INTEGER),
        (float("nan"), INTEGER),
        (float("inf"), INTEGER),
        ("", INTEGER),
        ("  ", INTEGER),
        (".0", INTEGER),
        ("abc", INTEGER),
        ("3 4", INTEGER),
        ("0x3", INTEGER),
        ("3\0", INTEGER),
        ("\ud800", INTEGER),
        ([], INTEGER),
        ([2], INTEGER),
        ({"id": 2}, INTEGER),
        (b"3", INTEGER),
    ],
)
def test_what_does_not(value: object, text: str) -> None:
    with pytest.raises(Refused) as caught:
        whole_number(value)
    assert caught.value.texts == [text]
    assert caught.value.problem == [text]


def test_a_thousand_digits_are_read_and_no_more() -> None:
    assert whole_number("9" * 1000) == 10**1000 - 1
    for text in ("9" * 1001, "x" * 1001):
        with pytest.raises(Refused, match="String value too large."):
            whole_number(text)


@given(st.integers())
def test_every_spelling_of_a_number_is_the_number(number: int) -> None:
    for spelling in (number, str(number), f" {number}\t", f"{number}.0", f"{number}."):
        assert whole_number(spelling) == number


@given(json_values)
def test_a_value_is_a_number_or_refused(value: object) -> None:
    outcome = tried(whole_number, value)
    texts = ([INTEGER], [NULL], ["String value too large."])
    assert type(outcome) is int or (isinstance(outcome, Refused) and outcome.texts in texts)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("hello", "hello"),
        ("  m03 trimmed  \n", "m03 trimmed"),
        ("a\n\tb  c", "a\n\tb  c"),
        (304, "304"),
        (3.05, "3.05"),
        (-0.0, "-0.0"),
        ("\u00a0x\u2003", "x"),
        ("Ümläut 你好 😀 <b>html</b> 100% a_b", "Ümläut 你好 😀 <b>html</b> 100% a_b"),
        ("\0x"[1:], "x"),
    ],
)
def test_what_counts_as_text(value: object, text: str) -> None:
    assert trimmed_text(value) == text


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (None, [NULL]),
        ("", [BLANK]),
        ("  \n\t ", [BLANK]),
        (True, ["Not a valid string."]),
        (False, ["Not a valid string."]),
        (["x"], ["Not a valid string."]),
        ([], ["Not a valid string."]),
        ({"a": 1}, ["Not a valid string."]),
        ("a\0b", ["Null characters are not allowed."]),
        ("\0", ["Null characters are not allowed."]),
        ("a\ud800b", ["Surrogate characters are not allowed: U+D800."]),
        ("\udfff\ud800", ["Surrogate characters are not allowed: U+DFFF."]),
        (
            "\udc80\0",
            [
                "Null characters are not allowed.",
                "Surrogate characters are not allowed: U+DC80.",
            ],
        ),
    ],
)
def test_what_is_no_text(value: object, texts: list[str]) -> None:
    with pytest.raises(Refused) as caught:
        trimmed_text(value)
    assert caught.value.texts == texts


def test_text_has_no_limit_and_a_number_has() -> None:
    assert trimmed_text("x" * 1_000_000) == "x" * 1_000_000
    with pytest.raises(Refused, match="Not a valid string."):
        trimmed_text(10**5000)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_text_is_kept_but_for_its_ends(text: str) -> None:
    if text.strip():
        assert trimmed_text(text) == text.strip()
    else:
        with pytest.raises(Refused, match="blank"):
            trimmed_text(text)


@given(json_values | st.text(st.characters()))
def test_a_text_that_passes_can_be_stored(value: object) -> None:
    outcome = tried(trimmed_text, value)
    if isinstance(outcome, Refused):
        assert outcome.texts
    else:
        assert isinstance(outcome, str)
        assert outcome == outcome.strip() != ""
        assert "\0" not in outcome
        outcome.encode()


@pytest.mark.parametrize("rule", [whole_numbers, trimmed_texts])
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, NULL),
        ([], "This list may not be empty."),
        (2, 'Expected a list of items but got type "int".'),
        (2.5, 'Expected a list of items but got type "float".'),
        ("2", 'Expected a list of items but got type "str".'),
        ("", 'Expected a list of items but got type "str".'),
        ({"0": 2}, 'Expected a list of items but got type "dict".'),
        (True, 'Expected a list of items but got type "bool".'),
    ],
)
def test_what_is_no_list(rule: Callable[[object], list[object]], value: object, text: str) -> None:
    with pytest.raises(Refused) as caught:
        rule(value)
    assert caught.value.problem == [text]
    assert caught.value.items == {}


def test_a_list_keeps_order_and_repeats() -> None:
    assert whole_numbers([4, "2", 2.0, 999]) == [4, 2, 2, 999]
    assert trimmed_texts([" bob", "alice", 7]) == ["bob", "alice", "7"]


def test_wrong_items_are_told_by_position() -> None:
    with pytest.raises(Refused) as caught:
        whole_numbers([2, "abc", 3, None, "1" * 1001])
    assert caught.value.texts == []
    assert caught.value.items == {1: [INTEGER], 3: [NULL], 4: ["String value too large."]}
    assert caught.value.problem == {
        "1": [INTEGER],
        "3": [NULL],
        "4": ["String value too large."],
    }


def test_wrong_texts_are_told_by_position() -> None:
    with pytest.raises(Refused) as caught:
        trimmed_texts(["alice", " ", None, ["x"]])
    assert caught.value.items == {1: [BLANK], 2: [NULL], 3: ["Not a valid string."]}


def test_a_list_has_a_limit_which_is_looked_at_before_its_items() -> None:
    assert len(whole_numbers([1] * MOST_ITEMS)) == MOST_ITEMS
    for rule in (whole_numbers, trimmed_texts):
        with pytest.raises(Refused) as caught:
            rule([None] * (MOST_ITEMS + 1))
        assert caught.value.problem == ["Ensure this field has no more than 100000 elements."]


def test_thousands_of_wrong_items_get_a_short_answer() -> None:
    with pytest.raises(Refused) as caught:
        whole_numbers([0, *["x"] * 5_000])
    assert list(caught.value.items) == list(range(1, 1_001))


@given(st.lists(json_values, min_size=1))
def test_a_list_is_as_good_as_its_items(values: list[object]) -> None:
    outcomes = [tried(whole_number, value) for value in values]
    wrong = {at: one.texts for at, one in enumerate(outcomes) if isinstance(one, Refused)}
    if wrong:
        with pytest.raises(Refused) as caught:
            whole_numbers(values)
        assert caught.value.items == wrong
    else:
        assert whole_numbers(values) == outcomes
