"""A change is its record: finished by anybody, done once, told to all (live, "A change")."""

from dataclasses import replace
from typing import Any

import pytest

from domain.clock import DAY, MINUTE, SECOND
from domain.errors import Unavailable
from domain.records import Lease
from models.database import Document
from services.changes import Draft
from services.inbox import DELETED, READ, UNREAD
from tests.conftest import HandClock, StoreUris
from tests.services.houses import House
from tests.services.pairs import Killed, Pair, copies, told

STEPS = [
    ("deliveries", "add", False),
    ("deliveries", "add", True),
    ("messages", "add", True),
]


@pytest.mark.gen_test
@pytest.mark.parametrize(("store", "step", "after"), STEPS)
async def test_a_send_that_was_left_is_finished_once_by_another(
    pair: Pair, store: str, step: str, after: bool
) -> None:
    second, bob, clock = pair.second, pair.bob, pair.clock
    carol = await pair.first.user("carol")
    pair.kill_first(store, step, after=after)
    with pytest.raises(Killed):
        await pair.send("hello", carol)
    await second.changes.look()
    assert second.heard == []  # the lease still runs
    await pair.look_when_the_lease_is_over()
    (his,), (hers,) = await copies(second, bob.id), await copies(second, carol.id)
    assert [his["content"], hers["content"]] == ["hello", "hello"]
    assert hers["_id"] == his["_id"] + 1
    (message,) = await second.stores.messages.listed(pair.alice.id, None, None)
    assert message["recipients"] == [bob.id, carol.id]
    (event,) = second.heard
    assert event.revision > clock.at - SECOND, "what is finished for another is stamped again"
    assert min(his["revision"], hers["revision"], message["revision"]) == event.revision
    assert his["version"] == 1
    await second.changes.look()
    assert len(second.heard) == 1


@pytest.mark.gen_test
async def test_two_finishers_make_one_message(pair: Pair) -> None:
    await pair.leave()
    await pair.look_when_the_lease_is_over()
    await pair.second.changes.settle()
    await pair.first.changes.look()
    assert await pair.has_one()
    assert [len(pair.first.heard), len(pair.second.heard)] == [1, 1]


@pytest.mark.gen_test
async def test_a_late_finisher_brings_nothing_deleted_back(pair: Pair) -> None:
    """Hole H4."""
    pair.kill_first("deliveries", "add", after=True)
    with pytest.raises(Killed):
        await pair.send()
    copy = await pair.copy()
    await pair.second.inbox.mark(pair.bob, ["message"], [copy["_id"]], DELETED)
    await pair.look_when_the_lease_is_over()
    assert await copies(pair.second, pair.bob.id) == []


@pytest.mark.gen_test
async def test_a_finisher_passes_over_accounts_that_are_gone(pair: Pair) -> None:
    carol = await pair.first.user("carol")
    await pair.leave("hello", carol)
    await pair.second.app.accounts.delete(pair.bob.id)
    await pair.look_when_the_lease_is_over()
    assert await copies(pair.second, pair.bob.id) == []
    assert len(await copies(pair.second, carol.id)) == 1


@pytest.mark.gen_test
async def test_a_late_mark_undoes_no_later_decision(pair: Pair) -> None:
    """Hole H7: the order of decisions is that of their records, not of their effects."""
    await pair.send()
    ids = [(await pair.copy())["_id"]]
    pair.kill_first("deliveries", "mark")
    with pytest.raises(Killed):
        await pair.first.inbox.mark(pair.bob, ["message"], ids, READ)
    pair.clock.move(0.1)
    await pair.second.inbox.mark(pair.bob, ["message"], ids, READ)
    await pair.second.inbox.mark(pair.bob, ["message"], ids, UNREAD)
    await pair.look_when_the_lease_is_over()
    copy = await pair.copy()
    assert (copy["is_read"], copy["version"]) == (False, 3)


@pytest.mark.gen_test
async def test_a_look_hears_what_was_not_published(pair: Pair) -> None:
    """Hole H2: reads and deletes survive a lost publish as sends do."""
    first, second = pair.first, pair.second
    await pair.send()
    ids = [(await pair.copy())["_id"]]
    await first.inbox.mark(pair.bob, ["message"], ids, READ)
    await first.inbox.mark(pair.bob, ["message"], ids, DELETED)
    await first.changes.settle()
    await second.changes.look()
    # The read was overtaken by the delete before anybody looked: its version may be skipped.
    assert [frame[:60] for frame in told(second)] == [
        frame[:60] for frame in told(first) if '"is_read":true' not in frame
    ]
    await second.changes.look()
    assert len(second.heard) == 3


@pytest.mark.gen_test
async def test_a_look_that_was_away_for_long_finds_what_was_settled_meanwhile(pair: Pair) -> None:
    await pair.second.changes.look()
    await pair.send()
    await pair.first.changes.settle()
    pair.clock.move(120)
    await pair.second.changes.look()
    assert len(pair.second.heard) == 1


@pytest.mark.gen_test
async def test_what_is_settled_late_is_heard_by_later_looks(pair: Pair) -> None:
    await pair.send()
    for _ in range(12):  # each look passes over the record, for it is not settled
        pair.clock.move(2)
        pair.second.changes._looked = pair.clock.at  # as a look that found nothing
    await pair.first.changes.settle()
    await pair.second.changes.look()
    assert len(pair.second.heard) == 1


@pytest.mark.gen_test
async def test_effects_that_come_late_are_stamped_again(pair: Pair) -> None:
    """Hole H1: nothing may appear that is older than half the overlap."""
    first, clock = pair.first, pair.clock
    real = first.stores.deliveries.add

    async def slow(documents: list[Document]) -> None:
        clock.move(6)
        await real(documents)

    pair.patch.setattr(first.stores.deliveries, "add", slow)
    await pair.send()
    copy = await pair.copy()
    (event,) = first.heard
    assert copy["revision"] >= clock.at
    assert event.revision == copy["revision"]
    assert copy["sent_on"] < copy["revision"] - 5 * SECOND
    (record,) = await first.records.left(clock.at + 60 * SECOND)
    assert record.revision == copy["revision"]


@pytest.mark.gen_test
@pytest.mark.expects_log("is dead")
async def test_a_record_that_fails_again_and_again_is_buried(pair: Pair) -> None:
    await pair.leave("poison")

    async def fail(*_: Any) -> int:
        raise RuntimeError("poison")

    pair.patch.setattr(pair.second.stores.deliveries, "add", fail)
    for _ in range(7):
        try:
            await pair.look_when_the_lease_is_over()
        except RuntimeError:
            continue
    assert await pair.second.records.left(pair.clock.at + 60 * SECOND) == []


@pytest.mark.gen_test
@pytest.mark.expects_log("is dead")
async def test_what_was_left_for_a_day_is_finished_no_more(pair: Pair) -> None:
    """Hole H4: what it would make may have been deleted, and the tombstone be gone, by then."""
    await pair.leave("old")
    pair.clock.move((DAY + MINUTE) / SECOND)
    await pair.second.changes.look()
    assert not await pair.has_one()
    assert await pair.second.records.left(pair.clock.at) == []


@pytest.mark.gen_test
@pytest.mark.expects_log("is left to be finished")
async def test_after_the_commit_the_answer_is_success_whatever_fails(pair: Pair) -> None:
    async def fail(*_: Any) -> int:
        raise Unavailable

    pair.patch.setattr(pair.first.stores.deliveries, "add", fail)
    answer = await pair.send()
    assert answer.answer["content"] == "hello"
    assert pair.first.heard == []
    await pair.look_when_the_lease_is_over()
    assert await pair.has_one()


@pytest.mark.gen_test
async def test_a_process_whose_lease_was_taken_leaves_the_rest_to_the_other(pair: Pair) -> None:
    first = pair.first
    real = first.stores.deliveries.add

    async def pause(documents: list[Document]) -> None:
        """As a process that was stopped for a while just before its effects."""
        await pair.look_when_the_lease_is_over()
        await real(documents)

    pair.patch.setattr(first.stores.deliveries, "add", pause)
    await pair.send()
    assert (await pair.copy())["version"] == 1
    await first.changes.settle()
    heads = await first.records.heads(0, pair.clock.at + 60 * SECOND, but_by="")
    (record,) = await first.records.whole(heads) or (None,)
    assert record is None or record.lease != Lease("", 0)


@pytest.mark.gen_test
async def test_a_look_reads_what_others_carried_out(pair: Pair) -> None:
    first, second = pair.first, pair.second
    await pair.send()
    await first.changes.settle()
    until = pair.clock.at + 60 * SECOND
    for reader, count in ((first, 0), (second, 1)):
        heads = await reader.records.heads(0, until, but_by=reader.carillon.process)
        assert len(heads) == count
    await second.changes.look()
    assert [len(first.heard), len(second.heard)] == [1, 1]


@pytest.mark.gen_test
async def test_stamps_follow_what_was_heard_from_a_process_ahead(
    io_loop: Any, store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    """Hole H7: a process that starts behind the newest record stamps after it."""
    ahead = HandClock(hand_clock.at + 90 * SECOND)  # further than a look reads
    async with House(database_name, store_uris, ahead) as first:
        alice, bob = await first.user("alice"), await first.user("bob")
        earlier = await first.send(alice, "earlier", bob)
        await first.changes.settle()
        async with House(database_name, store_uris, hand_clock) as second:
            later = await second.send(alice, "later", bob)
            assert later.revision > earlier.revision


@pytest.mark.gen_test
async def test_a_job_asked_for_twice_makes_one_change(pair: Pair) -> None:
    first = pair.first
    await pair.send()
    copy = await pair.copy()
    draft = Draft("inbox.expire", None, {"first_id": copy["_id"], "count": 1}, id="job:1")
    await first.changes.make(draft)
    await first.changes.settle()
    await pair.second.changes.make(replace(draft))
    assert [len(first.heard), await copies(first, pair.bob.id)] == [2, []]
