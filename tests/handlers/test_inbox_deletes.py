"""What the sender deletes, and what accounts take along (contract 1.7, the table)."""

import pytest

from tests.handlers.inbox_calls import MESSAGE, NOT_FOUND, NOTICE, Inbox, both_kinds
from tests.sites import Person, Site

NONE = {"message_ids": ["No valid messages."]}


async def sent_ids(inbox: Inbox, who: Person) -> dict[str, int]:
    return {item["content"]: item["id"] for item in await inbox.get(who, "sent/")}


@pytest.mark.gen_test(timeout=30)
async def test_recipients_keep_what_its_sender_deleted(site: Site) -> None:
    alice, bob, carol = await site.people("alice", "bob", "carol")
    inbox = Inbox(site, MESSAGE)
    await inbox.sent(alice, "mine", bob, carol)
    await inbox.sent(bob, "his", alice)
    before = (await inbox.get(bob), await inbox.get(carol))
    mine, his = (await sent_ids(inbox, alice))["mine"], (await sent_ids(inbox, bob))["his"]
    assert await inbox.change(alice, "delete-sent", [mine, his, 777_777, mine]) == (204, None)
    assert (await inbox.get(bob), await inbox.get(carol)) == before
    assert before[0][0]["sender"] == {"id": alice.id, "username": "alice"}
    assert await inbox.get(alice, "sent/") == []
    assert await inbox.ask(alice, f"sent/{mine}/") == (404, NOT_FOUND)
    assert await inbox.contents(bob, "sent/") == ["his"]
    message, other = await inbox.messages()
    assert message["deleted"]
    assert not {"content", "recipients"} & message.keys()
    assert not other["deleted"]
    assert await inbox.change(alice, "delete-sent", [mine]) == (400, NONE)


@pytest.mark.gen_test(timeout=30)
async def test_only_ones_own_sent_messages_can_be_deleted(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    inbox = Inbox(site, MESSAGE)
    await inbox.sent(alice, "x", bob)
    number = (await sent_ids(inbox, alice))["x"]
    for who, ids in ((bob, [number]), (alice, [777_777]), (alice, [0, -1, 2**63])):
        assert await inbox.change(who, "delete-sent", ids) == (400, NONE)
    (copy,) = await inbox.copies()
    if copy["_id"] != number:
        assert await inbox.change(alice, "delete-sent", [copy["_id"]]) == (400, NONE)
    assert await inbox.ask(bob, f"sent/{number}/") == (404, NOT_FOUND)
    assert len(await inbox.get(alice, "sent/")) == 1


@pytest.mark.parametrize("last", ["sender", "recipient"])
@pytest.mark.gen_test(timeout=30)
async def test_nothing_stays_once_all_have_deleted_it(site: Site, last: str) -> None:
    """Upstream's bug 4: with two recipients the message stays there for ever."""
    alice, bob, carol = await site.people("alice", "bob", "carol")
    inbox = Inbox(site, MESSAGE)
    await inbox.sent(alice, "before", bob)  # so that copies' and messages' ids differ
    await inbox.sent(alice, "secret", bob, carol)
    number = (await sent_ids(inbox, alice))["secret"]
    if last == "recipient":
        await inbox.change(alice, "delete-sent", [number])
    await inbox.done(bob, "delete", "secret")
    await inbox.done(carol, "delete", "secret")
    if last == "sender":
        assert await inbox.contents(alice, "sent/") == ["secret", "before"]
        await inbox.change(alice, "delete-sent", [number])
    kept = [*await inbox.copies(), *await inbox.messages()]
    assert [one.get("content") for one in kept if not one["deleted"]] == ["before", "before"]
    assert [one for one in kept if one["deleted"] and one.get("content")] == []


@pytest.mark.gen_test(timeout=30)
async def test_a_deleted_recipient_vanishes(site: Site) -> None:
    alice, bob, carol = await site.people("alice", "bob", "carol")
    inbox, notices = Inbox(site, MESSAGE), Inbox(site, NOTICE)
    admin = await site.admin()
    await inbox.sent(alice, "both", bob, carol)
    await inbox.sent(alice, "only", carol)
    await notices.sent(admin, "notice", carol)
    ids = await sent_ids(inbox, alice)
    await site.app.accounts.delete(carol.id)
    (both,) = await inbox.get(alice, "sent/")
    assert (both["content"], both["recipients"]) == ("both", [{"id": bob.id, "username": "bob"}])
    assert await inbox.get(alice, f"sent/{ids['both']}/") == both
    assert await inbox.ask(alice, f"sent/{ids['only']}/") == (404, NOT_FOUND)
    for query in (f"recipient_id={carol.id}", "recipient_username=carol", "content=only"):
        assert await inbox.get(alice, f"sent/?{query}") == []
    assert await inbox.contents(alice, "sent/?cursor=") == ["both"]
    answer = await site.request("GET", "/inbox/items/?kind=sent", alice)
    assert [one["content"] for one in answer.json["items"]] == ["both"]
    assert await inbox.copies(user=carol.id) == await notices.copies(user=carol.id) == []
    assert len(await inbox.messages()) == 2
    answer = await inbox.send(alice, {"content": "x", "recipient_ids": [carol.id, bob.id]})
    assert answer.json["recipient_ids"] == [bob.id]


@pytest.mark.gen_test(timeout=30)
async def test_a_deleted_senders_messages_stay_without_him(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    inbox = Inbox(site, MESSAGE)
    await inbox.sent(alice, "from alice", bob)
    await inbox.sent(bob, "from bob", alice)
    await site.app.accounts.delete(alice.id)
    (item,) = await inbox.get(bob)
    assert (item["content"], item["sender"]) == ("from alice", None)
    assert await inbox.get(bob, f"{item['id']}/") == item
    await inbox.done(bob, "mark-read", "from alice")
    for query in (f"sender__id={alice.id}", "sender__username=alice", "sender__username="):
        assert await inbox.get(bob, f"?{query}") == await inbox.get(bob, f"?cursor=&{query}") == []
    assert await inbox.contents(bob, "?content=ALICE") == ["from alice"]
    said = {"detail": "Invalid token."}
    assert await inbox.ask(alice, "") == (403, said)
    assert await inbox.get(bob, "sent/") == []
    message, _ = await inbox.messages()
    assert (message["sender"], "content" in message) == (None, False)


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_a_deleted_account_takes_its_copies_along(site: Site, kind: str) -> None:
    admin, (bob, carol) = await site.admin(), await site.people("bob", "carol")
    inbox = Inbox(site, kind)
    await inbox.sent(admin, "read", bob, carol)
    await inbox.sent(admin, "deleted", bob)
    await inbox.done(bob, "mark-read", "read")
    await inbox.done(bob, "delete", "deleted")
    await site.app.accounts.delete(bob.id)
    assert [one["user"] for one in await inbox.copies()] == [carol.id]


@pytest.mark.gen_test(timeout=30)
async def test_a_deactivated_account_stays_as_it_is(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    inbox = Inbox(site, MESSAGE)
    await inbox.sent(alice, "x", bob)
    await site.app.accounts.deactivate(alice.id)
    assert await inbox.ask(alice, "") == (403, {"detail": "User inactive or deleted."})
    (item,) = await inbox.get(bob)
    assert item["sender"] == {"id": alice.id, "username": "alice"}
    await site.app.accounts.activate(alice.id)
    assert await inbox.contents(alice, "sent/") == ["x"]
