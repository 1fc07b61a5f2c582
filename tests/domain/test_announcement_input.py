"""Announcements as callers write them: both generations of names, and every mistake by its code."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.announcement_errors import AnnouncementError
from domain.announcement_input import Given, check_window, read

EN = {"en-US": "x"}


def group(number: Any) -> dict[str, Any]:
    return {"group": {"_id": number}}


def test_both_generations_of_names() -> None:
    old = {"type": "eula", "message_html": EN, "_id": 3, "_version": 2}
    new = {"webfrontend_type": "eula", "message": EN, "_id": 3, "_version": 2}
    wanted = Given(3, None, 2, {"webfrontend_type": "eula", "message": EN})
    assert read({"message": old}, 0) == read({"message": new}, 0) == wanted
    assert read({"message": {**old, **new}}, 0) == wanted


def test_groups_beside_and_inside() -> None:
    beside = {"message": {}, "_groups": [group(5), group(23), group(5)]}
    inside = {"message": {"_groups": [group(5), group(23)]}}
    both = {"message": {"_groups": [group(23), group(5)]}, "_groups": [group(5), group(23)]}
    assert read(beside, 0).groups == read(inside, 0).groups == read(both, 0).groups == (5, 23)
    assert read({"message": {}}, 0).groups is None
    assert read({"message": {}, "_groups": []}, 0).groups == ()


def test_the_rest_of_an_element() -> None:
    element = {
        "_basetype": "message",
        "_owner": {"user": {"_id": 9, "login": "anything"}},
        "message": {
            "lookup:_id": {"reference": "r"},
            "title": {"de-DE": "x", "en-US": None},
            "confirmation": None,
            "confirm_every_version": True,
            "start_time": {"value": "2000-01"},
            "webfrontend_props": {"$a": 2**70},
            "reference": "r2",
        },
    }
    found = read(element, 0)
    assert (found.lookup, found.owner) == ("r", ("user", 9))
    assert found.fields == {
        "title": {"de-DE": "x", "en-US": None},
        "confirmation": None,
        "confirm_every_version": True,
        "start_time": {"value": "2000-01"},
        "webfrontend_props": f'{{"$a": {2**70}}}',
        "reference": "r2",
    }


TYPE, NOT_ACCEPTED = "error.api.type_mismatch", "error.api.attribute_not_accepted"
EXPECTED, BAD = "error.api.attribute_expected", "error.api.invalid_value"
NO_OBJECTS: list[Any] = [None, 3, "x", [], True]
NO_NUMBERS: list[Any] = ["1", 1.0, True, None, []]
NULL, INVALID = "error.user.not_null_violation", "error.user.invalid_value"


@pytest.mark.parametrize(
    ("element", "code"),
    [
        *((value, TYPE) for value in NO_OBJECTS),
        ({}, EXPECTED),
        ({"message": []}, TYPE),
        ({"message": {}, "_basetype": "user"}, BAD),
        ({"message": {}, "x": 1}, NOT_ACCEPTED),
        ({"message": {}, "_groups": {}}, TYPE),
        ({"message": {}, "_groups": [3]}, TYPE),
        ({"message": {}, "_groups": [{}]}, TYPE),
        ({"message": {}, "_groups": [{"group": {}}]}, EXPECTED),
        ({"message": {}, "_groups": [group("5")]}, TYPE),
        ({"message": {}, "_groups": [group(True)]}, TYPE),
        ({"message": {"_groups": [group(1)]}, "_groups": [group(2)]}, BAD),
        ({"message": {}, "_owner": None}, NULL),
        ({"message": {}, "_owner": {}}, BAD),
        ({"message": {}, "_owner": {"user": {"_id": 1}, "group": {"_id": 1}}}, BAD),
    ],
)
def test_wrong_elements(element: Any, code: str) -> None:
    with pytest.raises(AnnouncementError) as caught:
        read(element, 0)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("message", "code", "parameters"),
    [
        ({"x": 1}, NOT_ACCEPTED, {}),
        ({"show_always": True}, NOT_ACCEPTED, {}),
        *(({"_id": value}, TYPE, {}) for value in NO_NUMBERS),
        *(({"_version": value}, TYPE, {}) for value in NO_NUMBERS),
        *(({name: "x"}, TYPE, {}) for name in ("title", "message", "message_html", "start_time")),
        ({"title": {"de-DE": 3}}, TYPE, {}),
        ({"title": {"german": "x"}}, BAD, {}),
        ({"title": {"de-DE": "\ud800"}}, BAD, {}),
        ({"title": {}}, NULL, {"column": "title"}),
        ({"message_html": {"de-DE": None}}, NULL, {"column": "message_html"}),
        ({"type": 3}, TYPE, {}),
        ({"reference": {}}, TYPE, {}),
        ({"confirm_every_version": 1}, TYPE, {}),
        ({"webfrontend_props": []}, TYPE, {}),
        ({"webfrontend_props": {"a": "\ud800"}}, BAD, {}),
        ({"type": "a", "webfrontend_type": "b"}, BAD, {}),
        ({"webfrontend_type": "b", "type": None}, BAD, {}),
        ({"message": EN, "message_html": {"en-US": "y"}}, BAD, {}),
        ({"start_time": {}}, TYPE, {}),
        ({"start_time": {"value": "2020", "x": 1}}, NOT_ACCEPTED, {}),
        (
            {"end_time": {"value": "2020-13"}},
            INVALID,
            {
                "attribute": "end_time",
                "value": "2020-13",
                "expected_format": "ISO 8601: YYYY, YYYY-MM, YYYY-MM-DD, or one of these with a "
                "time",
            },
        ),
        ({"lookup:_id": "r"}, TYPE, {}),
        ({"lookup:_id": {"name": "r"}}, NOT_ACCEPTED, {}),
    ],
)
def test_wrong_messages(message: Any, code: str, parameters: dict[str, str]) -> None:
    with pytest.raises(AnnouncementError) as caught:
        read({"message": message}, 0)
    assert (caught.value.code, caught.value.parameters) == (code, parameters)
    assert caught.value.realm == code.split(".")[1]


def test_windows() -> None:
    january = {"value": "2020-01"}
    starts, ends = check_window({"start_time": january, "end_time": january})
    assert starts is not None
    assert ends == starts + 31 * 86_400_000_000 - 1
    assert check_window({"start_time": None}) == (None, None)
    with pytest.raises(AnnouncementError) as caught:
        check_window({"start_time": {"value": "2020-02"}, "end_time": january})
    assert caught.value.parameters["attribute"] == "start_time"


NAMES = ["_id", "_version", "_groups", "title", "message", "type", "start_time", "x", "reference"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*NAMES, "group", "de-DE", "value"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON | st.fixed_dictionaries({"message": JSON}))
def test_anything_is_read_or_refused(element: Any) -> None:
    with suppress(AnnouncementError):
        assert isinstance(read(element, 0), Given)
