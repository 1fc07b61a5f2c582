"""Lists by a cursor: additive, and only when asked for."""

import asyncio
from typing import Any

import pytest

from domain.items import MESSAGE as KIND
from services.inbox import Sending
from tests.handlers.inbox_calls import MESSAGE, NOTICE, Inbox, both_kinds
from tests.sites import Person, Site


async def pages(site: Site, who: Person, path: str) -> list[list[Any]]:
    """All pages of a list, following its links; ``path`` ends in a query with `cursor=`."""
    found, url = [], f"{site.base}{path}"
    while url:
        answer = await site.request("GET", url.removeprefix(site.base), who)
        assert answer.status == 200, answer
        found.append(answer.json)
        link = answer.headers.get("Link", "")
        assert not link or link.endswith('>; rel="next"')
        url = link.partition(">")[0].removeprefix("<")
    return found


async def fill(site: Site, kind: str, admin: Person, bob: Person, count: int) -> None:
    """So many items for bob, every fifth with another word, without going over HTTP."""
    sender = await site.app.identities.user(admin.id)
    for n in range(count):
        content = f"{'other' if n % 5 == 0 else 'usual'} {n}"
        await site.app.inbox.send(kind, Sending(sender, content, wanted=[bob.id]))


@both_kinds
@pytest.mark.gen_test(timeout=60)
async def test_pages_together_are_the_whole_list(site: Site, kind: str) -> None:
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, kind)
    await fill(site, kind, admin, bob, 90)
    for n in range(6 if kind == NOTICE else 0):
        await inbox.send(admin, {"content": f"all other {n}", "audience": "everyone"})
    ids = list((await inbox.ids(bob)).values())
    await inbox.change(bob, "mark-read", ids[::3])
    await inbox.change(bob, "delete", ids[::10])
    lists = ["", "read/", "unread/"]
    for path in lists:
        for query in ("", "content=other", "content=nothing", "sent_on__gt=1"):
            whole = await inbox.get(bob, f"{path}?{query}")
            for size in (11, 50):
                url = f"/{kind}s/{path}?{query}&cursor=&limit={size}"
                found = await pages(site, bob, url)
                assert [item for page in found for item in page] == whole
                assert [len(page) for page in found[:-1]] == [size] * (len(found) - 1)
                assert len(found) == max(1, -(-len(whole) // size))
    assert await inbox.get(bob, "?limit=3") == await inbox.get(bob)
    assert len(await inbox.get(bob, "?cursor=")) == 50
    assert len(await inbox.get(bob, "?cursor=&limit=999999")) == len(await inbox.get(bob))


@pytest.mark.gen_test(timeout=60)
async def test_pages_of_the_sent_box(site: Site) -> None:
    admin, (bob, carol) = await site.admin(), await site.people("bob", "carol")
    inbox = Inbox(site, MESSAGE)
    await fill(site, KIND, admin, bob, 60)
    await inbox.sent(admin, "both other", bob, carol)
    for query in ("", "content=other", f"recipient_id={carol.id}", "sender__username=x"):
        whole = await inbox.get(admin, f"sent/?{query}")
        for size in (13, 100):
            found = await pages(site, admin, f"/messages/sent/?cursor=&limit={size}&{query}")
            assert [item for page in found for item in page] == whole


@both_kinds
@pytest.mark.gen_test(timeout=60)
async def test_what_arrives_meanwhile_comes_before(site: Site, kind: str) -> None:
    """Pages go on from the last item: nothing is skipped, nothing comes twice."""
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, kind)
    await fill(site, kind, admin, bob, 30)
    whole = await inbox.get(bob)
    found: list[Any] = []
    path = f"/{kind}s/?cursor=&limit=7"
    while path:
        answer = await site.request("GET", path, bob)
        found += answer.json
        await inbox.sent(admin, "new", bob)
        link = answer.headers.get("Link", "").partition(">")[0]
        path = link.removeprefix("<").removeprefix(site.base)
    assert found == whole


@both_kinds
@pytest.mark.gen_test(timeout=60)
async def test_read_state_may_change_between_pages(site: Site, kind: str) -> None:
    """What a reader marks comes again, in its new state, among the read ones; none is skipped."""
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, kind)
    await fill(site, kind, admin, bob, 25)
    whole = [item["id"] for item in await inbox.get(bob)]
    found: list[Any] = []
    path = f"/{kind}s/?cursor=&limit=4"
    while path:
        answer = await site.request("GET", path, bob)
        found += answer.json
        if any(not item["is_read"] for item in answer.json):
            await inbox.change(bob, "mark-read", [item["id"] for item in answer.json])
            await inbox.change(bob, "delete", [answer.json[0]["id"]])
        link = answer.headers.get("Link", "").partition(">")[0]
        path = link.removeprefix("<").removeprefix(site.base)
    unread = [item["id"] for item in found if not item["is_read"]]
    read = [item["id"] for item in found if item["is_read"]]
    assert unread == whole
    assert read == [one for n, one in enumerate(whole) if n % 4]


@pytest.mark.gen_test(timeout=60)
async def test_many_items_of_one_moment(site: Site) -> None:
    """More than a page may share their instant; each is told apart by its id."""
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, MESSAGE)
    await inbox.sent(admin, "x", bob)
    (one,) = await inbox.copies()
    copies = [{**one, "_id": one["_id"] + 1_000 + n} for n in range(40)]
    collection = site.carillon.database.collection("inbox_deliveries")
    await collection.insert_missing([*copies, {**one, "_id": 9_999, "sent_on": 1}])
    whole = await inbox.get(bob)
    assert len(whole) == 42
    for size in (1, 10, 41):
        found = await pages(site, bob, f"/messages/?cursor=&limit={size}")
        assert [item for page in found for item in page] == whole


@pytest.mark.gen_test(timeout=60)
async def test_a_message_from_a_clock_that_is_ahead_is_there(site: Site) -> None:
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, MESSAGE)
    await inbox.sent(admin, "x", bob)
    (one,) = await inbox.copies()
    ahead = {**one, "_id": 9_999, "sent_on": one["sent_on"] + 20_000_000}
    await site.carillon.database.collection("inbox_deliveries").insert(ahead)
    assert [item["id"] for item in await inbox.get(bob, "?cursor=")] == [9_999, one["_id"]]


@pytest.mark.gen_test(timeout=60)
async def test_pages_are_read_side_by_side(site: Site) -> None:
    admin, bob = await site.admin(), await site.person("bob")
    await fill(site, KIND, admin, bob, 20)
    paths = [f"/messages/?cursor=&limit={size}" for size in range(1, 9)]
    found = await asyncio.gather(*(pages(site, bob, path) for path in paths))
    whole = await Inbox(site, MESSAGE).get(bob)
    assert all([item for page in some for item in page] == whole for some in found)
