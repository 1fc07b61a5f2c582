"""The inbox's bodies: the contract's recorded answers, notices, and that nothing else escapes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema

from domain.errors import Invalid
from models.schemas import items_schema, list_keys, load, notice_schema, send_schema

REQUIRED = ["This field is required."]
NULL = ["This field may not be null."]
BLANK = ["This field may not be blank."]
EMPTY = ["This list may not be empty."]
INTEGER = ["A valid integer is required."]
NOT_TEXT = ["Not a valid string."]

SEND = send_schema()
NOTICE = notice_schema()


def problems(schema: Schema, data: object) -> Any:
    with pytest.raises(Invalid) as caught:
        load(schema, data)
    return caught.value.problems


def tried(schema: Schema, data: object) -> tuple[dict[str, Any], Any]:
    """What is loaded and what is wrong; one of them is empty."""
    try:
        return load(schema, data), {}
    except Invalid as error:
        return {}, error.problems


def not_a_list(name: str) -> list[str]:
    return [f'Expected a list of items but got type "{name}".']


def not_an_object(name: str) -> dict[str, list[str]]:
    return {"non_field_errors": [f"Invalid data. Expected a dictionary, but got {name}."]}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, {"recipient_ids": REQUIRED, "content": REQUIRED}),
        ({"recipient_ids": [2]}, {"content": REQUIRED}),
        ({"content": "x"}, {"recipient_ids": REQUIRED}),
        ({"content": "x", "recipient_ids": []}, {"recipient_ids": EMPTY}),
        ({"content": "", "recipient_ids": []}, {"recipient_ids": EMPTY, "content": BLANK}),
        ({"content": None, "recipient_ids": [2]}, {"content": NULL}),
        ({"content": "x", "recipient_ids": None}, {"recipient_ids": NULL}),
        ({"content": "", "recipient_ids": [2]}, {"content": BLANK}),
        ({"content": "  \n\t ", "recipient_ids": [2]}, {"content": BLANK}),
        ({"content": True, "recipient_ids": [2]}, {"content": NOT_TEXT}),
        ({"content": ["x"], "recipient_ids": [2]}, {"content": NOT_TEXT}),
        ({"content": {"a": 1}, "recipient_ids": [2]}, {"content": NOT_TEXT}),
        (
            {"content": "a\0b", "recipient_ids": [2]},
            {"content": ["Null characters are not allowed."]},
        ),
        (
            {"content": "a\ud800b", "recipient_ids": [2]},
            {"content": ["Surrogate characters are not allowed: U+D800."]},
        ),
        ({"content": "x", "recipient_ids": 2}, {"recipient_ids": not_a_list("int")}),
        ({"content": "x", "recipient_ids": "2"}, {"recipient_ids": not_a_list("str")}),
        ({"content": "x", "recipient_ids": {"0": 2}}, {"recipient_ids": not_a_list("dict")}),
        ({"content": "x", "recipient_ids": True}, {"recipient_ids": not_a_list("bool")}),
        ({"content": "x", "recipient_ids": ["abc"]}, {"recipient_ids": {"0": INTEGER}}),
        (
            {"content": "x", "recipient_ids": [2, "abc", 3, None]},
            {"recipient_ids": {"1": INTEGER, "3": NULL}},
        ),
        ({"content": "x", "recipient_ids": [True]}, {"recipient_ids": {"0": INTEGER}}),
        ({"content": "x", "recipient_ids": [None]}, {"recipient_ids": {"0": NULL}}),
        ({"content": "x", "recipient_ids": [2.5]}, {"recipient_ids": {"0": INTEGER}}),
        ({"content": "x", "recipient_ids": [[2]]}, {"recipient_ids": {"0": INTEGER}}),
        ({"content": "x", "recipient_ids": [{"id": 2}]}, {"recipient_ids": {"0": INTEGER}}),
        ({"content": "x", "recipient_ids": [""]}, {"recipient_ids": {"0": INTEGER}}),
        (
            {"content": "x", "recipient_ids": ["1" * 1001]},
            {"recipient_ids": {"0": ["String value too large."]}},
        ),
        (
            {"content": "", "recipient_ids": ["a"]},
            {"recipient_ids": {"0": INTEGER}, "content": BLANK},
        ),
        ({"content": "", "recipient_ids": [999]}, {"content": BLANK}),
        ([1, 2], not_an_object("list")),
        ("hello", not_an_object("str")),
        (5, not_an_object("int")),
        (2.5, not_an_object("float")),
        (True, not_an_object("bool")),
        (None, {"non_field_errors": ["No data provided"]}),
    ],
)
def test_a_wrong_message_is_answered_as_recorded(data: object, expected: object) -> None:
    assert problems(SEND, data) == expected


@pytest.mark.parametrize(
    ("data", "recipients", "content"),
    [
        ({"content": "m01 Hello Bob", "recipient_ids": [2]}, [2], "m01 Hello Bob"),
        ({"content": "x", "recipient_ids": [4, 2, 2, 999, 3, 1]}, [4, 2, 2, 999, 3, 1], "x"),
        ({"content": "  m03 trimmed  \n", "recipient_ids": [2]}, [2], "m03 trimmed"),
        ({"content": 304, "recipient_ids": [2]}, [2], "304"),
        ({"content": 3.05, "recipient_ids": [2]}, [2], "3.05"),
        ({"content": "x", "recipient_ids": ["1", " 3 "]}, [1, 3], "x"),
        ({"content": "x", "recipient_ids": [1.0, "2.0"]}, [1, 2], "x"),
        ({"content": "x", "recipient_ids": [-1, 0, 2**63, 2**64]}, [-1, 0, 2**63, 2**64], "x"),
        ({"content": "x", "recipient_ids": [1], "id": 77, "is_read": True}, [1], "x"),
        ({"content": "x", "recipient_ids": [1], "audience": "everyone"}, [1], "x"),
        (
            {"content": "a\nb\tc <b>100%</b> 😀", "recipient_ids": [1]},
            [1],
            "a\nb\tc <b>100%</b> 😀",
        ),
    ],
)
def test_a_message_is_loaded(data: object, recipients: list[int], content: str) -> None:
    loaded = load(SEND, data)
    assert loaded == {"recipient_ids": recipients, "content": content}
    assert list(loaded) == ["recipient_ids", "content"]


def test_recipients_may_be_named_by_texts() -> None:
    schema = send_schema("recipient_usernames", text_recipients=True)
    body = {"recipient_usernames": [" bob ", "alice"], "content": "x", "recipient_ids": "?"}
    assert load(schema, body) == {"recipient_usernames": ["bob", "alice"], "content": "x"}
    assert problems(schema, {}) == {"recipient_usernames": REQUIRED, "content": REQUIRED}
    assert problems(schema, {"recipient_usernames": ["bob", "", None, []], "content": "x"}) == {
        "recipient_usernames": {"1": BLANK, "2": NULL, "3": NOT_TEXT}
    }


@pytest.mark.parametrize("key", ["message_ids", "notice_ids"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], EMPTY),
        (None, NULL),
        ("1", not_a_list("str")),
        ([1, "x", None], {"1": INTEGER, "2": NULL}),
    ],
)
def test_chosen_items_obey_the_list_rules(key: str, value: object, expected: object) -> None:
    schema = items_schema(key)
    assert problems(schema, {key: value}) == {key: expected}
    assert problems(schema, {}) == {key: REQUIRED}
    assert load(schema, {key: [3, "2", 3], "foo": 1}) == {key: [3, 2, 3]}


NOT_AN_AUDIENCE = ['Must be "everyone" or {"group_ids": [...]}.']
NOT_AN_INSTANT = [
    "Datetime has wrong format. Use one of these formats instead: "
    "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
]


@pytest.mark.parametrize(
    ("given_", "loaded"),
    [
        ({"recipient_ids": ["1", 2]}, {"recipient_ids": [1, 2]}),
        ({"recipient_ids": [1], "audience": None}, {"recipient_ids": [1]}),
        ({"audience": "everyone"}, {"audience": "everyone"}),
        ({"audience": {"group_ids": ["7", 8.0]}}, {"audience": {"group_ids": [7, 8]}}),
        ({"audience": {"group_ids": [7], "x": 1}}, {"audience": {"group_ids": [7]}}),
        ({"recipient_ids": [1], "expires_at": None}, {"recipient_ids": [1]}),
        (
            {"recipient_ids": [1], "expires_at": "2026-01-01T02:00:00.000001+02:00"},
            {"recipient_ids": [1], "expires_at": 1_767_225_600_000_001},
        ),
        (
            {"recipient_ids": [1], "expires_at": "2026-01-01T00:00Z", "id": 3},
            {"recipient_ids": [1], "expires_at": 1_767_225_600_000_000},
        ),
    ],
)
def test_a_notice_is_loaded(given_: dict[str, object], loaded: dict[str, object]) -> None:
    unset = {"recipient_ids": None, "audience": None, "expires_at": None}
    assert load(NOTICE, {**given_, "content": " n "}) == {**unset, **loaded, "content": "n"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, {"recipient_ids": REQUIRED, "content": REQUIRED}),
        ({"content": "x"}, {"recipient_ids": REQUIRED}),
        ({"content": "x", "audience": None}, {"recipient_ids": REQUIRED}),
        ({"content": "x", "recipient_ids": []}, {"recipient_ids": EMPTY}),
        ({"content": "x", "recipient_ids": None}, {"recipient_ids": NULL}),
        ({"content": "x", "recipient_ids": None, "audience": "everyone"}, {"recipient_ids": NULL}),
        ({"content": "x", "recipient_ids": "1"}, {"recipient_ids": not_a_list("str")}),
        (
            {"content": "x", "recipient_ids": [1], "audience": "everyone"},
            {"non_field_errors": ["Give either recipient_ids or audience."]},
        ),
        (
            {"content": "", "recipient_ids": [1], "audience": "everyone"},
            {"content": BLANK},
        ),
        ({"content": "x", "audience": "nobody"}, {"audience": NOT_AN_AUDIENCE}),
        ({"content": "x", "audience": ["everyone"]}, {"audience": NOT_AN_AUDIENCE}),
        ({"content": "x", "audience": {}}, {"audience": NOT_AN_AUDIENCE}),
        ({"content": "x", "audience": True}, {"audience": NOT_AN_AUDIENCE}),
        ({"content": "x", "audience": ""}, {"audience": NOT_AN_AUDIENCE}),
        ({"content": "x", "audience": {"group_ids": []}}, {"audience": {"group_ids": EMPTY}}),
        ({"content": "x", "audience": {"group_ids": None}}, {"audience": {"group_ids": NULL}}),
        (
            {"audience": {"group_ids": [1, "x"]}, "expires_at": "soon"},
            {
                "content": REQUIRED,
                "audience": {"group_ids": {"1": INTEGER}},
                "expires_at": NOT_AN_INSTANT,
            },
        ),
        ({"content": "x", "audience": "everyone", "expires_at": 5}, {"expires_at": NOT_AN_INSTANT}),
        (
            {"content": "x", "audience": "everyone", "expires_at": ""},
            {"expires_at": NOT_AN_INSTANT},
        ),
        (None, {"non_field_errors": ["No data provided"]}),
        ([], not_an_object("list")),
    ],
)
def test_a_wrong_notice_is_answered(data: object, expected: object) -> None:
    assert problems(NOTICE, data) == expected


def test_a_notice_to_usernames_names_its_key() -> None:
    schema = notice_schema("recipient_usernames", text_recipients=True)
    body = {"recipient_usernames": ["bob"], "content": "x"}
    assert load(schema, body)["recipient_usernames"] == ["bob"]
    assert problems(schema, {"content": "x"}) == {"recipient_usernames": REQUIRED}
    assert problems(schema, {**body, "audience": "everyone"}) == {
        "non_field_errors": ["Give either recipient_usernames or audience."]
    }


def test_a_schema_tells_which_keys_hold_lists() -> None:
    assert list_keys(SEND) == {"recipient_ids"}
    assert list_keys(NOTICE) == {"recipient_ids"}
    assert list_keys(send_schema("recipient_usernames", text_recipients=True)) == {
        "recipient_usernames"
    }
    assert list_keys(items_schema("notice_ids")) == {"notice_ids"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["group_ids", "x"]), inner, max_size=2)
    ),
    max_leaves=8,
)
bodies = json_values | st.fixed_dictionaries(
    {},
    optional={
        "recipient_ids": json_values | st.lists(st.integers(), min_size=1),
        "content": json_values,
        "audience": json_values | st.just("everyone"),
        "expires_at": json_values,
        "message_ids": json_values,
    },
)


@pytest.mark.parametrize("schema", [SEND, NOTICE, items_schema("message_ids")])
@given(data=bodies)
def test_a_body_is_loaded_or_invalid(schema: Schema, data: object) -> None:
    loaded, wrong = tried(schema, data)
    assert (set(loaded) == set(schema.fields)) is not bool(wrong)
    assert set(wrong) <= {*schema.fields, "non_field_errors"}
