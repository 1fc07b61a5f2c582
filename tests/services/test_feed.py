"""The feed is read exactly: nothing skipped, whatever shares a revision (hole H3)."""

import random
from typing import Any

import pytest

from domain.accounts import User
from domain.clock import DAY, SECOND
from domain.items import Item
from services.feed import Feed, Page
from services.inbox import DELETED, READ, Sending
from tests.conftest import HandClock
from tests.services.houses import House


def feed_of(house: House) -> Feed:
    return house.app.live.feed


async def read_all(house: House, user: User, cursor: Any, limit: int) -> tuple[list[Item], Page]:
    items: list[Item] = []
    while True:
        page = await feed_of(house).read(user, cursor, limit)
        items += page.items
        cursor = page.cursor
        if not page.more:
            return items, page


@pytest.mark.gen_test(timeout=30)
@pytest.mark.parametrize("limit", [1, 3, 7, 100])
async def test_pages_of_any_size_bring_each_item_once_in_order(
    house: House, hand_clock: HandClock, limit: int
) -> None:
    alice, bob = await house.user("alice"), await house.user("bob")
    admin = await house.user("admin", is_admin=True)
    cursor = feed_of(house).now()
    for n in range(10):
        await house.send(alice, f"m{n}", bob)
        hand_clock.move(random.Random(n).choice([0, 0, 1, 100, 5_000]))
    await house.inbox.broadcast(Sending(sender=admin, content="all", audience="everyone"))
    await house.send(bob, "back", alice)
    copies = await house.stores.deliveries.listed(
        bob.id, "message", is_read=None, since=None, until=None
    )
    # One stamp for five items: equal revisions must not be cut by a page.
    await house.inbox.mark(bob, ["message"], [copy["_id"] for copy in copies[:5]], READ)
    hand_clock.move(60)
    items, page = await read_all(house, bob, cursor, limit)
    keys = [(item.kind, item.id) for item in items]
    assert len(keys) == len(set(keys)) == 12
    assert [item.revision for item in items] == sorted(item.revision for item in items)
    assert sum(item.is_read for item in items) == 5
    again, _ = await read_all(house, bob, page.cursor, limit)
    assert again == []


@pytest.mark.gen_test
async def test_the_youngest_stretch_may_come_again_and_nothing_else(
    house: House, hand_clock: HandClock
) -> None:
    alice, bob = await house.user("alice"), await house.user("bob")
    cursor = feed_of(house).now()
    await house.send(alice, "old", bob)
    hand_clock.move(30)
    await house.send(alice, "young", bob)
    first, page = await read_all(house, bob, cursor, 10)
    assert [item.content for item in first] == ["old", "young"]
    second, page = await read_all(house, bob, page.cursor, 10)
    assert [item.content for item in second] == ["young"]
    hand_clock.move(11)
    _, page = await read_all(house, bob, page.cursor, 10)
    assert (await read_all(house, bob, page.cursor, 10))[0] == []


@pytest.mark.gen_test
async def test_a_delete_is_a_tombstone_without_content(house: House, hand_clock: HandClock) -> None:
    alice, bob = await house.user("alice"), await house.user("bob")
    await house.send(alice, "secret", bob)
    cursor = feed_of(house).now()
    (copy,) = await house.stores.deliveries.listed(
        bob.id, "message", is_read=None, since=None, until=None
    )
    await house.inbox.mark(bob, ["message"], [copy["_id"]], DELETED)
    (item,), _ = await read_all(house, bob, cursor, 10)
    assert (item.is_deleted, item.content, item.version) == (True, "", 2)


@pytest.mark.gen_test
async def test_audience_notices_come_to_those_who_were_in_it(
    house: House, hand_clock: HandClock
) -> None:
    admin = await house.user("admin", is_admin=True)
    before = await house.user("before")
    cursor = feed_of(house).now()
    await house.inbox.broadcast(Sending(sender=admin, content="all", audience="everyone"))
    after = await house.user("after")
    (item,), _ = await read_all(house, before, cursor, 10)
    assert (await read_all(house, after, cursor, 10))[0] == []
    hand_clock.move(30)
    cursor = feed_of(house).now()  # of a device that has the notice, and went away
    await house.inbox.mark(before, ["notice"], [item.id], READ)
    hand_clock.move(1)
    (item,), _ = await read_all(house, before, cursor, 10)
    assert (item.is_read, item.version) == (True, 2)


@pytest.mark.gen_test
async def test_a_cursor_of_no_use_is_reset(house: House, hand_clock: HandClock) -> None:
    bob = await house.user("bob")
    cursor = feed_of(house).now()
    hand_clock.move(31 * DAY / SECOND)
    page = await feed_of(house).read(bob, cursor, 10)
    assert page.reset
    assert not feed_of(house).is_stale(page.cursor)
