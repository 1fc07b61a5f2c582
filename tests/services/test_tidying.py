"""Tombstones go when no device can ask about them any more, and nothing else goes (hole H4)."""

from typing import Any

import pytest

from domain.clock import DAY, MINUTE, SECOND
from models.database import Collection
from services.changes import Draft
from services.inbox import DELETED, READ, Sending
from services.tidying import BATCH
from tests.conftest import HandClock
from tests.services.houses import House

DAYS = 30
DAY_S = DAY / SECOND


async def ids(rows: Collection) -> list[Any]:
    return sorted(one["_id"] for one in await rows.find({}))


@pytest.mark.gen_test(timeout=40)
async def test_what_is_past_its_retention_goes_and_only_that(
    house: House, hand_clock: HandClock
) -> None:
    admin, bob = await house.user("admin", is_admin=True), await house.user("bob")
    stores, tidy = house.stores, house.inbox.tidying.tidy
    for content in ("deleted", "deleted later", "stays"):
        await house.send(admin, content, bob)
        await house.inbox.broadcast(Sending(sender=admin, content=content, audience="everyone"))
    copies = await ids(stores.deliveries._copies)
    notices = await ids(stores.notices._notices)
    messages = await ids(stores.messages._messages)
    cursor = house.app.live.feed.now()
    await house.inbox.mark(bob, ["notice"], notices, READ)
    await house.inbox.mark(bob, ["message"], copies[:1], DELETED)
    await house.inbox.delete_sent(admin, messages[:1])
    await house.inbox.mark(bob, ["notice"], notices[2:], DELETED)  # his receipt, not the notice
    await _withdraw(house, notices[0])
    hand_clock.move(DAY_S)
    await house.inbox.mark(bob, ["message"], copies[1:2], DELETED)
    hand_clock.move(DAYS * DAY_S - 20)
    assert await tidy(DAYS) == 0
    last = house.app.live.feed.now(hand_clock.at - DAYS * DAY + MINUTE)
    assert not house.app.live.feed.is_stale(last)
    hand_clock.move(60)
    assert house.app.live.feed.is_stale(cursor)
    assert await tidy(DAYS) == 3
    assert await tidy(DAYS) == 0
    assert await ids(stores.deliveries._copies) == copies[1:]
    assert await ids(stores.messages._messages) == messages[1:]
    assert await ids(stores.notices._notices) == notices[1:]
    receipts = await stores.receipts._receipts.find({"user": bob.id})
    assert sorted(one["notice"] for one in receipts) == notices[1:]
    page = await house.app.live.feed.read(bob, cursor, 10)
    assert page.reset
    assert [one.content for one in await house.inbox.mailboxes.standing(bob)] == ["deleted later"]


async def _withdraw(house: House, notice: int) -> None:
    body = {"notice_id": notice, "keep": False}
    await house.changes.make(Draft("inbox.expire", None, body))


@pytest.mark.gen_test(timeout=40)
async def test_it_goes_in_batches_and_two_may_tidy_at_once(
    house: House, hand_clock: HandClock
) -> None:
    rows = house.stores.deliveries._copies
    many = BATCH + 20
    await rows.insert_missing(
        [{"_id": n, "user": 1, "revision": n, "deleted": True, "gone": n} for n in range(1, many)]
    )
    await rows.insert_missing([{"_id": many, "user": 1, "revision": 1, "deleted": True}])
    first, second = house.inbox.tidying.tidy(DAYS), house.inbox.tidying.tidy(DAYS)
    assert await first + await second == many - 1
    assert await ids(rows) == [many]
