"""Who may wait for news without reading: whoever was told all that this process heard of."""

from dataclasses import replace

import pytest

from domain.cursors import Place, start
from domain.events import Event, Signal
from push.ring import Ring
from services import answered
from services.answered import Answered
from tests.push.parts import event

BOB, CAROL = 1, 2
CURSOR = start("epoch", 1_000, 10)


@pytest.fixture
def ring() -> Ring:
    return Ring(most_bytes=10_000)


def of(user: int) -> Event:
    return event(signals=(Signal("reread", user),))


def test_who_was_told_all_is_known_once(ring: Ring) -> None:
    known = Answered(ring)
    ring.add(of(BOB))
    known.keep(BOB, CURSOR, ring.end)
    ring.add(of(CAROL))
    assert not known.is_all(CAROL, CURSOR), "it is of the one who was told"
    assert not known.is_all(BOB, replace(CURSOR, high=7)), "and of this cursor"
    assert known.is_all(BOB, CURSOR)
    assert not known.is_all(BOB, CURSOR)


def test_what_came_while_it_was_answered_is_not_known(ring: Ring) -> None:
    known, position = Answered(ring), ring.end
    ring.add(of(BOB))
    known.keep(BOB, CURSOR, position)
    assert not known.is_all(BOB, CURSOR)


def test_what_the_ring_has_dropped_is_not_known() -> None:
    ring = Ring(most_bytes=1)
    known = Answered(ring)
    known.keep(BOB, CURSOR, ring.end)
    for _ in range(2):
        ring.add(of(CAROL))
    assert not known.is_all(BOB, CURSOR)


def test_only_so_many_are_kept_and_the_oldest_are_forgotten(
    ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answered, "MOST_KEPT", 3)
    known = Answered(ring)
    for user in range(5):
        known.keep(user, CURSOR, ring.end)
        known.keep(user, CURSOR, ring.end)
    assert len(known) == 3
    assert [known.is_all(user, CURSOR) for user in range(5)] == [False, False, True, True, True]


def test_who_does_not_come_back_is_forgotten_after_a_while(ring: Ring) -> None:
    known = Answered(ring)
    known.keep(BOB, CURSOR, ring.end)
    for passed_us, kept in ((answered.KEPT_US, 2), (answered.KEPT_US + 1, 2)):
        later = replace(CURSOR, base=Place(CURSOR.base.revision + passed_us))
        known.keep(CAROL, later, ring.end)
        assert len(known) == kept
    assert not known.is_all(BOB, CURSOR)
