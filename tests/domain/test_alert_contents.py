"""Content changes and messages as they come, and their enrichment (contract 1.9, 1.10, 3.1)."""

from typing import Any

import pytest

from domain.alert_contents import Fresh, identity, instant, read_change, read_message
from domain.document_types import supertypes
from domain.enrichment import enriched, values_of

U = "719efe7b-00d0-4168-ac30-99fe6093e3fc"
FRESH = Fresh(U, 1_500_000_000_000_000)
AT = 1_520_442_268_000_000


@pytest.mark.parametrize(
    "value",
    [
        "2018-03-07T17:04:28.000Z",
        "2018-03-07T17:04:28+00:00",
        "2018-03-07T18:04:28+01:00",
        "2018-03-07 17:04:28 UTC",
        "2018-03-07 17:04:28 +0000",
        "2018-03-07 18:04:28 +0100",
        "Wed, 07 Mar 2018 17:04:28 UTC +00:00",
        "Wed, 07 Mar 2018 17:04:28 GMT",
    ],
)
def test_instants(value: object) -> None:
    assert instant(value) == AT


@pytest.mark.parametrize("value", [None, "", " ", "x", "2018-13-01", [], {}, True, 1.5, 2**70])
def test_what_is_no_instant(value: object) -> None:
    assert instant(value) is None


def test_dates_are_midnights() -> None:
    assert instant("1970-01-01") == 0
    assert instant("1970-01-02") == 86_400_000_000


def test_the_seeds_three_keys_are_a_whole_change() -> None:
    given = {"subject": "S", "body": "B", "tags": {"tag": {"any": ["values"]}}, "urgent": True}
    fields, problems = read_change(given, FRESH)
    assert problems == {}
    assert {key: fields[key] for key in fields if key not in ("tags", "links")} == {
        "title": "S",
        "change_note": "B",
        "base_path": "",
        "email_document_supertype": "",
        "government_document_supertype": "",
        "document_type": "",
        "publishing_app": "",
        "content_id": U,
        "public_updated_at": FRESH.now,
        "description": "",
        "footnote": "",
        "priority": "normal",
    }
    assert fields["tags"]["tag"] == ["values"]


BLANK, ARRAYS = ["can't be blank"], ["All tag values must be sent as Arrays"]


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"title": None}, {"title": BLANK}),
        ({"title": "", "subject": "S"}, {"title": BLANK}),
        ({"change_note": " "}, {"change_note": BLANK}),
        ({"base_path": []}, {"base_path": BLANK}),
        ({"content_id": "x"}, {"content_id": BLANK}),
        ({"public_updated_at": "x"}, {"public_updated_at": BLANK}),
        ({"document_type": ""}, {"document_type": BLANK}),
        ({"description": None}, {"description": BLANK}),
        ({"description": "", "footnote": None}, {}),
        ({"priority": "urgent"}, {"priority": ["is not included in the list"]}),
        ({"priority": ["high"]}, {"priority": ["is not included in the list"]}),
        ({"priority": "high"}, {}),
        ({"tags": {"a": {"some": []}}}, {"tags": ARRAYS}),
        ({"tags": {"a": [{}]}}, {"tags": ARRAYS}),
        ({"tags": "x", "links": []}, {}),
        ({"base_path": "government/base_path"}, {}),
    ],
)
def test_what_is_judged_is_what_is_there(given: dict[str, Any], problems: object) -> None:
    assert read_change({"subject": "S", "body": "B", **given}, FRESH)[1] == problems


def test_a_change_that_says_nothing_is_refused() -> None:
    assert read_change({}, FRESH)[1] == {"title": BLANK, "change_note": BLANK}
    assert read_change({"subject": " ", "change_note": "N"}, FRESH)[1] == {"title": BLANK}
    assert read_change({"title": "T", "body": "B"}, FRESH)[1] == {}


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ({"a": "x"}, {"a": ["x"]}),
        ({"a": ["x", None, "y", "x"]}, {"a": ["x", "y"]}),
        ({"a": {"any": ["x"], "all": ["y", "x"]}}, {"a": ["x", "y"]}),
        ({"any": {"a": ["x"]}}, {"a": ["x"]}),
        ({"a": 3, "b": None, "c": []}, {"a": ["3"], "b": [], "c": []}),
        (None, {}),
        ({"a": {"b": ["x"]}}, None),
        ({"a": [["x"]]}, None),
    ],
)
def test_values_in_every_shape(given: object, values: object) -> None:
    assert values_of(given) == values


def test_what_follows_from_a_document_type() -> None:
    """The contract's example, the defaults, and the subgroup's way to its supergroup."""
    assert list(supertypes("press_release").values()) == [
        *("thing", "announcements", "press-releases", "news", "news_and_communications"),
    ]
    assert list(supertypes("unheard_of").values()) == ["thing", *["other"] * 4]
    assert supertypes("raib_report")["content_purpose_supergroup"] == "transparency"
    assert supertypes("statistics")["content_purpose_supergroup"] == "research_and_statistics"
    assert supertypes("document_collection")["user_journey_document_supertype"] == "finding"


def test_who_says_what_in_enrichment() -> None:
    """The caller's keys before what is derived; the document type before the caller's."""
    given = {
        "content_purpose_subgroup": ["mine"],
        "content_store_document_type": ["mine"],
        "topics": ["a"],
    }
    found = enriched(given, "press_release")
    assert found["content_purpose_subgroup"] == ["mine"]
    assert found["content_purpose_supergroup"] == ["news_and_communications"]
    assert found["content_store_document_type"] == ["press_release"]
    assert found["topics"] == ["a"]
    assert len(found) == 7
    fields, _ = read_change(
        {"subject": "S", "body": "B", "document_type": "press_release", "tags": given}, FRESH
    )
    assert fields["tags"] == found
    assert fields["email_document_supertype"] == "", "its own fields stay the caller's"


def test_what_makes_two_changes_the_same() -> None:
    one = {"content_id": U, "base_path": "/a", "public_updated_at": "2018-03-07T17:04:28Z"}
    same = {**one, "content_id": U.upper(), "public_updated_at": "2018-03-07 17:04:28 +0000"}
    assert identity(one) == identity(same) is not None
    for key, value in (("base_path", "/b"), ("public_updated_at", "2018-03-07T17:04:29Z")):
        assert identity({**one, key: value}) != identity(one)
    for key in ("content_id", "public_updated_at"):
        assert identity({**one, key: None}) is None


SAFE: dict[str, Any] = {"title": "T", "body": "B", "criteria_rules": [{"id": 1}]}


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({}, {}),
        ({"title": " "}, {"title": BLANK}),
        ({"body": None}, {"body": BLANK}),
        ({"criteria_rules": None}, {"criteria_rules": BLANK}),
        ({"criteria_rules": []}, {"criteria_rules": BLANK}),
        ({"criteria_rules": [{}]}, {"criteria_rules": ["does not conform to the criteria schema"]}),
        ({"sender_message_id": "x"}, {"sender_message_id": ["is not a valid UUID"]}),
        ({"sender_message_id": U.upper()}, {}),
        ({"sender_message_id": ""}, {}),
        ({"priority": "x"}, {"priority": ["is not included in the list"]}),
        *(({"url": url}, {}) for url in ("/a", "https://example.org/x?y", None)),
        *(
            ({"url": url}, {"url": ["must be a root-relative URL"]})
            for url in ("http://example.org", "//example.org", "https://", "https://a b", 3, "")
        ),
    ],
)
def test_messages(given: dict[str, Any], problems: object) -> None:
    assert read_message({**SAFE, **given})[1] == problems
