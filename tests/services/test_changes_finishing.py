"""What was left is finished by one at a time, and holds up nothing else (live, "A change")."""

import asyncio
import gc
from typing import Any

import pytest

from domain.clock import HOUR, SECOND
from domain.errors import Unavailable
from domain.records import Key
from services import finishing, turns
from tests.services.pairs import LEASE_S, Killed, Pair, copies, kill_at


@pytest.mark.gen_test
async def test_who_works_on_a_record_for_long_keeps_its_lease(pair: Pair) -> None:
    """A send to thousands takes longer than a lease before its first copy is written."""
    pair.patch.setattr(turns, "RENEWED_EVERY_S", 0.02)
    real = pair.first.stores.deliveries.add
    attempts = []

    async def slow(documents: Any) -> None:
        for _ in range(4):
            pair.clock.move(2)
            await asyncio.sleep(0.1)
            await pair.second.changes.look()
        (record,) = await pair.second.records.left(pair.clock.at + 60 * SECOND)
        attempts.append(record.attempts)
        await real(documents)

    pair.patch.setattr(pair.first.stores.deliveries, "add", slow)
    await pair.send()
    assert attempts == [0]
    assert await pair.has_one()


@pytest.mark.gen_test
async def test_who_lost_the_lease_writes_nothing_more(pair: Pair) -> None:
    """The rest of a large send is the other's, who has given it other places already."""
    await pair.leave()
    first, written = pair.first, list[int]()
    (record,) = await first.records.left(pair.clock.at + 60 * SECOND)
    turn = turns.Turn(record, first.records, first.changes.clock, 10 * SECOND)

    async def write(stamp: int) -> None:
        written.append(stamp)

    await turn.write(write, write)
    assert written == [record.revision]
    await pair.look_when_the_lease_is_over()
    with pytest.raises(turns.LeaseLost):
        await turn.write(write, write)
    assert written == [record.revision]


@pytest.mark.gen_test
async def test_a_look_is_not_held_up_by_what_it_finishes(pair: Pair) -> None:
    second = pair.second
    pair.patch.setattr(finishing, "WAITED_S", 0.05)
    await pair.leave("large")
    pair.clock.move(LEASE_S + 1)
    may_go_on, real = asyncio.Event(), second.stores.deliveries.add

    async def stuck(documents: Any) -> None:
        await may_go_on.wait()
        await real(documents)

    pair.patch.setattr(second.stores.deliveries, "add", stuck)
    await second.changes.look()
    await pair.send("small")
    await pair.first.changes.settle()
    await second.changes.look()
    assert len(second.heard) == 1, "what others sent meanwhile"
    may_go_on.set()
    pair.patch.setattr(finishing, "WAITED_S", 10)
    await second.changes.look()
    assert len(second.heard) == 2
    assert len(await copies(second, pair.bob.id)) == 2


@pytest.mark.gen_test
async def test_what_fails_after_its_look_is_raised_by_the_next(pair: Pair) -> None:
    """Also when the record is begun again by then: no failure is left to nobody."""
    second = pair.second
    pair.patch.setattr(finishing, "WAITED_S", 0.05)
    await pair.leave()
    pair.clock.move(LEASE_S + 1)
    goes_away, real = asyncio.Event(), second.records.take_over
    nobodys: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: nobodys.append(context))

    async def lost(*_: Any) -> bool:
        await goes_away.wait()
        raise Unavailable("the database is away")

    pair.patch.setattr(second.records, "take_over", lost)
    await second.changes.look()
    goes_away.set()
    await asyncio.sleep(0)
    pair.patch.setattr(second.records, "take_over", real)
    with pytest.raises(Unavailable):
        await second.changes.look()
    pair.patch.setattr(finishing, "WAITED_S", 10)
    await second.changes.look()
    gc.collect()
    assert [nobodys, len(second.heard)] == [[], 1]


@pytest.mark.gen_test
async def test_what_is_settled_late_is_heard_also_when_its_process_dies_right_then(
    pair: Pair,
) -> None:
    first, second = pair.first, pair.second
    await pair.send()
    pair.clock.move(12)
    pair.patch.setattr(second.changes, "_looked", pair.clock.at)  # as if it had found nothing
    kill_at(pair.patch, first.records, "settle", after=True)
    with pytest.raises(Killed):
        await first.changes.settle()
    await second.changes.look()
    assert len(second.heard) == 1


@pytest.mark.gen_test
async def test_what_is_settled_late_is_heard_once(pair: Pair) -> None:
    first, second = pair.first, pair.second
    await pair.send()
    for event in first.heard:
        second.changes.hear(event)
    pair.clock.move(8)
    await first.changes.settle()
    for _ in range(8):
        await first.changes.look()
        await second.changes.look()
        pair.clock.move(2)
    assert [len(first.heard), len(second.heard)] == [1, 1]


@pytest.mark.gen_test
async def test_a_process_that_slept_for_hours_hears_again_and_vouches_for_nothing_before(
    pair: Pair,
) -> None:
    """Records without a key are gone by then, those with one have no content."""
    first, second = pair.first, pair.second
    slept_at = pair.clock.at
    key = Key(pair.alice.id, "POST", "/messages/send/", "k")
    await pair.send("old", key=key, fingerprint="f")
    await first.changes.settle()
    pair.clock.move(2 * HOUR / SECOND)
    await first.changes.tidy()
    await pair.send("new")
    await first.changes.settle()
    await second.changes.look()
    assert [b'"new"' in event.parts[0].frame for event in second.heard] == [True]
    assert second.changes.heard_from > slept_at + HOUR
