"""High marks only rise, and what is acknowledged was pushed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import Identity, User
from domain.audiences import Member
from domain.devices import Device, Marks, name_of

REVISIONS = st.integers(0, 100)
RAISES = st.lists(st.tuples(REVISIONS, REVISIONS))


@given(RAISES)
def test_marks_only_rise_and_an_acknowledgement_is_a_push(raises: list[tuple[int, int]]) -> None:
    marks = Marks()
    for pushed, acknowledged in raises:
        higher = marks.raised(pushed, acknowledged)
        assert higher.pushed >= max(marks.pushed, pushed, higher.acknowledged)
        assert higher.acknowledged == max(marks.acknowledged, acknowledged)
        marks = higher


@given(RAISES)
def test_the_order_in_which_marks_come_does_not_matter(raises: list[tuple[int, int]]) -> None:
    forwards, backwards = Marks(), Marks()
    for one in raises:
        forwards = forwards.raised(*one)
    for one in reversed(raises):
        backwards = backwards.raised(*one)
    assert forwards == backwards


def test_what_happened_at_the_mark_itself_is_covered() -> None:
    device = Device(1, "phone", Marks(pushed=20, acknowledged=10))
    assert [device.was_pushed(one) for one in (19, 20, 21)] == [True, True, False]
    assert [device.has_acknowledged(one) for one in (9, 10, 11)] == [True, True, False]


@pytest.mark.parametrize(
    ("is_session", "given", "name"),
    [
        (False, None, "token-01234567"),
        (True, None, "session-01234567"),
        (True, "", "session-01234567"),
        (False, "phone", "phone"),
    ],
)
def test_a_device_is_called_as_its_client_says_or_after_its_credential(
    is_session: bool, given: str | None, name: str
) -> None:
    user = User(1, "alice", Member(0, ()))
    assert name_of(Identity(user, "0123456789abcdef", is_session), given) == name
