"""Lists by numbered pages, where the configuration says so (contract 1.9, `page_size`)."""

from typing import Any

import pytest

from tests.handlers.inbox_calls import MESSAGE, Inbox, both_kinds, with_settings
from tests.sites import Person, Site


async def walk(inbox: Inbox, reader: Person, path: str, pages: list[list[str]]) -> None:
    """Go through numbered pages, and one step back."""
    site = inbox.site
    count = sum(map(len, pages))
    url: Any = f"/{inbox.kind}s/{path}"
    for n, wanted in enumerate(pages, 1):
        answer = await site.request("GET", url.removeprefix(site.base), reader)
        page = answer.json
        assert (answer.status, page["count"]) == (200, count)
        assert [one["content"] for one in page["results"]] == wanted
        previous = page["previous"]
        assert (previous is None) is (n == 1)
        url = page["next"]
    assert url is None
    if len(pages) > 1:
        back = (await site.request("GET", previous.removeprefix(site.base), reader)).json
        assert [one["content"] for one in back["results"]] == pages[-2]


@with_settings(page_size="2")
@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_numbered_pages(site: Site, kind: str) -> None:
    admin, reader = await site.admin(), await site.person("reader")
    inbox = Inbox(site, kind)
    assert await inbox.get(reader) == {"count": 0, "next": None, "previous": None, "results": []}
    for n in range(5):
        await inbox.sent(admin, f"n{n}", reader, *([await site.person("more")] if n == 0 else []))
    await site.send(reader, "mine", admin)
    read = [f"{one}" for one in ("n4", "n1")]
    ids = {one["content"]: one["_id"] for one in await inbox.copies(user=reader.id)}
    await inbox.change(reader, "mark-read", [ids[one] for one in read])
    await walk(inbox, reader, "", [["n3", "n2"], ["n0", "n4"], ["n1"]])
    await walk(inbox, reader, "unread/?x=1", [["n3", "n2"], ["n0"]])
    await walk(inbox, reader, "read/", [["n4", "n1"]])
    query = "?content=n1&content=n2&content=n3&x=%26%20"
    await walk(inbox, reader, query, [["n3", "n2"], ["n1"]])
    base = f"{site.base}/{kind}s/"
    page = await inbox.get(reader, "?page=2&content=n")
    assert page["next"] == f"{base}?content=n&page=3"
    assert page["previous"] == f"{base}?content=n"
    assert (await inbox.get(reader, "?page=last"))["results"][0]["content"] == "n1"
    assert await inbox.get(reader, "?page=") == await inbox.get(reader, "?page=1")
    for text in ("0", "4", "-1", "x", "2.0", "9" * 5_000, "Last", "%00"):
        said = {"detail": "Invalid page."}
        assert await inbox.ask(reader, f"?page={text}") == (404, said)
    assert len(await inbox.get(reader, "?cursor=&page=9")) == 5
    item = (await inbox.get(reader))["results"][0]
    assert await inbox.get(reader, f"{item['id']}/") == item


@with_settings(page_size="2")
@pytest.mark.gen_test(timeout=30)
async def test_numbered_pages_of_the_sent_box(site: Site) -> None:
    """Upstream's bugs 5 and 6: there, recipients are counted, and cut from a detail."""
    alice, *others = await site.people("alice", "bob", "carol", "dave")
    inbox = Inbox(site, MESSAGE)
    for n in range(3):
        await inbox.sent(alice, f"n{n}", *others)
    page = await inbox.get(alice, "sent/")
    assert (page["count"], len(page["results"])) == (3, 2)
    assert page["next"] == f"{site.base}/messages/sent/?page=2"
    assert all(len(one["recipients"]) == 3 for one in page["results"])
    last = await inbox.get(alice, "sent/?page=last&recipient_username=bob")
    assert [one["content"] for one in last["results"]] == ["n0"]
    detail = await inbox.get(alice, f"sent/{last['results'][0]['id']}/")
    assert len(detail.pop("recipients")) == 3


@pytest.mark.parametrize(
    "environ",
    [
        {
            "CARILLON_INBOX_MESSAGES_PAGE_SIZE": "1",
            "CARILLON_SERVER_PUBLIC_URL": "https://ring.example.org",
        }
    ],
)
@pytest.mark.gen_test(timeout=30)
async def test_links_lead_where_browsers_come_in(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    for content in ("one", "two"):
        await site.send(alice, content, bob)
    page = await Inbox(site, MESSAGE).get(bob, "unread/")
    assert page["next"] == "https://ring.example.org/messages/unread/?page=2"
    answer = await site.request("GET", "/messages/?cursor=&limit=1", bob)
    assert answer.headers["Link"].startswith("<https://ring.example.org/messages/?cursor=")
