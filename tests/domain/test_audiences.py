"""Who is in an audience, and since when (live, "Membership")."""

import pytest

from domain.audiences import SYSTEM_GROUP_IDS, Audience, Member, Stay, join, leave

ALL = SYSTEM_GROUP_IDS[":all"]
STAFF, GUESTS = 1, 2
MEMBER = Member(since=100, stays=(Stay(STAFF, 200, 300), Stay(STAFF, 400), Stay(GUESTS, 250)))

CASES = [
    (Audience(), 99, False),
    (Audience(), 100, True),
    (Audience(frozenset({ALL})), 99, False),
    (Audience(frozenset({ALL})), 150, True),
    (Audience(frozenset({STAFF})), 199, False),
    (Audience(frozenset({STAFF})), 200, True),
    (Audience(frozenset({STAFF})), 299, True),
    (Audience(frozenset({STAFF})), 300, False),
    (Audience(frozenset({STAFF})), 9_999, True),
    (Audience(frozenset({STAFF, GUESTS})), 300, True),
    (Audience(frozenset({3})), 500, False),
    (Audience(frozenset({SYSTEM_GROUP_IDS[":anonymous"]})), 500, False),
    (Audience(frozenset()), 500, False),
]


@pytest.mark.parametrize(("audience", "moment", "expected"), CASES)
def test_includes(audience: Audience, moment: int, expected: bool) -> None:
    assert audience.includes(MEMBER, moment) is expected


def test_joining_and_leaving_change_nothing_that_was_before() -> None:
    once = join(Member(100), STAFF, 200)
    assert once.stays == (Stay(STAFF, 200),)
    assert join(once, STAFF, 250) == once
    gone = leave(once, STAFF, 300)
    assert gone.stays == (Stay(STAFF, 200, 300),)
    assert leave(gone, STAFF, 350) == gone
    assert leave(gone, GUESTS, 350) == gone
    assert join(gone, STAFF, 400).groups_at(450) >= {STAFF}


@pytest.mark.parametrize("audience", [Audience(), Audience(frozenset({3, 1}))])
def test_documents_read_back(audience: Audience) -> None:
    assert Audience.from_document(audience.to_document()) == audience


@pytest.mark.parametrize("document", [None, "all", {}, {"group_ids": 3}, []])
def test_other_documents_are_refused(document: object) -> None:
    with pytest.raises(ValueError, match="not an audience"):
        Audience.from_document(document)
