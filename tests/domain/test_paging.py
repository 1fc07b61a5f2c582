"""Cursors of lists, and pages by number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.paging import ListCursor, NumberedPage, numbered_page


@given(st.integers(0, 2), st.integers(0, 2**62 - 1), st.integers(0, 2**63 - 1))
def test_a_cursor_comes_back_as_it_was(part: int, sent_on: int, item: int) -> None:
    cursor = ListCursor(part, sent_on, item)
    assert ListCursor.decode(cursor.encode()) == cursor
    assert set(cursor.encode()) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


@given(st.text())
def test_any_other_text_is_no_cursor(text: str) -> None:
    try:
        cursor = ListCursor.decode(text)
    except ValueError:
        return
    assert cursor.part in (0, 1, 2)


@pytest.mark.parametrize(
    "cursor",
    [
        ListCursor(4, 1, 1),
        ListCursor(-1, 1, 1),
        ListCursor(0, -1, 1),
        ListCursor(0, 2**62, 1),
        ListCursor(0, 1, 2**63),
    ],
)
def test_cursors_of_places_that_cannot_be(cursor: ListCursor) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        ListCursor.decode(cursor.encode())


@pytest.mark.parametrize(
    ("text", "count", "number"),
    [(None, 0, 1), ("", 0, 1), ("1", 0, 1), ("last", 0, 1), ("last", 10, 1), ("last", 11, 2)]
    + [(" 2 ", 25, 2), ("3", 25, 3), ("last", 25, 3)],
)
def test_numbered_pages(text: str | None, count: int, number: int) -> None:
    assert numbered_page(text, 10, count) == NumberedPage(number, 10, count)


@pytest.mark.parametrize("text", ["0", "-1", "4", "2.0", "x", "Last", "9" * 5_000, "\0"])
def test_pages_that_are_not_there(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the caller says which page
        numbered_page(text, 10, 25)


@given(st.integers(1, 50), st.integers(0, 300))
def test_pages_together_are_the_list(size: int, count: int) -> None:
    items, page = list(range(count)), numbered_page(None, size, count)
    found: list[int] = []
    assert page.previous is None
    while True:
        found += page.cut(items)
        if page.next is None:
            break
        following = numbered_page(str(page.next), size, count)
        assert following.previous == page.number
        page = following
    assert (found, page.number) == (items, page.last)
