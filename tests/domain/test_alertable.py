"""Which pages are told of at all (alerts contract, 3.10)."""

from typing import Any

import pytest

from domain.alertable import is_alertable

PAGE: dict[str, Any] = {
    "base_path": "/a",
    "title": "T",
    "change_note": "N",
    "publishing_app": "whitehall",
    "document_type": "press_release",
    "email_document_supertype": "other",
    "government_document_supertype": "",
    "links": {"taxons": ["x"]},
    "tags": {},
}


@pytest.mark.parametrize(
    ("more", "is_told"),
    [
        ({}, True),
        ({"base_path": ""}, False),
        ({"title": ""}, False),
        ({"change_note": ""}, False),
        ({"publishing_app": "collections-publisher"}, False),
        ({"document_type": "drug_safety_update"}, False),
        ({"links": {}}, False),
        ({"links": {"taxons": []}}, False),
        ({"links": {"organisations": ["x"]}}, False),
        ({"links": {}, "tags": {"policies": ["x"]}}, True),
        ({"links": {}, "email_document_supertype": "announcements"}, True),
        ({"links": {}, "government_document_supertype": "press-releases"}, True),
    ],
)
def test_which_pages_are_told_of(more: dict[str, Any], is_told: bool) -> None:
    assert is_alertable({**PAGE, **more}) is is_told
