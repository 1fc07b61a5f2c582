"""What the reference implementation of the inbox answered, and what is answered instead."""

import pytest

from tests.conformance.conftest import Golden
from tests.conformance.replay_inbox_golden import difference

NOT_FOUND = {"detail": "Not found."}
NO_RECIPIENTS = {"recipient_ids": ["No valid recipients."]}
METADATA = {
    "name": {"$any": "string"},
    "description": {"$any": "string"},
    "renders": ["application/json"],
    "parses": ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"],
}

# Where the reference crashes, or answers as its framework happens to: status and body by case.
DECIDED = {
    "A unauth OPTIONS": (403, {"detail": "Authentication credentials were not provided."}),
    "C send recipient_ids 2^63": (400, NO_RECIPIENTS),
    "C send recipient_ids 2^64 beside an unknown one": (400, NO_RECIPIENTS),
    "D OPTIONS send": (200, METADATA),
    "D OPTIONS list": (200, METADATA),
    # Paths are exact: nothing is redirected, and what no route claims is JSON like all the rest.
    # Without its slash /messages is another area's, which takes POST there.
    "D no slash GET": (405, {"status": 405, "error": "Method Not Allowed"}),
    "D no slash GET with query": (404, NOT_FOUND),
    "D no slash GET detail": (404, NOT_FOUND),
    "D no slash POST": (404, NOT_FOUND),
    "D no slash unauth": (405, {"status": 405, "error": "Method Not Allowed"}),
    "D id word": (404, NOT_FOUND),
    "D id negative": (404, NOT_FOUND),
    "D id leading zeros": (404, NOT_FOUND),
    "D unknown route": (404, NOT_FOUND),
    "D unknown route unauth": (404, NOT_FOUND),
    "D double slash": (404, NOT_FOUND),
    "D format json": (200, {"$any": "any"}),
    "D format unknown": (404, NOT_FOUND),
    "D Accept xml": (406, {"detail": "Could not satisfy the request Accept header."}),
    "D Accept html": (406, {"detail": "Could not satisfy the request Accept header."}),
}


def _is_decided(case: dict) -> bool:
    return any(tag.startswith(("quirk", "django")) for tag in case["tags"])


def test_every_core_case_is_answered_as_recorded(golden: Golden) -> None:
    assert golden.wrong == {}
    assert sum(not _is_decided(case) for case in golden.cases) == 241


def test_every_other_case_is_answered_as_decided(golden: Golden) -> None:
    assert {case["name"] for case in golden.cases if _is_decided(case)} == DECIDED.keys()
    for name, (status, body) in DECIDED.items():
        answer = golden.replay.ask(golden.named(name))
        assert (name, answer.status) == (name, status)
        assert difference(body, answer.json, at=name) is None


def test_the_recorded_headers_are_there_too(golden: Golden) -> None:
    """Asked again: what a case answers may have changed meanwhile, what it allows has not."""
    for case in golden.cases:
        recorded = case.get("response_headers") or {}
        if "allow" in recorded:
            answer = golden.replay.ask(case)
            assert (case["name"], answer.headers["Allow"]) == (case["name"], recorded["allow"])
            if answer.body:
                assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ({"$any": "int"}, True),
        ({"$any": "datetime"}, "2026-01-01 00:00:00Z"),
        ({"$prefix": "a"}, "b"),
        ({"$suffix": "a"}, "ab"),
        ({"$oneof": [1, 2]}, 3),
        ({"$repeat": ["a", 3]}, "aa"),
        ({"$unordered": [1, 2]}, [2, 3]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ([1], [1, 2]),
        (1, True),
    ],
)
def test_the_comparison_sees_differences(wanted: object, got: object) -> None:
    assert difference(wanted, got)
