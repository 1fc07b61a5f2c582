"""Idempotency-Key on both sends: the same answer and one effect, however often it is asked."""

import asyncio
from typing import Any

import pytest

from domain.clock import HOUR, SECOND
from domain.records import Key
from tests.conftest import StoreUris, settings_for
from tests.handlers.inbox_calls import NOTICE, Inbox, both_kinds
from tests.sites import Answer, Person, Site

REUSED = {"detail": "This Idempotency-Key was used with another request."}
RUNNING = {"detail": "The first request is still running."}


async def send(inbox: Inbox, who: Person, key: str, body: Any) -> Answer:
    return await inbox.send(who, body, **{"Idempotency-Key": key})


def same(answers: list[Answer]) -> bool:
    first = answers[0]
    revision = first.headers["Carillon-Revision"]
    return all(
        (one.status, one.body, one.headers["Carillon-Revision"]) == (201, first.body, revision)
        for one in answers
    )


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_repeating_has_one_effect(site: Site, kind: str) -> None:
    admin, (bob, carol) = await site.admin(), await site.people("bob", "carol")
    inbox = Inbox(site, kind)
    body = {"content": " once ", "recipient_ids": [carol.id, bob.id, 777_777, admin.id]}
    answers = [await send(inbox, admin, "k", body) for _ in range(3)]
    assert same(answers)
    said = {"recipient_ids": [bob.id, carol.id], "content": "once"}
    assert answers[0].json == said
    assert len(await inbox.copies()) == 2
    # The first answer stands, whatever became of the world meanwhile.
    await inbox.done(bob, "delete", "once")
    await site.app.accounts.delete(carol.id)
    await site.app.changes.settle()
    await site.app.changes._records.strip(site.app.clock.now() + HOUR)
    assert same([*answers, await send(inbox, admin, "k", body)])
    assert [one["deleted"] for one in await inbox.copies()] == [True]
    record = await site.app.changes._records.get(
        Key(admin.id, "POST", f"/{kind}s/send/", "k").record_id
    )
    assert record is not None
    assert "once" not in str(record)


@pytest.mark.gen_test(timeout=30)
async def test_repeating_a_broadcast(site: Site) -> None:
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, NOTICE)
    body = {"content": "all", "audience": "everyone"}
    assert same([await send(inbox, admin, "k", body) for _ in range(3)])
    assert await inbox.contents(bob) == ["all"]


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_twenty_at_once_have_one_effect(site: Site, kind: str) -> None:
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, kind)
    socket = await site.socket(bob)
    bodies: list[Any] = [{"content": "x", "recipient_ids": [bob.id]}]
    if kind == NOTICE:
        bodies.append({"content": "x", "audience": "everyone"})
    for n, body in enumerate(bodies):
        answers = await asyncio.gather(*(send(inbox, admin, f"k{n}", body) for _ in range(20)))
        assert same(answers)
        assert len(await inbox.get(bob)) == n + 1
        await socket.change(kind)
    await inbox.sent(admin, "last", bob)
    assert (await socket.change(kind))["item"]["content"] == "last"
    await socket.close()


@pytest.mark.gen_test(timeout=30)
async def test_twenty_at_once_over_two_processes(store_uris: StoreUris, database_name: str) -> None:
    settings = settings_for(database_name)
    async with Site(settings, store_uris) as one, Site(settings, store_uris) as two:
        alice, bob = await one.people("alice", "bob")
        body = {"content": "x", "recipient_ids": [bob.id]}
        inboxes = [Inbox(site, "message") for site in (one, two)]
        asked = [send(inboxes[n % 2], alice, "k", body) for n in range(20)]
        assert same(list(await asyncio.gather(*asked)))
        assert len(await inboxes[1].get(bob)) == 1


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_another_body_is_422(site: Site, kind: str) -> None:
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, kind)
    body = {"content": "x", "recipient_ids": [bob.id]}
    await send(inbox, admin, "k", body)
    for other in ({**body, "content": "y"}, {**body, "more": 1}, {**body, "recipient_ids": [9]}):
        answer = await send(inbox, admin, "k", other)
        assert (answer.status, answer.json) == (422, REUSED)
    assert await inbox.contents(bob) == ["x"]


@pytest.mark.gen_test(timeout=30)
async def test_keys_are_of_one_user_and_path(site: Site) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    body = {"content": "x", "recipient_ids": [bob.id]}
    messages, notices = Inbox(site, "message"), Inbox(site, NOTICE)
    for inbox, who in ((messages, admin), (messages, alice), (notices, admin)):
        answer = await send(inbox, who, "k", {**body, "content": f"{who.name} {inbox.kind}"})
        assert answer.status == 201
    assert (len(await messages.get(bob)), len(await notices.get(bob))) == (2, 1)


@pytest.mark.gen_test(timeout=30)
async def test_a_refused_request_uses_no_key_up(site: Site) -> None:
    alice = await site.person("alice")
    inbox = Inbox(site, "message")
    body = {"content": "x", "recipient_ids": [alice.id + 1]}
    assert (await send(inbox, alice, "k", body)).status == 400
    assert (await send(inbox, alice, "k", {**body, "content": ""})).status == 400
    bob = await site.person("bob")
    assert bob.id == alice.id + 1
    assert (await send(inbox, alice, "k", body)).status == 201


@pytest.mark.gen_test(timeout=30)
async def test_while_the_first_is_running_it_is_409(site: Site) -> None:
    """Its record is another process's, whose lease is good; once that is over, it is done."""
    alice, bob = await site.people("alice", "bob")
    inbox = Inbox(site, "message")
    body = {"content": "x", "recipient_ids": [bob.id]}
    first = await send(inbox, alice, "k", body)
    await site.app.changes.settle()
    records = site.carillon.database.collection("live_records")
    record_id = Key(alice.id, "POST", "/messages/send/", "k").record_id
    until = site.app.clock.now() + 30 * SECOND
    lease = {"state": "open", "lease_by": "another", "lease_until": until}
    await records.update({"_id": record_id}, {"$set": lease})
    answer = await send(inbox, alice, "k", body)
    assert (answer.status, answer.json, answer.headers["Retry-After"]) == (409, RUNNING, "1")
    answer = await send(inbox, alice, "k", {**body, "content": "y"})
    assert (answer.status, answer.json) == (422, REUSED)
    await records.update({"_id": record_id}, {"$set": {"lease_until": 1}})
    answer = await send(inbox, alice, "k", body)
    assert (answer.status, answer.body) == (201, first.body)
    assert await inbox.contents(bob) == ["x"]


@both_kinds
@pytest.mark.gen_test(timeout=30)
async def test_keys_that_are_none(site: Site, kind: str) -> None:
    admin, bob = await site.admin(), await site.person("bob")
    inbox = Inbox(site, kind)
    body = {"content": "x", "recipient_ids": [bob.id]}
    for key in ("", "k" * 256, "k" * 5_000):
        answer = await send(inbox, admin, key, body)
        said = {"Idempotency-Key": ["Must have 1 to 255 characters."]}
        assert (answer.status, answer.json) == (400, said)
    for n, key in enumerate(("k" * 255, "\xff", "a b,c", "{}"), 1):
        answer = await send(inbox, admin, key, body)
        assert (answer.status, len(await inbox.copies())) == (201, n)
