"""A cursor passes over nothing that may still appear, and pages make progress (hole H3)."""

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cursors import SLACK_US, Cursor, Place, Row, advance, start

OVERLAP = 10
NOW = 1_000

places = st.builds(Place, st.integers(1, 2**53), st.from_regex(r"[cns][0-9]{19}", fullmatch=True))
cursors = st.builds(
    Cursor,
    st.from_regex(r"[0-9a-f]{8}", fullmatch=True),
    places,
    st.none() | places,
    st.integers(0, 2**53),
    st.none() | st.integers(0, 2**64 - 1),
)


@given(cursors)
def test_decoding_gives_back_what_was_encoded(cursor: Cursor) -> None:
    assert Cursor.decode(cursor.encode()) == cursor


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{1,60}", fullmatch=True))
def test_any_other_text_is_refused_with_a_value_error(text: str) -> None:
    try:
        cursor = Cursor.decode(text)
    except ValueError:
        return
    assert Cursor.decode(cursor.encode()) == cursor


@pytest.mark.parametrize(
    "fields",
    [
        "e~1~nowhere~0~~0~",
        "e~1~~7~c12~0~",
        "e~-1~~0~~0~",
        f"e~1~~{2**63}~~0~",
        "e~1~~0~~~",
        "e~1~~0~~0",
        "e~1~~0~~0~x",
    ],
)
def test_a_cursor_that_nobody_handed_out_is_refused(fields: str) -> None:
    text = base64.urlsafe_b64encode(fields.encode()).decode().rstrip("=")
    with pytest.raises(ValueError, match="not a cursor"):
        Cursor.decode(text)


def at(revision: int, item: str = "", **more: object) -> Cursor:
    return Cursor("e", Place(revision, item), **more)  # type: ignore[arg-type]


CASES = [
    # (cursor, last place of the page, at end, the cursor after it)
    (at(500), Place(600, "c1"), False, at(600, "c1", high=600)),
    (at(500), None, True, at(990)),
    (at(500), Place(700, "c1"), True, at(990, high=700)),
    (at(500), Place(995, "c1"), True, at(990, high=995)),
    # a page that ends among the young: base stops at the overlap, the reading goes on beyond
    (at(500), Place(995, "c1"), False, at(990, page=Place(995, "c1"), high=995)),
    # and stays there, although the clock has moved, until the reading comes to its end
    (at(980, page=Place(985, "c9")), Place(995, "c1"), False,
     at(980, page=Place(995, "c1"), high=995)),
    (at(980, page=Place(985, "c9")), Place(988, "c1"), True, at(980, high=988)),
    # never back
    (at(995), None, True, at(995)),
]  # fmt: skip


@pytest.mark.parametrize(("cursor", "last", "at_end", "expected"), CASES)
def test_advance(cursor: Cursor, last: Place | None, at_end: bool, expected: Cursor) -> None:
    rows = [Row(last, 1)] if last else []
    moved = advance(cursor, rows, at_end=at_end, started=NOW, overlap_us=OVERLAP)
    assert replace(moved, seen=None) == expected


def test_a_cursor_is_stale_when_old_in_the_future_or_of_another_epoch() -> None:
    def is_stale(cursor: Cursor) -> bool:
        return cursor.is_stale(epoch="e", now=NOW, tombstones_us=100)

    assert not is_stale(at(900))
    assert is_stale(at(899))
    assert not is_stale(at(NOW + SLACK_US))
    assert is_stale(at(NOW + SLACK_US + 1))
    assert is_stale(Cursor("other", Place(950)))


class Store:
    """Items that become visible later than they are stamped, but within the overlap."""

    def __init__(self, rows: list[tuple[int, int]]):
        self.rows = sorted((Place(seen - late, f"c{n:019d}"), seen)
                           for n, (seen, late) in enumerate(rows))  # fmt: skip

    def page(self, after: Place, now: int, limit: int) -> tuple[list[Place], bool]:
        visible = [p for p, seen in self.rows if seen <= now and after < p and p.revision <= now]
        return visible[:limit], len(visible) <= limit


@given(
    st.lists(st.tuples(st.integers(20, 120), st.integers(0, OVERLAP - 1)), max_size=60),
    st.lists(st.integers(0, 15), min_size=1, max_size=40),
    st.integers(1, 5),
)
def test_no_item_is_skipped_whenever_it_appears_and_old_pages_never_repeat(
    rows: list[tuple[int, int]], pauses: list[int], limit: int
) -> None:
    store, cursor, now, seen = Store(rows), start("e", 10, OVERLAP), 10, list[Place]()
    for pause in [*pauses, 200, *[0] * 200, 50, *[0] * 200]:
        now += pause
        page, at_end = store.page(cursor.place, now, limit)
        old = [place for place in page if place.revision <= cursor.base.revision - OVERLAP]
        assert not set(old) & set(seen)
        seen += page
        rows_of_page = [Row(place, 1) for place in page]
        cursor = advance(cursor, rows_of_page, at_end=at_end, started=now, overlap_us=OVERLAP)
    assert set(seen) == {place for place, _ in store.rows}


@given(
    st.lists(st.tuples(st.integers(20, 120), st.integers(0, OVERLAP - 1)), max_size=60),
    st.lists(st.integers(0, 15), min_size=1, max_size=40),
    st.integers(1, 5),
)
def test_a_reader_at_the_end_has_news_exactly_when_something_appeared(
    rows: list[tuple[int, int]], pauses: list[int], limit: int
) -> None:
    """Late ones, too: those whose place lies before the latest one handed out."""
    store, cursor, now = Store(rows), start("e", 10, OVERLAP), 10
    handed: set[Place] = set()
    for pause in pauses:
        now += pause
        behind, _ = store.page(cursor.base, now, 1_000)
        if cursor.page is None and cursor.seen is not None:
            assert cursor.knows([Row(place, 1) for place in behind]) == (set(behind) <= handed)
        at_end = False
        while not at_end:
            page, at_end = store.page(cursor.place, now, limit)
            handed |= set(page)
            found = [Row(place, 1) for place in page]
            cursor = advance(cursor, found, at_end=at_end, started=now, overlap_us=OVERLAP)


def test_a_cursor_that_knows_only_a_moment_goes_by_it() -> None:
    cursor = start("e", 100, OVERLAP)
    assert cursor.knows([Row(Place(95), 1), Row(Place(100), 1)])
    assert not cursor.knows([Row(Place(101), 1)])


def test_another_version_is_news_and_another_place_is_none() -> None:
    first = advance(start("e", 100, OVERLAP), [Row(Place(99, "c1"), 1)], at_end=True,
                    started=100, overlap_us=OVERLAP)  # fmt: skip
    assert first.knows([Row(Place(99, "c1"), 1)])
    assert first.knows([Row(Place(120, "c1"), 1)])
    assert not first.knows([Row(Place(99, "c1"), 2)])
    assert not first.knows([])
