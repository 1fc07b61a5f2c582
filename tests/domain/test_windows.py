import pytest

from domain.windows import MOST, Window, window


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, Window(1000, 0)),
        ({"limit": ["10"], "offset": ["20"]}, Window(10, 20)),
        ({"limit": ["1", "2"]}, Window(2, 0)),
        ({"limit": ["0"]}, Window(1000, 0)),
        ({"limit": ["-1"], "offset": ["-5"]}, Window(1000, 0)),
        ({"limit": ["x"], "offset": [""]}, Window(1000, 0)),
        ({"limit": ["9" * 5_000], "offset": ["1e3"]}, Window(1000, 0)),
        ({"limit": ["9" * 30], "offset": ["9" * 30]}, Window(MOST, MOST)),
    ],
)
def test_what_is_asked_for(query: dict[str, list[str]], wanted: Window) -> None:
    assert window(query) == wanted


@pytest.mark.parametrize(
    ("asked", "count", "after", "before"),
    [
        (Window(10, 0), 10, None, None),
        (Window(10, 0), 11, Window(10, 10), None),
        (Window(10, 10), 11, None, Window(10, 0)),
        (Window(10, 3), 30, Window(10, 13), Window(10, 0)),
        (Window(10, 20), 30, None, Window(10, 10)),
        (Window(10, 90), 3, None, Window(10, 80)),
        (Window(10, 0), 0, None, None),
    ],
)
def test_what_is_beside_it(
    asked: Window, count: int, after: Window | None, before: Window | None
) -> None:
    assert (asked.next(count), asked.previous()) == (after, before)


def test_walking_by_next_sees_all_once() -> None:
    items, here = list(range(23)), Window(5, 0)
    seen: list[int] = []
    while True:
        seen += here.cut(items)
        following = here.next(len(items))
        if following is None:
            break
        here = following
    assert seen == items
