"""Notices for an audience: one document, and a receipt once somebody does something with it."""

from typing import Any

import pytest

from models.groups import NewGroup
from tests.handlers.inbox_calls import NOT_FOUND, NOTICE, Inbox, with_settings
from tests.sites import Person, Site


async def documents(site: Site, name: str) -> list[Any]:
    return await site.carillon.database.collection(f"inbox_{name}").find({})


async def groups(site: Site, *names: str) -> list[int]:
    return [await site.app.accounts.groups.add(NewGroup(name)) for name in names]


async def member(site: Site, name: str, *of: int) -> Person:
    return await site.person(name, groups=of)


@pytest.mark.gen_test(timeout=30)
async def test_a_notice_to_everyone_is_one_document(site: Site) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    away = await site.person("away", is_active=False)
    inbox = Inbox(site, NOTICE)
    answer = await inbox.send(admin, {"content": " Tea ", "audience": "everyone"})
    assert (answer.status, answer.json) == (201, {"audience": "everyone", "content": "Tea"})
    assert answer.headers["Carillon-Revision"]
    late = await site.person("late")
    for who in (admin, alice, bob):
        assert await inbox.contents(who) == ["Tea"]
    assert await inbox.get(late) == []
    counted = [len(await documents(site, name)) for name in ("notices", "receipts", "deliveries")]
    assert counted == [1, 0, 0]
    await site.app.accounts.activate(away.id)
    assert await inbox.contents(away) == ["Tea"]
    number = (await inbox.ids(alice))["Tea"]
    assert {(await inbox.ids(who))["Tea"] for who in (bob, admin)} == {number}
    assert await inbox.ask(late, f"{number}/") == (404, NOT_FOUND)
    said = {"notice_ids": ["No valid notices."]}
    assert await inbox.change(late, "mark-read", [number]) == (400, said)


@pytest.mark.gen_test(timeout=30)
async def test_a_receipt_is_made_once_something_was_decided(site: Site) -> None:
    admin, (alice, bob) = await site.admin(), await site.people("alice", "bob")
    inbox = Inbox(site, NOTICE)
    for content in ("one", "two"):
        await inbox.send(admin, {"content": content, "audience": "everyone"})
    await inbox.get(alice)
    assert await documents(site, "receipts") == []
    await inbox.done(alice, "mark-unread", "one")  # which it is already
    assert [one["version"] for one in await documents(site, "receipts")] == [0]
    await inbox.done(alice, "mark-read", "one")
    await inbox.done(bob, "delete", "one", "two")
    assert len(await documents(site, "receipts")) == 3
    assert await inbox.contents(alice) == ["two", "one"]
    assert await inbox.contents(alice, "read/") == ["one"]
    assert (await inbox.get(bob), await inbox.contents(admin)) == ([], ["two", "one"])
    await inbox.done(alice, "mark-unread", "one")
    assert await inbox.contents(alice, "unread/?content=ONE") == ["one"]
    await site.app.accounts.delete(bob.id)
    assert {one["user"] for one in await documents(site, "receipts")} == {alice.id}


@pytest.mark.gen_test(timeout=30)
async def test_who_was_in_a_group_when_it_was_sent(site: Site) -> None:
    admin = await site.admin()
    red, blue = await groups(site, "red", "blue")
    alice, bob = await member(site, "alice", red), await member(site, "bob", blue)
    both, nobody = await member(site, "both", red, blue), await member(site, "nobody")
    inbox = Inbox(site, NOTICE)
    answer = await inbox.send(admin, {"content": "r", "audience": {"group_ids": [red, red]}})
    assert answer.json == {"audience": {"group_ids": [red]}, "content": "r"}
    wanted = [f" {blue} ", red, "777777", -1, 2**70]
    answer = await inbox.send(admin, {"content": "rb", "audience": {"group_ids": wanted}})
    assert answer.json == {"audience": {"group_ids": sorted([red, blue])}, "content": "rb"}
    accounts = site.app.accounts
    await accounts.groups.leave(alice.id, red)
    await accounts.groups.join(bob.id, red)
    await accounts.groups.join(nobody.id, red)
    late = await member(site, "late", red)
    await inbox.send(admin, {"content": "r2", "audience": {"group_ids": [red]}})
    assert await inbox.contents(alice) == ["rb", "r"]
    assert await inbox.contents(bob) == ["r2", "rb"]
    assert await inbox.contents(both) == ["r2", "rb", "r"]
    assert await inbox.contents(nobody) == ["r2"]
    assert await inbox.contents(late) == ["r2"]
    assert await inbox.get(admin) == []
    await accounts.groups.join(alice.id, red)
    await accounts.groups.leave(bob.id, red)
    assert await inbox.contents(alice) == ["rb", "r"]
    assert await inbox.contents(bob) == ["r2", "rb"]
    assert len(await documents(site, "notices")) == 3


@pytest.mark.gen_test(timeout=30)
async def test_a_group_that_everybody_is_in(site: Site) -> None:
    admin, bob = await site.admin(), await site.person("bob")
    (everybody,) = [
        one["_id"] for one in await site.app.accounts.groups.all() if one["name"] == ":all"
    ]
    inbox = Inbox(site, NOTICE)
    await inbox.send(admin, {"content": "x", "audience": {"group_ids": [everybody]}})
    assert await inbox.contents(bob) == ["x"]
    assert await inbox.get(await site.person("late")) == []


AUDIENCES: list[tuple[Any, Any]] = [
    ("all", ['Must be "everyone" or {"group_ids": [...]}.']),
    ([], ['Must be "everyone" or {"group_ids": [...]}.']),
    ({}, ['Must be "everyone" or {"group_ids": [...]}.']),
    ({"group_ids": []}, {"group_ids": ["This list may not be empty."]}),
    ({"group_ids": 1}, {"group_ids": ['Expected a list of items but got type "int".']}),
    ({"group_ids": [1, "x"]}, {"group_ids": {"1": ["A valid integer is required."]}}),
    ({"group_ids": [777_777, 0, 2**64]}, {"group_ids": ["No valid groups."]}),
]


@pytest.mark.gen_test(timeout=30)
async def test_audiences_that_are_none(site: Site) -> None:
    admin = await site.admin()
    inbox = Inbox(site, NOTICE)
    for audience, problem in AUDIENCES:
        answer = await inbox.send(admin, {"content": "x", "audience": audience})
        assert (audience, answer.status, answer.json) == (audience, 400, {"audience": problem})
    both = {"content": "x", "audience": "everyone", "recipient_ids": [admin.id]}
    answer = await inbox.send(admin, both)
    said = {"non_field_errors": ["Give either recipient_ids or audience."]}
    assert (answer.status, answer.json) == (400, said)
    assert await documents(site, "notices") == []


@with_settings(recipients="strict")
@pytest.mark.gen_test(timeout=30)
async def test_strict_groups(site: Site) -> None:
    admin = await site.admin()
    (red,) = await groups(site, "red")
    inbox = Inbox(site, NOTICE)
    wanted = {"group_ids": [888, red, 777, 888]}
    answer = await inbox.send(admin, {"content": "x", "audience": wanted})
    said = {"audience": {"group_ids": ["Invalid groups: 777, 888."]}}
    assert (answer.status, answer.json) == (400, said)
    assert await documents(site, "notices") == []
    answer = await inbox.send(admin, {"content": "x", "audience": {"group_ids": [red]}})
    assert answer.status == 201
