"""Links in e-mails (alerts contract, 3.9)."""

import pytest

from domain.alert_links import Links, tags

LINKS = Links("https://alerts.example.org")


@pytest.mark.parametrize(
    ("destination", "added", "link"),
    [
        ("/a", {"token": "t"}, "/a?token=t"),
        ("/a?b=c&d=", {"token": "t"}, "/a?b=c&d=&token=t"),
        ("/a?b=c#part", {"token": "t"}, "/a?b=c&token=t#part"),
        ("/a#part?x", {"token": "t"}, "/a?token=t#part?x"),
        ("/a?token=old", {"token": "t"}, "/a?token=t"),
        ("/a", {}, "/a"),
        ("/a", {"address": "x+y@example.com"}, "/a?address=x%2By%40example.com"),
        ("/ä b", {}, "/%C3%A4%20b"),
    ],
)
def test_what_a_path_has_is_kept(destination: str, added: dict[str, str], link: str) -> None:
    assert LINKS.to(destination, **added) == f"https://alerts.example.org{link}"


def test_the_links_of_an_email() -> None:
    counted = tags({"slug": "news", "content_id": None}, "daily")
    assert counted["utm_campaign"] != tags({"slug": "n", "content_id": "x"}, "")["utm_campaign"]
    query = "utm_source=news&utm_medium=email&utm_campaign=carillon-alerts-subscriptions"
    rest = f"?{query}&utm_content=daily&"
    root = "https://alerts.example.org/email/"
    assert LINKS.unsubscribe("id", "t", counted) == f"{root}unsubscribe/id{rest}token=t"
    assert LINKS.one_click("id", "t") == f"{root}unsubscribe/one-click/id?token=t"
    assert LINKS.manage("a@b.c") == f"{root}manage/authenticate?address=a%40b.c"
