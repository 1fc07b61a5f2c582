"""Seats: their ids, and which of them are too many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.roster import Seat, place_of, surplus

SEATS = st.builds(
    Seat, st.integers(0, 5), st.sampled_from(["1-a", "2-b"]), st.integers(1, 9), st.just(7)
)


@pytest.mark.parametrize("text", ["", "7", "-7", "1-a-", "1-a-x", "1-a-" + "9" * 19])
def test_what_is_no_id(text: str) -> None:
    assert place_of(text) is None


@given(SEATS)
def test_an_id_leads_back_to_its_place(seat: Seat) -> None:
    assert place_of(seat.id) == (seat.process, seat.number)


@given(st.sets(SEATS, max_size=8), st.integers(0, 8), st.randoms())
def test_the_latest_are_too_many_whoever_counts(seats: set[Seat], limit: int, chance) -> None:
    ordered = list(seats)
    chance.shuffle(ordered)
    found = surplus(ordered, limit)
    assert len(found) == max(0, len(seats) - limit)
    assert all(stays < goes for stays in seats - set(found) for goes in found)
    assert found == surplus(seats, limit)
