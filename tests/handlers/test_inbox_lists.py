"""Lists and details: order, contents, filters (contract 1.8)."""

from datetime import datetime
from typing import Any

import pytest

from tests.handlers.inbox_calls import MESSAGE, NOT_FOUND, NOTICE, Inbox, both_kinds
from tests.sites import Person, Site


def timestamp(item: Any) -> float:
    """An item's `sent_on` as the filters take it: UNIX seconds."""
    return datetime.fromisoformat(item["sent_on"]).timestamp()


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_unread_first_and_then_the_newest(site: Site, kind: str) -> None:
    admin, bob, other = await site.admin(), await site.person("bob"), await site.person("other")
    inbox = Inbox(site, kind)
    for n in range(6):
        await inbox.sent(admin, f"{n}", bob, *([other] if n % 2 else []))
    if kind == NOTICE:
        await inbox.send(admin, {"content": "all", "audience": "everyone"})
    newest = ["all"] if kind == NOTICE else []
    await inbox.done(bob, "mark-read", "5", "1", "2")
    await inbox.done(bob, "delete", "3")
    assert await inbox.contents(bob) == [*newest, "4", "0", "5", "2", "1"]
    assert await inbox.contents(bob, "read/") == ["5", "2", "1"]
    assert await inbox.contents(bob, "unread/") == [*newest, "4", "0"]
    await inbox.done(bob, "mark-unread", "5")
    assert await inbox.contents(bob) == [*newest, "5", "4", "0", "2", "1"]
    assert await inbox.contents(other) == [*newest, "5", "3", "1"]
    whole = await inbox.get(bob)
    assert [await inbox.get(bob, f"{item['id']}/") for item in whole] == whole
    for query in ("page=2", "limit=1", "offset=1", "ordering=content", "search=4", "page_size=1"):
        assert await inbox.get(bob, f"?{query}") == whole


@pytest.mark.gen_test(timeout=30)
async def test_the_sent_box_is_newest_first_with_recipients_by_id(site: Site) -> None:
    alice, bob, carol = await site.people("alice", "bob", "carol")
    inbox = Inbox(site, MESSAGE)
    await inbox.sent(alice, "one", carol, bob)
    await inbox.sent(bob, "his", alice)
    await inbox.sent(alice, "two", bob)
    sent = await inbox.get(alice, "sent/")
    assert [one["content"] for one in sent] == ["two", "one"]
    assert [one["id"] for one in sent[1]["recipients"]] == [bob.id, carol.id]
    assert sorted(sent[0]) == ["content", "id", "recipients", "sent_on"]
    assert [await inbox.get(alice, f"sent/{one['id']}/") for one in sent] == sent
    await inbox.change(alice, "delete-sent", [sent[0]["id"]])
    assert await inbox.get(alice, "sent/") == sent[1:]


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_a_detail_is_ones_own_or_not_there(site: Site, kind: str) -> None:
    admin, (bob, carol) = await site.admin(), await site.people("bob", "carol")
    inbox = Inbox(site, kind)
    await inbox.sent(admin, "x", bob)
    (item,) = await inbox.get(bob)
    path = f"{item['id']}/"
    assert await inbox.get(bob, f"00{path}?content=nothing&sender__id=777") == item
    for who in (carol, admin):
        assert await inbox.ask(who, path) == (404, NOT_FOUND)
    answer = await site.request("HEAD", f"/{kind}s/{path}", bob)
    assert (answer.status, answer.body) == (200, b"")
    await inbox.done(bob, "mark-read", "x")
    assert await inbox.get(bob, path) == {**item, "is_read": True}
    await inbox.done(bob, "delete", "x")
    assert await inbox.ask(bob, path) == (404, NOT_FOUND)


TEXTS = ["Alpha beta", "BETA gamma", "100% sure_", "straße", "ÉTÉ", " x "]
CONTENT_FILTERS = {
    "content=beta": ["BETA gamma", "Alpha beta"],
    "content=%25": ["100% sure_"],
    "content=_": ["100% sure_"],
    "content=.": [],
    "content=": TEXTS[::-1],
    "content=&content=beta": TEXTS[::-1],
    "content=alpha&content=GAMMA": ["BETA gamma", "Alpha beta"],
    "content=beta&content=nothing": ["BETA gamma", "Alpha beta"],
    "content=%C3%A9t%C3%A9": ["ÉTÉ"],
    "content=STRASSE": ["straße"],
    "content=x%20": [],  # what was sent was trimmed, what is looked for is not
    "content=nothing": [],
    "Content=nothing": TEXTS[::-1],
    "content__icontains=nothing": TEXTS[::-1],
    "is_read=true": TEXTS[::-1],
    "id=777777": TEXTS[::-1],
    "sender=777777&sender_id=777777&sender__id__gt=777777": TEXTS[::-1],
}


async def texts(site: Site, inbox: Inbox) -> tuple[Person, Person]:
    admin, bob = await site.admin(), await site.person("bob")
    for text in TEXTS:
        await inbox.sent(admin, text, bob)
    return admin, bob


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_filters_of_content(site: Site, kind: str) -> None:
    inbox = Inbox(site, kind)
    admin, bob = await texts(site, inbox)
    for query, wanted in CONTENT_FILTERS.items():
        wanted = [text.strip() for text in wanted]
        paths = [(bob, ""), (bob, "unread/"), *([(admin, "sent/")] if kind == MESSAGE else [])]
        for who, path in paths:
            for more in ("", "&cursor=&limit=1000"):
                found = await inbox.contents(who, f"{path}?{query}{more}")
                assert (path, query, more, found) == (path, query, more, wanted)
        assert await inbox.contents(bob, f"read/?{query}") == []


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_filters_of_time(site: Site, kind: str) -> None:
    inbox = Inbox(site, kind)
    admin, bob = await texts(site, inbox)
    items = (await inbox.get(bob))[::-1]
    third = timestamp(items[2])
    cases: dict[str, list[Any]] = {
        f"sent_on={third!r}": items[2:3],
        f"sent_on__gt={third!r}": items[3:],
        f"sent_on__gte={third!r}": items[2:],
        f"sent_on__lt={third!r}": items[:2],
        f"sent_on__lte={third!r}": items[:3],
        f"sent_on__gt={third!r}&sent_on__lte={third!r}": [],
        f"sent_on={third!r}&sent_on=0": items[2:3],
        f"sent_on__gt={third!r}&sent_on__gt=0": items,
        f"sent_on__lt={third!r}&content=beta": items[:2],
        "sent_on__gt=1e9": items,
        "sent_on__gt=9e9": [],
        "sent_on__lt=-5": [],
        "sent_on=2026-01-01": items,
        "sent_on__gt=words&sent_on__lt=nan": items,
        "sent_on__gte=": items,
        "sent_on__foo=1": [],
        "sent_on__foo=words": items,
        "sent_on__date=words": items,
    }
    lists = [(bob, ""), (bob, "unread/"), *([(admin, "sent/")] if kind == MESSAGE else [])]
    for query, wanted in cases.items():
        contents = [item["content"] for item in wanted[::-1]]
        for who, path in lists:
            for more in ("", "&cursor=&limit=1000"):
                found = await inbox.contents(who, f"{path}?{query}{more}")
                assert (query, path, more, found) == (query, path, more, contents)
    for lookup in ("year", "in", "range", "isnull", "date"):
        assert await inbox.get(bob, f"?sent_on__{lookup}=2026") == []


@pytest.mark.gen_test(timeout=30)
async def test_filters_of_the_sender(site: Site) -> None:
    alice, upper, bob = await site.people("alice", "Alice", "bob")
    inbox = Inbox(site, MESSAGE)
    await inbox.sent(alice, "a", bob)
    await inbox.sent(upper, "A", bob)
    cases = {
        f"sender__id={alice.id}": ["a"],
        f"sender__id=%20{alice.id}%20": ["a"],
        f"sender__id={alice.id}&sender__id={upper.id}": ["A", "a"],
        f"sender__id={alice.id}&sender__id={2**63}": ["a"],
        f"sender__id={bob.id}": [],
        "sender__id=-1": [],
        f"sender__id={2**63}": [],
        f"sender__id={'9' * 400}": [],
        "sender__username=alice": ["a"],
        "sender__username=Alice": ["A"],
        "sender__username=ALICE": [],
        "sender__username=": [],
        "sender__username=Alice&sender__username=alice": ["A", "a"],
        f"sender__username=Alice&sender__id={alice.id}": [],
        f"sender__username=alice&sender__id={alice.id}&content=A": ["a"],
        f"recipient_id={alice.id}&recipient_username=nobody&recipient_id=x": ["A", "a"],
    }
    for query, wanted in cases.items():
        for more in ("", "&cursor=&limit=1000"):
            found = await inbox.contents(bob, f"?{query}{more}")
            assert (query, more, found) == (query, more, wanted)


@pytest.mark.gen_test(timeout=30)
async def test_notices_have_no_sender_to_filter_by(site: Site) -> None:
    inbox = Inbox(site, NOTICE)
    admin, bob = await texts(site, inbox)
    for query in (f"sender__id={admin.id}", "sender__username=admin", "sender__username="):
        for more in ("", "&cursor="):
            assert await inbox.get(bob, f"?{query}{more}") == []


@pytest.mark.gen_test(timeout=30)
async def test_filters_of_the_sent_box(site: Site) -> None:
    alice, bob, carol = await site.people("alice", "bob", "carol")
    inbox = Inbox(site, MESSAGE)
    await inbox.sent(alice, "bob", bob)
    await inbox.sent(alice, "carol", carol)
    await inbox.sent(alice, "both", bob, carol)
    everything = ["both", "carol", "bob"]
    cases = {
        f"recipient_id={bob.id}": ["both", "bob"],
        f"recipient_id={bob.id}&recipient_id={carol.id}": everything,
        f"recipient_id={bob.id}&recipient_id=777777": ["both", "bob"],
        "recipient_id=777777": [],
        f"recipient_id={2**63}": [],
        "recipient_username=carol": ["both", "carol"],
        "recipient_username=CAROL": [],
        "recipient_username=": [],
        f"recipient_id={bob.id}&recipient_username=bob": ["both", "bob"],
        f"recipient_id={bob.id}&recipient_username=carol": [],
        f"recipient_id={bob.id}&content=BO": ["both", "bob"],
        f"recipient__id={bob.id}&recipient=777777": everything,
        f"sender__id={alice.id}": everything,
        "sender__username=alice": everything,
        f"sender__id={bob.id}": [],
        "sender__username=bob": [],
    }
    for query, wanted in cases.items():
        for more in ("", "&cursor=&limit=1000"):
            found = await inbox.get(alice, f"sent/?{query}{more}")
            assert (query, more, [one["content"] for one in found]) == (query, more, wanted)
    (both, _) = await inbox.get(alice, f"sent/?recipient_id={bob.id}")
    assert [one["username"] for one in both["recipients"]] == ["bob", "carol"]


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_a_list_says_what_it_is_true_for(site: Site, kind: str) -> None:
    """What happened after a list is read on the feed from its `Carillon-Cursor` on."""
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, kind)
    await inbox.sent(admin, "before", bob)
    for path in (f"/{kind}s/", f"/{kind}s/?cursor=", "/inbox/items/"):
        answer = await site.request("GET", path, bob)
        socket = await site.socket(bob, since=answer.headers["Carillon-Cursor"])
        await inbox.sent(admin, path, bob)
        while (await socket.change(kind))["item"]["content"] != path:
            pass
        await socket.close()
    answer = await site.request("GET", "/messages/sent/", bob)
    assert answer.headers["Carillon-Cursor"]
