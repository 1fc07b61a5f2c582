"""When an announcement is in force for whom, and in which version its readers have it."""

from dataclasses import replace

import pytest

from domain.announcements import STEP, Announcement, parse_key
from domain.audiences import SYSTEM_GROUP_IDS, Member, Stay, join, leave

ALL = SYSTEM_GROUP_IDS[":all"]
PLAIN = Announcement(7, 3, {"title": {"en-US": "x"}}, groups=(5,), reached=frozenset({5}))


@pytest.mark.parametrize(
    ("starts", "ends", "inside", "outside"),
    [
        (None, None, [0, 10**18], []),
        (100, None, [100, 101], [0, 99]),
        (None, 200, [0, 200], [201]),
        (100, 200, [100, 150, 200], [99, 201]),
        (100, 100, [100], [99, 101]),
    ],
)
def test_the_window_includes_both_its_ends(starts, ends, inside, outside) -> None:
    made = replace(PLAIN, starts=starts, ends=ends)
    assert all(made.is_in_force(now) for now in inside)
    assert not any(made.is_in_force(now) for now in outside)
    assert not any(replace(made, is_deleted=True).is_in_force(now) for now in inside)


def test_for_whom() -> None:
    outsider = Member(1)
    member = join(outsider, 5, 10)
    assert not PLAIN.is_for(outsider)
    assert PLAIN.is_for(member)
    assert not PLAIN.is_for(leave(member, 5, 20))
    assert PLAIN.is_for(join(leave(member, 5, 20), 5, 30))
    assert replace(PLAIN, groups=(ALL,)).is_for(outsider)
    assert not replace(PLAIN, groups=()).is_for(member)
    assert PLAIN.may_have_reached(leave(member, 5, 20))
    assert not PLAIN.may_have_reached(outsider)


@pytest.mark.parametrize(
    ("every", "confirmed", "is_confirmed"),
    [(False, 0, False), (False, 1, True), (True, 2, False), (True, 3, True), (None, 1, True)],
)
def test_what_was_confirmed(every, confirmed, is_confirmed) -> None:
    fields = {} if every is None else {"confirm_every_version": every}
    assert replace(PLAIN, fields=fields).is_confirmed(confirmed) is is_confirmed


def test_what_clients_show_themselves_is_not_pending() -> None:
    assert PLAIN.is_pending
    assert not replace(PLAIN, fields={"webfrontend_type": "eula"}).is_pending


def test_every_join_and_leave_is_a_later_place_and_a_higher_version() -> None:
    made, member = replace(PLAIN, revision=15), Member(1)
    places: list[tuple[int, int]] = []
    for moment in (10, 20, 30, 40):
        member = join(member, 5, moment) if len(places) % 2 == 0 else leave(member, 5, moment)
        places.append(made.place(member))
    assert places == [(15, STEP + 1), (20, STEP + 2), (30, STEP + 3), (40, STEP + 4)]
    other = Member(1, (Stay(6, 50),))
    assert made.place(other) == (15, STEP)


def test_what_was_there_already_is_new_to_a_new_account() -> None:
    made = replace(PLAIN, groups=(ALL,), reached=frozenset({ALL}), revision=15)
    assert made.place(Member(20)) == (20, STEP)
    assert made.place(Member(10)) == (15, STEP)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("32.1", (32, 1)),
        ("0.0", (0, 0)),
        *(
            (text, None)
            for text in ("", "32", "32.", ".1", "a.1", "1.2.3", "-1.1", "1.٣", "9" * 20)
        ),
    ],
)
def test_keys(text: str, key: tuple[int, int] | None) -> None:
    assert parse_key(text) == key
    assert parse_key(PLAIN.key) == (7, 3)
