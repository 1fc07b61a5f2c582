"""What was left is finished by one at a time, and holds up nothing else (live, "A change")."""

import asyncio
import gc
from typing import Any

import pytest

from domain.clock import HOUR, SECOND
from domain.errors import Unavailable
from domain.records import Key
from services import finishing, turns
from services.turns import LEASE_US
from tests.conftest import HandClock
from tests.services.houses import House
from tests.services.test_changes import Killed, copies, kill_at

LEASE_S = LEASE_US / SECOND


@pytest.mark.gen_test
async def test_who_works_on_a_record_for_long_keeps_its_lease(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A send to thousands takes longer than a lease before its first copy is written."""
    monkeypatch.setattr(turns, "RENEWED_EVERY_S", 0.02)
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    real = first.stores.deliveries.add
    attempts = []

    async def slow(documents: Any) -> int:
        for _ in range(4):
            hand_clock.move(2)
            await asyncio.sleep(0.1)
            await second.changes.look()
        (record,) = await second.records.left(hand_clock.at + 60 * SECOND)
        attempts.append(record.attempts)
        return await real(documents)

    monkeypatch.setattr(first.stores.deliveries, "add", slow)
    await first.send(alice, "hello", bob)
    assert attempts == [0]
    assert len(await copies(first, bob.id)) == 1


@pytest.mark.gen_test
async def test_a_look_is_not_held_up_by_what_it_finishes(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finishing, "WAITED_S", 0.05)
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    kill_at(monkeypatch, first.stores.deliveries, "add")
    with pytest.raises(Killed):
        await first.send(alice, "large", bob)
    hand_clock.move(LEASE_S + 1)
    may_go_on, real = asyncio.Event(), second.stores.deliveries.add

    async def stuck(documents: Any) -> int:
        await may_go_on.wait()
        return await real(documents)

    monkeypatch.setattr(second.stores.deliveries, "add", stuck)
    await second.changes.look()
    await first.send(alice, "small", bob)
    await first.changes.settle()
    await second.changes.look()
    assert len(second.heard) == 1, "what others sent meanwhile"
    may_go_on.set()
    monkeypatch.setattr(finishing, "WAITED_S", 10)
    await second.changes.look()
    assert len(second.heard) == 2
    assert len(await copies(second, bob.id)) == 2


@pytest.mark.gen_test
async def test_what_fails_after_its_look_is_raised_by_the_next(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the record is begun again by then: no failure is left to nobody."""
    monkeypatch.setattr(finishing, "WAITED_S", 0.05)
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    kill_at(monkeypatch, first.stores.deliveries, "add")
    with pytest.raises(Killed):
        await first.send(alice, "hello", bob)
    hand_clock.move(LEASE_S + 1)
    goes_away, real = asyncio.Event(), second.records.take_over
    nobodys: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: nobodys.append(context))

    async def lost(*_: Any) -> bool:
        await goes_away.wait()
        raise Unavailable("the database is away")

    monkeypatch.setattr(second.records, "take_over", lost)
    await second.changes.look()
    goes_away.set()
    await asyncio.sleep(0)
    monkeypatch.setattr(second.records, "take_over", real)
    with pytest.raises(Unavailable):
        await second.changes.look()
    monkeypatch.setattr(finishing, "WAITED_S", 10)
    await second.changes.look()
    gc.collect()
    assert [nobodys, len(second.heard)] == [[], 1]


@pytest.mark.gen_test
async def test_what_is_settled_late_is_heard_also_when_its_process_dies_right_then(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    await first.send(alice, "hello", bob)
    hand_clock.move(12)
    monkeypatch.setattr(second.changes, "_looked", hand_clock.at)  # as if it had found nothing
    kill_at(monkeypatch, first.records, "settle", after=True)
    with pytest.raises(Killed):
        await first.changes.settle()
    await second.changes.look()
    assert len(second.heard) == 1


@pytest.mark.gen_test
async def test_what_is_settled_late_is_heard_once(
    two: tuple[House, House], hand_clock: HandClock
) -> None:
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    await first.send(alice, "hello", bob)
    for event in first.heard:
        second.changes.hear(event)
    hand_clock.move(8)
    await first.changes.settle()
    for _ in range(8):
        await first.changes.look()
        await second.changes.look()
        hand_clock.move(2)
    assert [len(first.heard), len(second.heard)] == [1, 1]


@pytest.mark.gen_test
async def test_a_process_that_slept_for_hours_hears_again_and_vouches_for_nothing_before(
    two: tuple[House, House], hand_clock: HandClock
) -> None:
    """Records without a key are gone by then, those with one have no content."""
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    slept_at = hand_clock.at
    key = Key(alice.id, "POST", "/messages/send/", "k")
    await first.send(alice, "old", bob, key=key, fingerprint="f")
    await first.changes.settle()
    hand_clock.move(2 * HOUR / SECOND)
    await first.changes.tidy()
    await first.send(alice, "new", bob)
    await first.changes.settle()
    await second.changes.look()
    assert [b'"new"' in event.parts[0].frame for event in second.heard] == [True]
    assert second.changes.heard_from > slept_at + HOUR
