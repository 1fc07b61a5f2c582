"""Marking and deleting what one received (contract 1.7)."""

import asyncio
from typing import Any

import pytest

from tests.conftest import StoreUris
from tests.handlers.inbox_calls import MESSAGE, NOT_FOUND, NOTICE, Inbox, both_kinds
from tests.sites import Person, Site


@pytest.fixture(scope="module")
def store_uris(fresh_mongodb_uri: str, redis_uri: str) -> StoreUris:
    return StoreUris(fresh_mongodb_uri, redis_uri)


async def three(site: Site, inbox: Inbox) -> tuple[Person, Person, Person]:
    """An administrator who sent one, two and three to bob, and four to carol."""
    admin, (bob, carol) = await site.admin(), await site.people("bob", "carol")
    for content in ("one", "two", "three"):
        await inbox.sent(admin, content, bob)
    await inbox.sent(admin, "four", carol)
    return admin, bob, carol


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_marking_is_idempotent_and_partial(site: Site, kind: str) -> None:
    inbox = Inbox(site, kind)
    _, bob, carol = await three(site, inbox)
    ids, hers = await inbox.ids(bob), (await inbox.ids(carol))["four"]
    wanted = [ids["one"], ids["one"], 777_777, hers, -1, 2**64]
    assert await inbox.change(bob, "mark-read", wanted) == (200, None)
    assert (await inbox.read(bob), await inbox.read(carol)) == (["one"], [])
    both = [ids["one"], ids["two"]]
    for _ in range(2):
        assert await inbox.change(bob, "mark-read", both) == (200, None)
        assert await inbox.read(bob) == ["one", "two"]
    for _ in range(2):
        assert await inbox.change(bob, "mark-unread", [*both, ids["three"], hers]) == (200, None)
        assert await inbox.read(bob) == []
    assert [one["version"] for one in await inbox.copies(user=bob.id)] == [3, 3, 1]


@both_kinds
@pytest.mark.parametrize("action", ["mark-read", "mark-unread", "delete"])
@pytest.mark.gen_test(timeout=30)
async def test_where_none_is_ones_own_nothing_happens(site: Site, kind: str, action: str) -> None:
    inbox = Inbox(site, kind)
    admin, bob, carol = await three(site, inbox)
    hers = list((await inbox.ids(carol)).values())
    await inbox.change(carol, "mark-read", hers)
    before = await inbox.copies()
    for who in (bob, admin):  # a sender has no power over the copies of his recipients
        for ids in (hers, [777_777, 888_888], [*hers, 777_777, 0, -1, 2**63]):
            said = {inbox.key: [f"No valid {kind}s."]}
            assert await inbox.change(who, action, ids) == (400, said)
    assert await inbox.copies() == before


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_reading_marks_nothing(site: Site, kind: str) -> None:
    inbox = Inbox(site, kind)
    _, bob, _ = await three(site, inbox)
    before = await inbox.copies()
    for path in ("", "read/", "unread/", *(f"{one}/" for one in (await inbox.ids(bob)).values())):
        await inbox.get(bob, path)
    assert await inbox.copies() == before


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_a_deleted_item_is_gone_for_good(site: Site, kind: str) -> None:
    """Its key stays used, its content does not stay; the sender's view is as it was."""
    inbox = Inbox(site, kind)
    admin, bob, carol = await three(site, inbox)
    ids, before = await inbox.ids(bob), await inbox.messages()
    hers = (await inbox.ids(carol))["four"]
    assert await inbox.change(bob, "delete", [ids["two"], hers, 777_777]) == (204, None)
    assert await inbox.contents(bob) == ["three", "one"]
    assert await inbox.contents(carol) == ["four"]
    assert await inbox.ask(bob, f"{ids['two']}/") == (404, NOT_FOUND)
    said = {inbox.key: [f"No valid {kind}s."]}
    for action in ("delete", "mark-read", "mark-unread"):
        assert await inbox.change(bob, action, [ids["two"]]) == (400, said)
    assert await inbox.change(bob, "delete", [ids["two"], ids["one"]]) == (204, None)
    (tombstone,) = await inbox.copies(_id=ids["two"])
    assert tombstone["deleted"]
    assert not {"content", "sender"} & tombstone.keys()
    assert await inbox.messages() == before
    if kind == MESSAGE:
        sent = await inbox.get(admin, "sent/")
        assert [one["content"] for one in sent] == ["four", "three", "two", "one"]
        assert sent[2]["recipients"] == [{"id": bob.id, "username": "bob"}]


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_ids_of_the_other_kind_are_not_ones_items(site: Site, kind: str) -> None:
    """Upstream's bug 1: there, both kinds' routes touch each other's copies."""
    admin, bob = await site.admin(), await site.person("bob")
    messages, notices = Inbox(site, MESSAGE), Inbox(site, NOTICE)
    await messages.sent(admin, "m", bob)
    await notices.sent(admin, "n", bob)
    await notices.send(admin, {"content": "all", "audience": "everyone"})
    mine, other = (messages, notices) if kind == MESSAGE else (notices, messages)
    before = (await other.get(bob), await mine.get(bob))
    for number in (await other.ids(bob)).values():
        for action in ("mark-read", "mark-unread", "delete"):
            said = {mine.key: [f"No valid {kind}s."]}
            assert await mine.change(bob, action, [number]) == (400, said)
        assert await mine.ask(bob, f"{number}/") == (404, NOT_FOUND)
    assert (await other.get(bob), await mine.get(bob)) == before


@pytest.mark.gen_test(timeout=30)
async def test_ids_in_the_query_of_a_delete_are_ignored(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    await site.send(alice, "x", bob)
    (item,) = await Inbox(site, MESSAGE).get(bob)
    path = f"/messages/delete/?message_ids={item['id']}"
    for body in (None, b""):
        answer = await site.request("DELETE", path, bob, body=body)
        said = {"message_ids": ["This field is required."]}
        assert (answer.status, answer.json) == (400, said)
    assert len(await Inbox(site, MESSAGE).get(bob)) == 1


@pytest.mark.gen_test(timeout=30)
async def test_forms_mark_too(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    inbox = Inbox(site, MESSAGE)
    for content in ("one", "two"):
        await site.send(alice, content, bob)
    ids = await inbox.ids(bob)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = "&".join(f"message_ids={one}" for one in ids.values()).encode()
    answer = await site.request("PATCH", "/messages/mark-read/", bob, body=body, headers=form)
    assert (answer.status, await inbox.read(bob)) == (200, ["one", "two"])
    answer = await site.request("DELETE", "/messages/delete/", bob, body=body, headers=form)
    assert (answer.status, await inbox.get(bob)) == (204, [])


@pytest.mark.gen_test(timeout=30)
async def test_more_ids_than_a_query_takes(site: Site) -> None:
    """Hundreds of one's own, and thousands of unknown ones beside them."""
    alice, bob = await site.people("alice", "bob")
    inbox = Inbox(site, MESSAGE)
    await site.send(alice, "x", bob)
    for name, documents in (
        ("deliveries", await inbox.copies()),
        ("messages", await inbox.messages()),
    ):
        more = [{**documents[0], "_id": 1_000 + n} for n in range(300)]
        collection = site.carillon.database.collection(f"inbox_{name}")
        await collection.insert_missing(more)
    mine, unknown = list(range(1_000, 1_300)), list(range(100_000, 112_000))
    assert await inbox.change(bob, "mark-read", mine) == (200, None)
    assert len(await inbox.read(bob)) == 300
    assert await inbox.change(bob, "mark-unread", [*unknown, *mine]) == (200, None)
    assert await inbox.read(bob) == []
    assert await inbox.change(alice, "delete-sent", [*unknown, *mine[:20]]) == (204, None)
    assert await inbox.change(alice, "delete-sent", mine[20:]) == (204, None)
    assert len(await inbox.get(alice, "sent/")) == 1
    assert await inbox.change(bob, "delete", mine) == (204, None)
    assert len(await inbox.get(bob)) == 1


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_all_at_once(site: Site, kind: str) -> None:
    """Each is answered as if it had come alone, and a delete is final."""
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, kind)
    for content in ("one", "two"):
        await inbox.sent(admin, content, bob)
    ids = await inbox.ids(bob)
    actions = ["mark-read", "mark-unread"] * 6
    found = await asyncio.gather(*(inbox.change(bob, one, [ids["one"]]) for one in actions))
    assert found == [(200, None)] * 12
    actions = ["mark-read", "delete", "mark-unread"] * 5
    found = await asyncio.gather(*(inbox.change(bob, one, [ids["one"]]) for one in actions))
    gone = (400, {inbox.key: [f"No valid {kind}s."]})
    assert all(one in ((200, None), (204, None), gone) for one in found)
    assert (204, None) in found
    assert await inbox.contents(bob) == ["two"]
    counts = (await site.request("GET", "/inbox/counts", bob)).json
    assert counts[f"{kind}s"] == 1


@pytest.mark.gen_test(timeout=30)
async def test_notices_have_no_sent_box(site: Site) -> None:
    """Upstream's bug 3: there, a valid body crashes."""
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, NOTICE)
    await inbox.sent(admin, "x", bob)
    said: Any = {"notice_ids": ["No valid notices."]}
    for who in (admin, bob):
        for ids in (list((await inbox.ids(bob)).values()), [1], [2**70]):
            assert await inbox.change(who, "delete-sent", ids) == (400, said)
        for path in ("sent/", "sent/1/", "sent/?cursor="):
            assert await inbox.ask(who, path) == (404, NOT_FOUND)
    assert await inbox.contents(bob) == ["x"]
