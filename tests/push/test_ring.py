"""The ring against a plain list: bounded in bytes, numbers exact, no trace of what was dropped."""

from hypothesis import given
from hypothesis import strategies as st

from domain.audiences import Audience
from domain.events import Event, Part, Signal
from push.ring import Ring
from tests.push.parts import event, message, notice

USERS = st.integers(1, 4)
PARTS = st.builds(
    Part,
    st.one_of(
        st.sets(USERS, max_size=4).map(lambda to: tuple(sorted(to))),
        st.just(Audience()),
        st.just(Audience(frozenset({7}))),
    ),
    st.binary(max_size=400),
)
EVENTS = st.builds(
    lambda parts, signals, revision: event(*parts, signals=tuple(signals), revision=revision),
    st.lists(PARTS, max_size=3),
    st.lists(st.builds(Signal, st.just("changed"), USERS), max_size=2),
    st.integers(1, 100),
)


def concerns(one: Event, user: int) -> bool:
    parts = any(isinstance(part.to, Audience) or user in part.to for part in one.parts)
    return parts or any(signal.user == user for signal in one.signals)


@given(st.lists(EVENTS, max_size=40), st.integers(0, 6_000))
def test_it_is_a_list_whose_oldest_are_dropped(events: list[Event], most_bytes: int) -> None:
    ring, kept = Ring(most_bytes), list[tuple[int, Event]]()
    dropped_revision = 0
    for number, one in enumerate(events, 1):
        assert ring.end == number
        assert ring.add(one) == number
        kept.append((number, one))
        while sum(held.size_bytes for _, held in kept) > most_bytes and len(kept) > 1:
            dropped_revision = max(dropped_revision, kept.pop(0)[1].revision + 1)
        assert (len(ring), ring.start, ring.end) == (len(kept), kept[0][0], number + 1)
        assert ring.bytes == sum(held.size_bytes for _, held in kept)
        assert ring.covered_from == dropped_revision
    for user in range(1, 5):
        for position in range(ring.end + 2):
            wanted = [(n, one) for n, one in kept if n >= position and concerns(one, user)]
            assert list(ring.for_user(user, position)) == wanted
            assert ring.covers(position) is (position >= ring.start)


@given(st.lists(EVENTS, min_size=1, max_size=20))
def test_nothing_is_left_of_what_was_dropped(events: list[Event]) -> None:
    ring = Ring(0)
    for one in events:
        ring.add(one)
    ring.add(message(99))
    assert set(ring._of_user) == {99}
    assert not ring._of_audiences
    assert len(ring) == 1


def test_the_newest_stays_however_large() -> None:
    ring = Ring(10)
    large = message(1, text=b"x" * 5_000)
    ring.add(message(1))
    number = ring.add(large)
    assert list(ring.for_user(1, 0)) == [(number, large)]
    ring.add(notice())
    assert ring.bytes < 1_000


def test_who_lags_a_little_looks_at_few() -> None:
    ring = Ring(1 << 24)
    for _ in range(10_000):
        ring.add(message(1))
    found = ring.for_user(1, 9_999)
    assert [number for number, _ in found] == [9_999, 10_000]
