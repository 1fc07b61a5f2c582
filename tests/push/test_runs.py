"""Which events are told in one step, and what that step tells whom."""

import pytest

from domain.audiences import Audience
from domain.events import Event, Part, Signal
from push.connection import LIVE, READING
from push.runs import RUN_BYTES, Run, together
from tests.push.parts import BOUND, Desk, event, message, notice, told, user


def words(*events: Event) -> list[str]:
    """The texts of each list, joined."""
    return [
        b"".join(one.parts[0].frame[6:-2] for one in some).decode() for some in together(events)
    ]


A, B, C = (notice(text=text) for text in (b"a", b"b", b"c"))
MANY = event(*(A.parts + B.parts))
OTHERS = {
    "to one": message(1, text=b"x"),
    "to a group": notice(7, text=b"x"),
    "with a signal": event(notice(text=b"x").parts[0], signals=(Signal("changed", 1),)),
    "in languages": event(Part(Audience(), b'{"t":"x"}', variants={"de": b"{}"})),
    "not to some": event(Part(Audience(), b'{"t":"x"}', without=frozenset((1,)))),
    "of two parts": event(*(notice(text=b"x").parts * 2)),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_only_single_frames_to_everyone_are_told_together(other: Event) -> None:
    assert words(A, B, other, C) == ["ab", "x", "c"]
    assert words(other, other, A, B, C) == ["x", "x", "abc"]


def test_as_many_as_the_bound_of_a_step_allows() -> None:
    assert words() == []
    large = [notice(text=b"x" * (RUN_BYTES // 2)) for _ in range(2)]
    assert [len(some) for some in together([A, *large, B, C])] == [2, 3]
    huge = notice(text=b"x" * RUN_BYTES)
    assert [len(some) for some in together([A, huge, B, C])] == [1, 1, 2]


def test_an_account_is_told_what_was_sent_since_it_began() -> None:
    early, late = notice(text=b"a", as_of=500), notice(text=b"b", as_of=700)
    run = Run.of([early, late])
    assert (len(run.frames), run.as_of) == (2, 500)
    assert Run.of([early, late], since=600).frames == (late.parts[0].frame,)
    assert Run.of([early, late], since=800).frames == ()


def test_each_is_told_all_of_a_run_and_who_lags_reads_from_its_first() -> None:
    desk, pauses = Desk(), list[None]()
    _, paper = desk.live(user(1))
    _, fresh = desk.live(user(2, since=600))
    slow, clogged = desk.live(user(3))
    clogged.unsent_bytes = BOUND + 1
    reader, waiting = desk.reading(user(4))
    run = [notice(text=text, as_of=as_of) for text, as_of in ((b"a", 500), (b"b", 700))]
    desk.hub.deliver_run(run, lambda: pauses.append(None))
    assert (told(paper), told(fresh), told(clogged), told(waiting)) == (
        [b"a", b"b"],
        [b"b"],
        [],
        [],
    )
    assert (slow.state, desk.behind) == (READING, [(slow, 1)])
    assert desk.hub.told == 3
    clogged.unsent_bytes = 0
    for connection, caught_up in ((slow, clogged), (reader, waiting)):
        assert desk.hub.catch_up(connection)
        assert (connection.state, told(caught_up)) == (LIVE, [b"a", b"b"])
