import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.coercion import Refused
from domain.urls import relative, target


@pytest.mark.parametrize(
    ("url", "whole", "netloc"),
    [
        ("http://example.com", "http://example.com/", "example.com"),
        ("HTTP://EXAMPLE.com:80/a", "http://example.com/a", "example.com"),
        ("https://example.com:8443/a?b=c#d", "https://example.com:8443/a?b=c", "example.com:8443"),
        ("http://b\u00fccher.example/\u00e4", "http://xn--bcher-kva.example/%C3%A4", None),
        ("http://[::1]:8000/", "http://[::1]:8000/", "[::1]:8000"),
        ("http://[0:0::1]/", "http://[::1]/", "[::1]"),
        ("http://my_service:8000/", "http://my_service:8000/", None),
        ("http://127.1/", "http://127.1/", None),
        ("http://x/%20%zz?a=%41|", "http://x/%20%zz?a=%41%7C", None),
        ("http://x.", "http://x./", None),
    ],
)
def test_where_a_url_leads(url: str, whole: str, netloc: str | None) -> None:
    found = target(url)
    assert found.url == whole
    if netloc is not None:
        assert found.netloc == netloc
    assert target(found.url) == found


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "/path", "example.com", "//example.com/", "ftp://x/", "file:///etc/passwd"),
        *("http://", "http:///a", "http://:80/", "http://x:0/", "http://x:65536/", "http://x:y/"),
        *("http://a b/", "http://x/a b", "http://x/\t", "http://x\\y/", "http://x\u2028/"),
        *(
            "http://user@x/",
            "http://u:p@x/",
            "http://[::1",
            "http://[fe80::1%25eth0]/",
            "http://[1]/",
        ),
        *("http://-x/", "http://x-/", "http://x..y/", "http://" + "a" * 64 + "/", "http://*/"),
        *("javascript:alert(1)", "http://x/\ud800", "gopher://x/", "http://%31/"),
    ],
)
def test_what_is_no_url_to_call(url: str) -> None:
    with pytest.raises(Refused) as refused:
        target(url)
    assert refused.value.texts == ["Enter a valid URL."]


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"http://x/{text}", f"http://x:{text}/"):
        try:
            found = target(url)
        except Refused:
            continue
        assert found.url.isascii()
        assert target(found.url) == found


def test_where_a_redirect_leads() -> None:
    base = target("http://x:81/a/b?c=d")
    for location, url in [
        ("/e", "http://x:81/e"),
        ("e", "http://x:81/a/e"),
        ("?f", "http://x:81/a/b?f"),
        ("//y/", "http://y/"),
        ("https://z/", "https://z/"),
    ]:
        assert relative(base, location).url == url
    with pytest.raises(Refused):
        relative(base, "ftp://x/")
