"""What a process has heard of is known as long as it must be, and not for much longer."""

from hypothesis import given
from hypothesis import strategies as st

from services.heard import Heard

_ids = st.sampled_from("abcdefgh")
_steps = st.one_of(
    st.tuples(st.just("add"), _ids, st.integers(0, 40)),
    st.tuples(st.just("move"), _ids, st.integers(0, 60)),
    st.tuples(st.just("forget"), st.just(""), st.integers(0, 5)),
)


@given(st.lists(_steps, max_size=60))
def test_nothing_is_forgotten_too_early_and_all_in_the_end(
    steps: list[tuple[str, str, int]],
) -> None:
    heard, places, before = Heard(), dict[str, int](), 0
    for what, record, number in steps:
        if what == "add":
            is_known = record in heard
            assert heard.add(record, number) is not is_known
            if not is_known:
                places[record] = number
        elif what == "move" and record in heard:
            heard.move(record, number)
            places[record] = max(places.get(record, 0), number)
        elif what == "forget":
            before += number
            heard.forget(before)
            places = {one: place for one, place in places.items() if place >= before}
        assert all(one in heard for one in places)
    heard.forget(1_000)
    heard.forget(1_000)
    assert len(heard) == 0
