"""Slugs of lists, and paths on one site (alerts contract, 1.2 and 2.1)."""

import pytest

from domain.bracket_params import nested
from domain.errors import Malformed
from domain.root_relative import is_root_relative
from domain.slugs import slug_of, slug_with_suffix


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("My title", "my-title"),
        ("  Forêt & Ørsted -- x_y!", "foret-orsted-x_y"),
        ("Straße, Æther", "strasse-aether"),
        ("日本", ""),
        ("-", ""),
        ("a" * 300, "a" * 255),
        ("long " * 1000, ("long-" * 51)[:-1]),
        (f"{'a' * 255} b", "a" * 255),
        (f"{'a' * 254} bc", "a" * 254),
    ],
)
def test_slugs(title: str, slug: str) -> None:
    assert slug_of(title) == slug


def test_slugs_with_a_suffix() -> None:
    assert slug_with_suffix("Title", "0123456789") == "title-0123456789"
    assert slug_with_suffix("日本", "0123456789") == "0123456789"
    assert len(slug_with_suffix("a" * 300, "0123456789")) == 255


@pytest.mark.parametrize("path", ["/", "/a/b.c", "/a?b=1&c[]=2#z", "/%C3%A9", "/a:b"])
def test_paths_on_this_site(path: str) -> None:
    assert is_root_relative(path)


@pytest.mark.parametrize(
    "path", ["", "a", "//x", "/a b", "/é", "/%zz", "http://x/", "/a\n", "/\\x", None, 3, ["/"]]
)
def test_what_is_no_path_on_this_site(path: object) -> None:
    assert not is_root_relative(path)


@pytest.mark.parametrize(
    ("pairs", "meant"),
    [
        ("a=1&a=2", {"a": "2"}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("t[k][any][]=1&t[k][any][]=2", {"t": {"k": {"any": ["1", "2"]}}}),
        ("l[k][1]=y&l[k][0]=x", {"l": {"k": ["x", "y"]}}),
        (
            "r[][type]=tag&r[][key]=a&r[][type]=link&r[][key]=b",
            {"r": [{"type": "tag", "key": "a"}, {"type": "link", "key": "b"}]},
        ),
        ("r[0][any_of][0][x]=1", {"r": [{"any_of": [{"x": "1"}]}]}),
        ("r[][a][]=1&r[][a][]=2", {"r": [{"a": ["1", "2"]}]}),
        ("a[b=1&[c]=2&a]=3", {"a[b": "1", "[c]": "2", "a]": "3"}),
    ],
)
def test_nested_parameters(pairs: str, meant: object) -> None:
    given = [(name, value) for name, _, value in (one.partition("=") for one in pairs.split("&"))]
    assert nested(given) == meant


@pytest.mark.parametrize(
    "names", [["a", "a[b]"], ["a[]", "a[b]"], ["a[b]", "a[b][c]"], ["a[][]"], ["a" + "[x]" * 33]]
)
def test_parameters_that_contradict_each_other(names: list[str]) -> None:
    with pytest.raises(Malformed):
        nested((name, "1") for name in names)
    with pytest.raises(Malformed):
        nested((f"n{n}", "1") for n in range(5_000))
