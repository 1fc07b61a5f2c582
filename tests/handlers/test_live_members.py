"""Joining and leaving groups on an open connection: nothing is missed, whatever the moment."""

import asyncio
from typing import Any

import pytest

from models.groups import NewGroup
from push.connection import LIVE
from tests.handlers.raw_sockets import Silent
from tests.handlers.readers import Reader
from tests.sites import Site, until


async def notice_to(site: Site, group: int, content: str) -> None:
    admin = await site.admin(f"admin of {content}")
    body = {"content": content, "audience": {"group_ids": [group]}}
    assert (await site.request("POST", "/notices/send/", admin, body=body)).status == 201


@pytest.mark.gen_test
async def test_who_joins_a_group_is_told_what_comes_to_it_from_then_on(site: Site) -> None:
    (bob,) = await site.people("bob")
    groups = site.app.accounts.groups
    ringers = await groups.add(NewGroup("ringers"))
    readers = [await Reader.come(site, bob), await Reader.come(site, bob)]
    await notice_to(site, ringers, "before")
    await groups.join(bob.id, ringers)
    await notice_to(site, ringers, "member")
    for reader in readers:
        assert (await reader.news())["item"]["content"] == "member"
    await groups.leave(bob.id, ringers)
    await notice_to(site, ringers, "after")
    await site.send(await site.person("alice"), "last", bob)
    for reader in readers:
        assert (await reader.news())["item"]["content"] == "last"
        assert reader.contents == ["member", "last"]
        await reader.close()


@pytest.mark.gen_test
async def test_a_notice_in_the_moment_of_joining_is_not_missed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes while the process still asks what the new member may see."""
    (bob,) = await site.people("bob")
    groups, identities = site.app.accounts.groups, site.app.identities
    ringers = await groups.add(NewGroup("ringers"))
    socket = await site.socket(bob)
    look, may_go_on = identities.user, asyncio.Event()

    async def slowly(user: int) -> Any:
        if user == bob.id:
            await may_go_on.wait()
        return await look(user)

    monkeypatch.setattr(identities, "user", slowly)
    await groups.join(bob.id, ringers)
    await until(lambda: site.app.live.hub.of_user(bob.id)[0].state == LIVE)
    await notice_to(site, ringers, "welcome")
    may_go_on.set()
    assert (await socket.change("notice"))["item"]["content"] == "welcome"
    await socket.close()


@pytest.mark.gen_test
async def test_a_page_that_was_read_for_what_he_was_before_is_read_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notice comes before the page is read, the news of his joining while it is."""
    (bob,) = await site.people("bob")
    groups, live, identities = site.app.accounts.groups, site.app.live, site.app.identities
    ringers = await groups.add(NewGroup("ringers"))
    socket = await site.socket(bob)
    (connection,) = live.hub
    look, read, is_reading = identities.user, live.feed.read, asyncio.Event()

    async def slowly(user: int) -> Any:
        if user == bob.id:
            await is_reading.wait()
        return await look(user)

    async def page_of_before(user: Any, *where: Any) -> Any:
        page = await read(user, *where)
        is_reading.set()
        await until(lambda: connection.identity.user.member.stays)
        return page

    monkeypatch.setattr(identities, "user", slowly)
    monkeypatch.setattr(live.feed, "read", page_of_before)
    live.reader._places = asyncio.Semaphore(0)
    await groups.join(bob.id, ringers)
    await notice_to(site, ringers, "welcome")
    live.reader._places.release()
    assert (await socket.change("notice"))["item"]["content"] == "welcome"
    await socket.close()


@pytest.mark.gen_test
async def test_who_joined_just_before_he_came_is_a_member(site: Site) -> None:
    """What was remembered of him when his request came is checked again."""
    (bob,) = await site.people("bob")
    groups, identities = site.app.accounts.groups, site.app.identities
    ringers = await groups.add(NewGroup("ringers"))
    remembered = await identities.by_token(bob.token)
    await groups.join(bob.id, ringers)
    connection = await site.app.live.open(remembered, Silent(), None)
    assert connection.identity.user.member.stays
    site.app.live.close(connection)
