"""Windows over ids: each id is in one, however full they are."""

from hypothesis import given
from hypothesis import strategies as st

from domain.spans import LEAST, MOST, Spans


@given(
    last=st.integers(0, 300_000),
    after=st.integers(0, 1_000),
    counts=st.lists(st.integers(0, 10_000), min_size=1),
)
def test_windows_follow_on_one_another_to_the_end(last: int, after: int, counts: list[int]) -> None:
    spans, seen, turn = Spans(last, after), after, 0
    while (span := spans.next()) is not None:
        start, end = span
        assert start == seen
        assert 0 < end - start - 1 <= MOST
        seen = end - 1
        spans.held(counts[turn % len(counts)])
        turn += 1
    assert seen == max(last, after)
    assert turn <= (last // LEAST) + 1


def test_what_is_sparse_is_gone_through_fast_and_what_is_dense_slowly() -> None:
    sparse = Spans(1_000_000)
    turns = 0
    while sparse.next() is not None:
        sparse.held(3)
        turns += 1
    assert turns < 25
    dense = Spans(10_000)
    dense.next()
    dense.held(20_000)
    assert dense.next() == (1_000, 1_501)
