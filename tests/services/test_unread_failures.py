"""Unread counters are right in the end, whatever fails while they are counted (hole H8)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest

from domain.accounts import User
from domain.errors import Unavailable
from models.groups import NewGroup
from services.inbox import Sending
from services.unread import COUNTED_TOGETHER
from tests.conftest import HandClock, StoreUris
from tests.services.desks import NONE, Desk, counts, told
from tests.services.houses import House
from tests.services.pairs import Killed, kill_at
from tests.sites import until

GROUP = 5


async def send_behind(desk: Desk, behind: HandClock, uris: StoreUris, database: str) -> None:
    """One is sent that by its stamp may be in a count, and is not: only the next count tells."""
    async with House(database, uris, behind) as other:
        await other.send(desk.alice, "x", desk.bob)
    await desk.house.changes.look()
    await desk.unread.tell_moved()


async def away(_: object) -> Any:
    raise Unavailable


async def fail_to_count(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is away when the next one is to be counted."""
    with monkeypatch.context() as patch:
        patch.setattr(desk.house.inbox.mailboxes, "count_unread", away)
        with pytest.raises(Unavailable):
            await desk.unread.count_moved()


@pytest.mark.gen_test
async def test_who_could_not_be_counted_is_counted_when_the_database_is_back(
    house: House,
    hand_clock: HandClock,
    store_uris: StoreUris,
    database_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = await Desk.of(house)
    hand_clock.move(5)
    _, paper = await desk.connect()
    behind = HandClock(hand_clock.at - 2_000_000)
    await send_behind(desk, behind, store_uris, database_name)
    assert told(paper) == []
    await fail_to_count(desk, monkeypatch)
    hand_clock.move(1)
    await desk.count_all()
    assert [counts(frame) for frame in told(paper)] == [{**NONE, "messages": 1}]


@pytest.mark.gen_test
async def test_who_became_live_while_the_database_was_away_is_told(
    house: House, hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await Desk.of(house)
    connection, paper = await desk.connect()
    connection.transport.unsent_bytes = 2**30  # type: ignore[misc]
    free = asyncio.Event()
    paper.drained = free.wait  # type: ignore[method-assign,assignment]
    hand_clock.move(1)
    await desk.send()
    await desk.unread.tell_moved()
    await desk.count_all()
    paper.unsent_bytes = 0
    free.set()
    await until(lambda: connection.state == "live")
    await fail_to_count(desk, monkeypatch)
    await desk.count_all()
    assert [counts(frame) for frame in told(paper)] == [{**NONE, "messages": 1}]


@pytest.mark.gen_test
async def test_one_who_cannot_be_counted_holds_up_nobody(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await Desk.of(house)
    connection, _ = await desk.connect()
    desk.unread.note(connection)
    gone = range(10**6, 10**6 + COUNTED_TOGETHER - 1)
    desk.unread._to_count.update(dict.fromkeys([*gone, desk.alice.id]))
    await fail_to_count(desk, monkeypatch)
    assert list(desk.unread._to_count) == [desk.alice.id, desk.bob.id]


@pytest.mark.gen_test
async def test_what_is_found_for_one_device_is_told_to_the_others(
    house: House, hand_clock: HandClock, store_uris: StoreUris, database_name: str
) -> None:
    desk = await Desk.of(house)
    hand_clock.move(5)
    _, first = await desk.connect()
    behind = HandClock(hand_clock.at - 2_000_000)
    await send_behind(desk, behind, store_uris, database_name)
    assert told(first) == []
    hand_clock.move(1)
    await desk.connect()
    assert [counts(frame) for frame in told(first)] == [{**NONE, "messages": 1}]


async def broadcast(house: House, sender: User) -> None:
    await house.inbox.broadcast(Sending(sender=sender, content="all", audience="everyone"))


async def announce(house: House, sender: User) -> None:
    message = {"confirmation": {"en-US": "Yes"}}
    element = {"message": message, "_groups": [{"group": {"_id": GROUP}}]}
    await house.app.announcements.create(sender, [element], None, "")


@pytest.mark.parametrize(
    ("store", "box", "make"),
    [("notices", "notices", broadcast), ("announcements", "announcements", announce)],
)
@pytest.mark.gen_test
async def test_what_was_finished_late_is_not_added_to_a_count_that_has_it(
    house: House,
    hand_clock: HandClock,
    store_uris: StoreUris,
    database_name: str,
    monkeypatch: pytest.MonkeyPatch,
    store: str,
    box: str,
    make: Callable[[House, User], Awaitable[None]],
) -> None:
    """Its place is younger than the count, its effects are older."""
    await house.stores.groups.add(NewGroup("all", {}).to_document(GROUP, hand_clock.at))
    alice = await house.user("alice")
    desk = Desk(house, alice, await house.user("bob", groups=(GROUP,)))
    hand_clock.move(1)
    async with House(database_name, store_uris, hand_clock) as other:
        kill_at(monkeypatch, getattr(other.stores, store), "add", after=True)
        with pytest.raises(Killed):
            await make(other, alice)
    hand_clock.move(1)
    _, paper = await desk.connect()
    hand_clock.move(4)
    await house.changes.look()
    await desk.unread.tell_moved()
    await desk.count_all()
    assert len(house.heard) == 1
    assert orjson.loads(paper.frames[0])["unread"][box] == 1
    assert [counts(frame) for frame in told(paper)] == []
