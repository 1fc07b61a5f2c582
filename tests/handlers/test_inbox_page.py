"""What the inbox's own page reads: items of all kinds, people, counts."""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from services.inbox import Sending
from tests.handlers.inbox_calls import MESSAGE, NOTICE, Inbox
from tests.sites import Person, Site

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")


async def items(site: Site, who: Person, query: str = "") -> list[Any]:
    answer = await site.request("GET", f"/inbox/items/?{query}", who)
    assert (answer.status, sorted(answer.json)) == (200, ["items", "next"]), answer
    found: list[Any] = answer.json["items"]
    return found


async def names(site: Site, who: Person, query: str = "") -> list[str]:
    return [item["content"] for item in await items(site, who, query)]


async def story(site: Site) -> tuple[Person, Person, Person]:
    """Messages both ways, notices of both sorts; some of it read, some deleted."""
    admin, (bob, carol) = await site.admin(), await site.people("bob", "carol")
    messages, notices = Inbox(site, MESSAGE), Inbox(site, NOTICE)
    await messages.sent(carol, "Hi Bob", bob)
    await messages.sent(bob, "Hi Carol", carol, admin)
    await notices.sent(admin, "notice", bob)
    await messages.sent(admin, "Straße", bob)
    await notices.send(admin, {"content": "to all", "audience": "everyone"})
    await messages.sent(carol, "gone", bob)
    await messages.done(bob, "mark-read", "Hi Bob")
    await messages.done(bob, "delete", "gone")
    await notices.done(bob, "mark-read", "to all")
    return admin, bob, carol


@pytest.mark.gen_test(timeout=30)
async def test_one_item_is_as_the_list_has_it(site: Site) -> None:
    _, bob, carol = await story(site)
    found = await items(site, bob, "kind=message&kind=notice&kind=sent")
    for item in found:
        path = f"/inbox/items/{item['id']}/"
        answer = await site.request("GET", f"{path}?kind={item['kind']}", bob)
        assert (answer.status, answer.json) == (200, item)
        others = await site.request("GET", f"{path}?kind=sent", carol)
        assert others.status == 404 or others.json["kind"] == "sent"
    wrong = await site.request("GET", "/inbox/items/1/?kind=announcement", bob)
    assert (wrong.status, wrong.json) == (400, {"kind": ['"announcement" is not a valid choice.']})
    assert (await site.request("GET", f"/inbox/items/{10**40}/", bob)).status == 404


@pytest.mark.gen_test(timeout=30)
async def test_each_kind_of_item(site: Site) -> None:
    admin, bob, carol = await story(site)
    found = await items(site, bob, "kind=message&kind=notice&kind=sent")
    for item in found:
        assert INSTANT.fullmatch(item.pop("sent_on"))
        assert item.pop("revision") > 1_700_000_000_000_000
        item.pop("id")
    assert found == [
        {"kind": "notice", "version": 2, "is_read": True, "content": "to all"},
        {
            "kind": "message",
            "version": 1,
            "is_read": False,
            "content": "Straße",
            "sender": {"id": admin.id, "username": "admin"},
        },
        {"kind": "notice", "version": 1, "is_read": False, "content": "notice"},
        {
            "kind": "sent",
            "version": 1,
            "content": "Hi Carol",
            "recipients": [
                {"id": admin.id, "username": "admin"},
                {"id": carol.id, "username": "carol"},
            ],
        },
        {
            "kind": "message",
            "version": 2,
            "is_read": True,
            "content": "Hi Bob",
            "sender": {"id": carol.id, "username": "carol"},
        },
    ]


@pytest.mark.gen_test(timeout=30)
async def test_which_items(site: Site) -> None:
    admin, bob, carol = await story(site)
    received = ["to all", "Straße", "notice", "Hi Bob"]
    for query, wanted in {
        "": received,
        "kind=": received,
        "kind=message": ["Straße", "Hi Bob"],
        "kind=notice&kind=notice": ["to all", "notice"],
        "kind=sent": ["Hi Carol"],
        "kind=sent&kind=notice": ["to all", "notice", "Hi Carol"],
        "unread=": received,
        "unread=true": ["Straße", "notice"],
        "unread=false": ["to all", "Hi Bob"],
        "unread=true&kind=message": ["Straße"],
        "unread=true&kind=sent": [],  # what one sent is neither read nor unread
        "unread=false&kind=sent&kind=message": ["Hi Bob"],
        f"with={carol.id}": ["Hi Carol", "Hi Bob"],
        f"with={admin.id}": ["Straße", "Hi Carol"],
        f"with={admin.id}&kind=sent": ["Hi Carol"],
        f"with={admin.id}&kind=notice": [],  # a notice has no sender
        "with=777777": [],
        "with=-1": [],
        "q=HI": ["Hi Bob"],
        "q=STRASSE": ["Straße"],
        f"q=hi&with={carol.id}": ["Hi Carol", "Hi Bob"],
        "q=.": [],
        "q=%25": [],
        "since=2020-01-01&until=2100-01-01T00:00:00Z": received,
        "until=2020-01-01": [],
        "since=2100-01-01": [],
        "since=2100-01-01&until=2020-01-01": [],
    }.items():
        assert (query, await names(site, bob, query)) == (query, wanted)


@pytest.mark.gen_test(timeout=30)
async def test_items_between_two_instants(site: Site) -> None:
    """Both ends are included, to the microsecond."""
    _, bob, _ = await story(site)
    whole = await items(site, bob)
    at = [quote(item["sent_on"]) for item in whole]
    assert await items(site, bob, f"since={at[2]}&until={at[1]}") == whole[1:3]
    assert await items(site, bob, f"since={at[1]}") == whole[:2]
    assert await items(site, bob, f"until={at[1]}") == whole[1:]
    moment = datetime.fromisoformat(whole[1]["sent_on"])
    before = quote((moment - timedelta(microseconds=1)).isoformat())
    assert await items(site, bob, f"until={before}") == whole[2:]


@pytest.mark.gen_test(timeout=60)
async def test_pages_of_items(site: Site) -> None:
    admin, bob, _ = await story(site)
    sender, reader = [await site.app.identities.user(one.id) for one in (admin, bob)]
    for n in range(40):
        await site.app.inbox.send(MESSAGE, Sending(sender, f"usual {n}", wanted=[bob.id]))
        await site.app.inbox.send(MESSAGE, Sending(reader, f"reply {n}", wanted=[admin.id]))
    for query in ("", "kind=message&kind=sent&kind=notice", f"with={admin.id}", "q=5"):
        whole = await items(site, bob, f"{query}&limit=200")
        for size in (9, 60):
            found: list[Any] = []
            page: Any = {"next": ""}
            while page["next"] is not None:
                url = f"/inbox/items/?{query}&limit={size}&cursor={page['next']}"
                page = (await site.request("GET", url, bob)).json
                assert len(page["items"]) == size or page["next"] is None
                found += page["items"]
            assert found == whole
    assert len(await items(site, bob)) == 44
    assert len(await items(site, bob, "kind=message&kind=sent&kind=notice&limit=9999")) == 85


@pytest.mark.gen_test(timeout=30)
async def test_a_notice_says_where_it_came_from(site: Site) -> None:
    """`/notices/` has exactly four keys, so its origin stands here and in the frame."""
    admin, bob = await site.admin(), await site.person("bob")
    origin = {"area": "alerts", "id": "7", "title": "Storm", "url": "https://x.example/7"}
    sender = await site.app.identities.user(admin.id)
    socket = await site.socket(bob)
    sending = Sending(sender, "storm", wanted=[bob.id], origin=origin)
    await site.app.inbox.send(NOTICE, sending)
    (item,) = await items(site, bob)
    assert item["origin"] == origin
    answer = await site.request("GET", f"/inbox/items/{item['id']}/?kind=notice", bob)
    assert answer.json == item
    assert (await socket.change())["origin"] == origin
    await socket.close()
    (plain,) = await Inbox(site, NOTICE).get(bob)
    assert sorted(plain) == ["content", "id", "is_read", "sent_on"]


@pytest.mark.gen_test(timeout=30)
async def test_people_by_the_beginning_of_any_word(site: Site) -> None:
    me, ann, joanne, away = await site.people("me", "Ann Lee", "jo.anne", "ann-away")
    anna = await site.person("anna@example.org", email="secret@example.org")
    await site.app.accounts.deactivate(away.id)
    gone = await site.person("ann gone")
    await site.app.accounts.delete(gone.id)
    everybody = sorted([ann, joanne, anna], key=lambda one: one.name)

    async def find(text: str) -> Any:
        answer = await site.request("GET", f"/inbox/people/?q={quote(text)}", me)
        assert answer.status == 200
        return answer.json

    def shown(*people: Person) -> list[dict[str, Any]]:
        return [{"id": one.id, "username": one.name} for one in people]

    assert await find("an") == shown(ann, anna, joanne)
    assert await find("AN") == shown(ann, anna, joanne)
    assert await find("lee") == shown(ann)
    assert await find("Ann L") == shown(ann)
    assert await find("jo.an") == shown(joanne)
    assert await find("EXAMPLE") == shown(anna)
    assert await find("") == shown(*everybody)
    for text in ("nne", "secret", "me", "away", "gone", ".", "ann%", "\0", "x" * 5_000):
        assert (text, await find(text)) == (text, [])
    answer = await site.request("GET", "/inbox/people/", me)
    assert answer.json == shown(*everybody)


@pytest.mark.gen_test(timeout=30)
async def test_at_most_twenty_people(site: Site) -> None:
    me = await site.person("a me")
    for n in range(25):
        await site.person(f"a{n:02d}")
    answer = await site.request("GET", "/inbox/people/?q=a", me)
    assert [one["username"] for one in answer.json] == [f"a{n:02d}" for n in range(20)]


@pytest.mark.gen_test(timeout=30)
async def test_counts_are_of_what_is_unread(site: Site) -> None:
    admin, bob, carol = await story(site)

    async def counts(who: Person) -> dict[str, int]:
        answer = await site.request("GET", "/inbox/counts", who)
        assert answer.status == 200
        counted: dict[str, int] = answer.json
        assert counted.pop("at") > 1_700_000_000_000_000
        return counted

    assert await counts(bob) == {"messages": 1, "notices": 1, "announcements": 0}
    assert await counts(carol) == {"messages": 1, "notices": 1, "announcements": 0}
    await Inbox(site, MESSAGE).done(carol, "mark-read", "Hi Carol")
    await Inbox(site, NOTICE).done(carol, "delete", "to all")
    assert await counts(carol) == {"messages": 0, "notices": 0, "announcements": 0}
    await Inbox(site, NOTICE).done(bob, "mark-unread", "to all")
    assert await counts(bob) == {"messages": 1, "notices": 2, "announcements": 0}
    late = await site.person("late")
    assert await counts(late) == {"messages": 0, "notices": 0, "announcements": 0}
    assert (await counts(admin))["notices"] == 1
