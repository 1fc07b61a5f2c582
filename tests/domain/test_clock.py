"""The clock never goes back and never runs behind what was heard (live, "The clock")."""

from hypothesis import given
from hypothesis import strategies as st

from domain.clock import Clock

steps = st.lists(
    st.tuples(st.sampled_from(["wall", "stamp", "hear", "now"]), st.integers(0, 1_000)),
    max_size=60,
)


@given(steps)
def test_stamps_rise_whatever_the_wall_does(actions: list[tuple[str, int]]) -> None:
    wall = [500]
    clock = Clock(lambda: wall[0])
    known = 0
    for action, value in actions:
        if action == "wall":
            wall[0] = value
        elif action == "hear":
            clock.hear(value)
            known = max(known, value)
        elif action == "stamp":
            stamp = clock.stamp()
            assert stamp > known
            assert stamp >= wall[0]
            known = stamp
        else:
            assert clock.now() >= max(known, wall[0])
    assert clock.ahead() == max(0, clock.now() - wall[0])
