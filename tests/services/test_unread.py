"""Unread counters: told at once by what happened, and soon after by what is true."""

import asyncio
import math
from dataclasses import replace
from typing import Any

import orjson
import pytest

from domain.accounts import User
from domain.items import MESSAGE, NOTICE
from services.inbox import Sending
from tests.conftest import HandClock, StoreUris
from tests.services.desks import NONE, Desk, counts, told
from tests.services.houses import House
from tests.sites import until


@pytest.mark.gen_test
async def test_a_burst_is_told_as_one_and_made_sure_of_once(
    house: House, hand_clock: HandClock
) -> None:
    desk = await Desk.of(house)
    _, paper = await desk.connect()
    hand_clock.move(0.001)
    await desk.send()
    assert [counts(frame) for frame in told(paper)] == [{**NONE, "messages": 1}], "with its event"
    here = desk.hub.present(desk.bob.id)
    assert here is not None
    here.told_at_s = math.inf  # as if that was a moment ago, however slow the machine is
    for _ in range(19):
        hand_clock.move(0.001)
        await desk.send()
    await desk.unread.tell_moved()
    assert [frame["messages"] for frame in told(paper)] == [1, 20]
    assert told(paper)[1]["at"] == house.heard[-1].revision
    assert await desk.count_all() == 1
    assert len(told(paper)) == 2, "a count that finds the same is not told"


@pytest.mark.gen_test
async def test_what_a_notice_to_everyone_added_is_not_counted_again(
    house: House, hand_clock: HandClock
) -> None:
    desk = await Desk.of(house)
    _, paper = await desk.connect()
    hand_clock.move(2)
    await house.inbox.broadcast(Sending(sender=desk.alice, content="all", audience="everyone"))
    assert [counts(frame) for frame in told(paper)] == [{**NONE, "notices": 1}]
    assert await desk.count_all() == 0
    assert await house.inbox.mailboxes.count_unread(desk.bob) == {**NONE, "notices": 1}


@pytest.mark.gen_test
async def test_a_wrong_difference_is_healed_by_the_count(
    house: House, hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await Desk.of(house)
    _, paper = await desk.connect()
    kind = house.changes._kinds["inbox.send"]
    event = kind.event

    async def wrong(record: Any) -> Any:
        made = await event(record)
        (part, *rest) = made.parts
        return replace(made, parts=(replace(part, unread=("messages", 7)), *rest))

    monkeypatch.setattr(kind, "event", wrong)
    hand_clock.move(1)
    await desk.send()
    await desk.unread.tell_moved()
    hand_clock.move(1)
    await desk.count_all()
    first, second = told(paper)
    assert (first["messages"], second["messages"]) == (7, 1)
    assert first["at"] < second["at"]


@pytest.mark.gen_test
async def test_a_count_is_true_for_the_moment_before_it(
    house: House, hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes while it is made may not be in it, so it must not pass for a later figure."""
    desk = await Desk.of(house)

    moments = []

    async def slow(_: User) -> Any:
        moments.append(house.changes.clock.now())
        hand_clock.move(5)
        return {**NONE, "messages": len(moments)}

    monkeypatch.setattr(house.inbox.mailboxes, "count_unread", slow)
    connection, paper = await desk.connect()
    assert orjson.loads(paper.frames[0])["unread"] == {**NONE, "messages": 1, "at": moments[0]}
    desk.unread._to_count[connection.user] = None
    await desk.count_all()
    assert told(paper) == [{"type": "unread", **NONE, "messages": 2, "at": moments[1]}]


@pytest.mark.gen_test
async def test_what_came_while_it_was_counted_is_counted_again(
    house: House, hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For hello and afterwards: nothing is added to a count that may have it in it."""
    desk = await Desk.of(house)
    mailboxes = house.inbox.mailboxes
    count = mailboxes.count_unread

    async def and_one_comes(user: User) -> Any:
        monkeypatch.setattr(mailboxes, "count_unread", count)
        hand_clock.move(0.5)
        await desk.send()
        return await count(user)

    monkeypatch.setattr(mailboxes, "count_unread", and_one_comes)
    _, paper = await desk.connect()
    hello = orjson.loads(paper.frames[0])
    assert hello["unread"]["messages"] == 1
    await desk.unread.tell_moved()
    await desk.count_all()
    assert [counts(frame) for frame in told(paper)] in ([], [{**NONE, "messages": 1}])
    monkeypatch.setattr(mailboxes, "count_unread", and_one_comes)
    hand_clock.move(1)
    await desk.send()
    await desk.unread.tell_moved()
    await desk.count_all()
    assert counts(told(paper)[-1]) == {**NONE, "messages": 3}
    moments = [frame["at"] for frame in told(paper)]
    assert moments == sorted(moments)


@pytest.mark.gen_test
async def test_what_is_heard_late_while_another_device_is_counted_for_is_not_lost(
    house: House,
    hand_clock: HandClock,
    store_uris: StoreUris,
    database_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The count began after the stamp of a notice and before its effects, so it has it not."""
    desk = await Desk.of(house)
    _, first = await desk.connect()
    hand_clock.move(5)
    behind = HandClock(hand_clock.at - 2_000_000)
    mailboxes = house.inbox.mailboxes
    count = mailboxes.count_unread

    async def and_one_is_heard(user: User) -> Any:
        monkeypatch.setattr(mailboxes, "count_unread", count)
        found = await count(user)
        async with House(database_name, store_uris, behind) as other:
            sending = Sending(sender=desk.alice, content="all", audience="everyone")
            await other.inbox.broadcast(sending)
        await house.changes.look()
        await desk.unread.tell_moved()
        return found

    monkeypatch.setattr(mailboxes, "count_unread", and_one_is_heard)
    _, second = await desk.connect()
    await desk.unread.tell_moved()
    await desk.count_all()
    assert counts(told(first)[-1]) == {**NONE, "notices": 1}
    assert counts(told(second)[-1]) == {**NONE, "notices": 1}


@pytest.mark.gen_test
async def test_all_devices_are_told_and_one_that_knows_is_not(
    house: House, hand_clock: HandClock
) -> None:
    desk = await Desk.of(house)
    _, first = await desk.connect()
    hand_clock.move(1)
    await desk.send()
    _, second = await desk.connect()
    await desk.unread.tell_moved()
    await desk.count_all()
    assert [len(told(paper)) for paper in (first, second)] == [1, 0]
    hand_clock.move(1)
    await desk.mark_all_read()
    await desk.unread.tell_moved()
    assert [counts(told(paper)[-1]) for paper in (first, second)] == [NONE, NONE]


@pytest.mark.gen_test
async def test_who_reads_is_told_when_he_is_live_again(house: House, hand_clock: HandClock) -> None:
    desk = await Desk.of(house)
    connection, paper = await desk.connect()
    connection.transport.unsent_bytes = 2**30  # type: ignore[misc]
    free = asyncio.Event()
    paper.drained = free.wait  # type: ignore[method-assign,assignment]
    hand_clock.move(1)
    await desk.send()
    await desk.unread.tell_moved()
    await desk.count_all()
    assert told(paper) == []
    paper.unsent_bytes = 0
    free.set()
    await until(lambda: connection.state == "live")
    await desk.count_all()
    assert [counts(frame) for frame in told(paper)] == [{**NONE, "messages": 1}]


@pytest.mark.gen_test
async def test_who_goes_while_he_is_counted_leaves_nothing(
    house: House, hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await Desk.of(house)
    connection, paper = await desk.connect()
    hand_clock.move(1)
    await desk.send()
    await desk.unread.tell_moved()
    mailboxes = house.inbox.mailboxes
    count = mailboxes.count_unread

    async def and_he_goes(user: User) -> Any:
        desk.live.close(connection)
        return await count(user)

    monkeypatch.setattr(mailboxes, "count_unread", and_he_goes)
    said = len(paper.frames)
    await desk.count_all()
    assert (len(paper.frames), desk.hub.counters(desk.bob.id), len(desk.hub)) == (said, None, 0)
    monkeypatch.setattr(mailboxes, "count_unread", count)
    _, again = await desk.connect()
    counted = {**NONE, "messages": 1, "at": hand_clock.at}
    assert orjson.loads(again.frames[0])["unread"] == counted


@pytest.mark.gen_test
async def test_what_is_known_of_one_who_is_back_is_made_sure_of(
    house: House, hand_clock: HandClock
) -> None:
    """Of who was away for a moment the ring says how much is unread; what it says is counted."""
    desk = await Desk.of(house)
    connection, _ = await desk.connect()
    desk.live.close(connection)
    hand_clock.move(2)
    await desk.send()
    connection, paper = await desk.connect()
    assert orjson.loads(paper.frames[0])["unread"]["messages"] == 1
    connection.told_unread = {**NONE, "messages": 7}
    assert await desk.count_all() == 1
    assert counts(told(paper)[-1]) == {**NONE, "messages": 1}


@pytest.mark.gen_test
async def test_a_crowd_is_counted_together_and_each_gets_his_own(house: House) -> None:
    copies: list[dict[str, Any]] = [
        {"_id": 900 + n, "user": 70 + n % 5, "kind": kind, "deleted": n == 6, "is_read": n == 7}
        for n, kind in enumerate([MESSAGE, NOTICE, NOTICE, NOTICE] * 5)
    ]
    copies[1]["expires_at"] = 50
    copies[2]["expires_at"] = 51
    deliveries = house.stores.deliveries
    await deliveries.add(copies)
    users = range(70, 76)
    expected = [
        {
            kind: sum(
                one["user"] == user
                and one["kind"] == kind
                and not one["deleted"]
                and not one["is_read"]
                and one.get("expires_at", 99) > 50
                for one in copies
            )
            for kind in (MESSAGE, NOTICE)
        }
        for user in users
    ]
    assert await asyncio.gather(*(deliveries.count_unread(n, 50) for n in users)) == expected
    assert [await deliveries.count_unread(n, 50) for n in users] == expected, "one by one"
