"""What is in which digest e-mail: newest of a page, a message once, in the order of receipt."""

import pytest

from domain.alert_digests import Item, Wish, share

A, B = Wish("a", 1, 10), Wish("b", 2, 20)


def _page(name: str, at: int, page: str = "p") -> Item:
    return Item(name, at, page)


def _message(name: str, at: int) -> Item:
    return Item(name, at, None)


CASES = [
    ("nothing matched", [A], {}, {}),
    ("one", [A], {1: [_page("x", 1)]}, {"a": ["x"]}),
    ("another list's", [A], {2: [_page("x", 1)]}, {}),
    (
        "in the order of receipt",
        [A],
        {1: [_page("z", 3, "q"), _message("m", 2), _page("x", 1)]},
        {"a": ["x", "m", "z"]},
    ),
    ("the newest of a page", [A], {1: [_page("x", 1), _page("y", 2)]}, {"a": ["y"]}),
    (
        "a page in each e-mail",
        [A, B],
        {1: [_page("x", 1)], 2: [_page("x", 1)]},
        {"a": ["x"], "b": ["x"]},
    ),
    (
        "the newest for each e-mail for itself",
        [A, B],
        {1: [_page("x", 1), _page("y", 2)], 2: [_page("x", 1)]},
        {"a": ["y"], "b": ["x"]},
    ),
    (
        "a message in the e-mail of the first subscription alone",
        [B, A],
        {1: [_message("m", 1)], 2: [_message("m", 1)]},
        {"a": ["m"]},
    ),
    (
        "a message with something else in the other",
        [B, A],
        {1: [_message("m", 1)], 2: [_message("m", 1), _page("x", 2)]},
        {"a": ["m"], "b": ["x"]},
    ),
    ("two messages", [A], {1: [_message("n", 2), _message("m", 1)]}, {"a": ["m", "n"]}),
]


@pytest.mark.parametrize(
    ("wishes", "by_list", "expected"),
    [case[1:] for case in CASES],
    ids=[str(case[0]) for case in CASES],
)
def test_share(
    wishes: list[Wish], by_list: dict[int, list[Item]], expected: dict[str, list[str]]
) -> None:
    found = share(wishes, by_list)
    assert {name: [item.id for item in items] for name, items in found.items()} == expected
