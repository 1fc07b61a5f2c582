"""A change is its record: finished by anybody, done once, told to all (live, "A change")."""

from dataclasses import replace
from typing import Any

import pytest

from domain.clock import SECOND
from domain.errors import Conflict, KeyReused, OutcomeUnknown, Unavailable
from domain.records import Key, Lease
from models.database import Document
from services.changes import Draft
from services.inbox import DELETED, READ, UNREAD
from services.turns import LEASE_US
from tests.conftest import HandClock, StoreUris
from tests.services.houses import House

LEASE_S = LEASE_US / SECOND


class Killed(BaseException):
    """The process ends here: nothing catches it, nothing after it runs."""


def kill_at(patch: pytest.MonkeyPatch, target: Any, step: str, *, after: bool = False) -> None:
    """Let a process die before (or after) one step of a change, once."""
    real = getattr(target, step)

    async def die(*args: Any, **kwargs: Any) -> Any:
        patch.setattr(target, step, real)
        if after:
            await real(*args, **kwargs)
        raise Killed

    patch.setattr(target, step, die)


async def copies(house: House, user: int) -> list[Document]:
    return await house.stores.deliveries.listed(
        user, "message", is_read=None, since=None, until=None
    )


def told(house: House) -> list[str]:
    """The frames that a process delivered, as text."""
    return [part.frame.decode() for event in house.heard for part in event.parts]


STEPS = [
    ("deliveries", "add", False),
    ("deliveries", "add", True),
    ("messages", "add", True),
]


@pytest.mark.gen_test
@pytest.mark.parametrize(("store", "step", "after"), STEPS)
async def test_a_send_that_was_left_is_finished_once_by_another(
    two: tuple[House, House],
    hand_clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
    store: str,
    step: str,
    after: bool,
) -> None:
    first, second = two
    alice, bob, carol = [await first.user(name) for name in ("alice", "bob", "carol")]
    kill_at(monkeypatch, getattr(first.stores, store), step, after=after)
    with pytest.raises(Killed):
        await first.send(alice, "hello", bob, carol)
    await second.changes.look()
    assert second.heard == []  # the lease still runs
    hand_clock.move(LEASE_S + 1)
    await second.changes.look()
    (his,), (hers,) = await copies(second, bob.id), await copies(second, carol.id)
    assert [his["content"], hers["content"]] == ["hello", "hello"]
    assert hers["_id"] == his["_id"] + 1
    (message,) = await second.stores.messages.listed(alice.id, None, None)
    assert message["recipients"] == [bob.id, carol.id]
    (event,) = second.heard
    assert event.revision > hand_clock.at - SECOND, "what is finished for another is stamped again"
    assert min(his["revision"], hers["revision"], message["revision"]) == event.revision
    assert his["version"] == 1
    await second.changes.look()
    assert len(second.heard) == 1


@pytest.mark.gen_test
async def test_two_finishers_make_one_message(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    kill_at(monkeypatch, first.stores.deliveries, "add")
    with pytest.raises(Killed):
        await first.send(alice, "hello", bob)
    hand_clock.move(LEASE_S + 1)
    await second.changes.look()
    await second.changes.settle()
    await first.changes.look()
    assert len(await copies(first, bob.id)) == 1
    assert [len(first.heard), len(second.heard)] == [1, 1]


@pytest.mark.gen_test
async def test_a_late_finisher_brings_nothing_deleted_back(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hole H4."""
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    kill_at(monkeypatch, first.stores.deliveries, "add", after=True)
    with pytest.raises(Killed):
        await first.send(alice, "hello", bob)
    (copy,) = await copies(second, bob.id)
    await second.inbox.mark(bob, ["message"], [copy["_id"]], DELETED)
    hand_clock.move(LEASE_S + 1)
    await second.changes.look()
    assert await copies(second, bob.id) == []


@pytest.mark.gen_test
async def test_a_finisher_passes_over_accounts_that_are_gone(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    alice, bob, carol = [await first.user(name) for name in ("alice", "bob", "carol")]
    kill_at(monkeypatch, first.stores.deliveries, "add")
    with pytest.raises(Killed):
        await first.send(alice, "hello", bob, carol)
    await second.app.accounts.delete(bob.id)
    hand_clock.move(LEASE_S + 1)
    await second.changes.look()
    assert await copies(second, bob.id) == []
    assert len(await copies(second, carol.id)) == 1


@pytest.mark.gen_test
async def test_a_late_mark_undoes_no_later_decision(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hole H7: the order of decisions is that of their records, not of their effects."""
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    await first.send(alice, "hello", bob)
    (copy,) = await copies(first, bob.id)
    kill_at(monkeypatch, first.stores.deliveries, "mark")
    with pytest.raises(Killed):
        await first.inbox.mark(bob, ["message"], [copy["_id"]], READ)
    hand_clock.move(0.1)
    await second.inbox.mark(bob, ["message"], [copy["_id"]], READ)
    await second.inbox.mark(bob, ["message"], [copy["_id"]], UNREAD)
    hand_clock.move(LEASE_S + 1)
    await second.changes.look()
    (copy,) = await copies(second, bob.id)
    assert (copy["is_read"], copy["version"]) == (False, 3)


@pytest.mark.gen_test
async def test_a_look_hears_what_was_not_published(
    two: tuple[House, House], hand_clock: HandClock
) -> None:
    """Hole H2: reads and deletes survive a lost publish as sends do."""
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    await first.send(alice, "hello", bob)
    (copy,) = await copies(first, bob.id)
    await first.inbox.mark(bob, ["message"], [copy["_id"]], READ)
    await first.inbox.mark(bob, ["message"], [copy["_id"]], DELETED)
    await first.changes.settle()
    await second.changes.look()
    # The read was overtaken by the delete before anybody looked: its version may be skipped.
    assert [frame[:60] for frame in told(second)] == [
        frame[:60] for frame in told(first) if '"is_read":true' not in frame
    ]
    await second.changes.look()
    assert len(second.heard) == 3


@pytest.mark.gen_test
async def test_a_look_that_was_away_for_long_finds_what_was_settled_meanwhile(
    two: tuple[House, House], hand_clock: HandClock
) -> None:
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    await second.changes.look()
    await first.send(alice, "hello", bob)
    await first.changes.settle()
    hand_clock.move(120)
    await second.changes.look()
    assert len(second.heard) == 1


@pytest.mark.gen_test
async def test_what_is_settled_late_is_heard_by_later_looks(
    two: tuple[House, House], hand_clock: HandClock
) -> None:
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    await first.send(alice, "hello", bob)
    for _ in range(12):  # each look passes over the record, for it is not settled
        hand_clock.move(2)
        second.changes._looked = hand_clock.at  # as a look that found nothing
    await first.changes.settle()
    await second.changes.look()
    assert len(second.heard) == 1


@pytest.mark.gen_test
async def test_effects_that_come_late_are_stamped_again(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hole H1: nothing may appear that is older than half the overlap."""
    first, _ = two
    alice, bob = await first.user("alice"), await first.user("bob")
    real = first.stores.deliveries.add

    async def slow(documents: list[Document]) -> int:
        hand_clock.move(6)
        return await real(documents)

    monkeypatch.setattr(first.stores.deliveries, "add", slow)
    await first.send(alice, "hello", bob)
    (copy,) = await copies(first, bob.id)
    (event,) = first.heard
    assert copy["revision"] >= hand_clock.at
    assert event.revision == copy["revision"]
    assert copy["sent_on"] < copy["revision"] - 5 * SECOND
    (record,) = await first.records.left(hand_clock.at + 60 * SECOND)
    assert record.revision == copy["revision"]


@pytest.mark.gen_test
@pytest.mark.expects_log("is dead")
async def test_a_record_that_fails_again_and_again_is_buried(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    kill_at(monkeypatch, first.stores.deliveries, "add")
    with pytest.raises(Killed):
        await first.send(alice, "poison", bob)

    async def fail(*_: Any) -> int:
        raise RuntimeError("poison")

    monkeypatch.setattr(second.stores.deliveries, "add", fail)
    for _ in range(7):
        hand_clock.move(LEASE_S + 1)
        try:
            await second.changes.look()
        except RuntimeError:
            continue
    assert await second.records.left(hand_clock.at + 60 * SECOND) == []


def key(user: int, text: str = "k") -> Key:
    return Key(user, "POST", "/messages/send/", text)


@pytest.mark.gen_test
async def test_a_key_makes_one_effect_and_gives_the_same_answer(two: tuple[House, House]) -> None:
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    more = {"key": key(alice.id), "fingerprint": "f"}
    one = await first.send(alice, "hello", bob, **more)
    assert await first.send(alice, "hello", bob, **more) == one
    await first.changes.settle()
    two_ = await second.send(alice, "hello", bob, **more)
    assert (one.answer, one.revision) == (two_.answer, two_.revision)
    assert len(await copies(first, bob.id)) == 1
    with pytest.raises(KeyReused):
        await second.send(alice, "other", bob, key=key(alice.id), fingerprint="g")


@pytest.mark.gen_test
async def test_a_key_whose_first_request_still_runs_is_a_conflict_until_its_lease_is_over(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    more = {"key": key(alice.id), "fingerprint": "f"}
    kill_at(monkeypatch, first.stores.deliveries, "add")
    with pytest.raises(Killed):
        await first.send(alice, "hello", bob, **more)
    with pytest.raises(Conflict):
        await second.send(alice, "hello", bob, **more)
    hand_clock.move(LEASE_S + 1)
    answer = await second.send(alice, "hello", bob, **more)
    assert answer.answer == {"recipient_ids": [bob.id], "content": "hello"}
    assert len(await copies(first, bob.id)) == 1


@pytest.mark.gen_test
async def test_an_acknowledgement_that_was_lost_can_be_repeated_under_its_key(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hole H5: the outcome is unknown, and repeating has one effect."""
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    more = {"key": key(alice.id), "fingerprint": "f"}
    real = first.records.add

    async def lose(record: Any) -> None:
        await real(record)
        raise OutcomeUnknown

    monkeypatch.setattr(first.records, "add", lose)
    with pytest.raises(OutcomeUnknown):
        await first.send(alice, "hello", bob, **more)
    hand_clock.move(LEASE_S + 1)
    await second.send(alice, "hello", bob, **more)
    assert len(await copies(second, bob.id)) == 1


@pytest.mark.gen_test
@pytest.mark.expects_log("is left to be finished")
async def test_after_the_commit_the_answer_is_success_whatever_fails(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")

    async def fail(*_: Any) -> int:
        raise Unavailable

    monkeypatch.setattr(first.stores.deliveries, "add", fail)
    answer = await first.send(alice, "hello", bob)
    assert answer.answer["content"] == "hello"
    assert first.heard == []
    hand_clock.move(LEASE_S + 1)
    await second.changes.look()
    assert len(await copies(second, bob.id)) == 1


@pytest.mark.gen_test
async def test_a_process_whose_lease_was_taken_leaves_the_rest_to_the_other(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    real = first.stores.deliveries.add

    async def pause(documents: list[Document]) -> int:
        """As a process that was stopped for a while just before its effects."""
        hand_clock.move(LEASE_S + 1)
        await second.changes.look()
        return await real(documents)

    monkeypatch.setattr(first.stores.deliveries, "add", pause)
    await first.send(alice, "hello", bob)
    (copy,) = await copies(first, bob.id)
    assert copy["version"] == 1
    await first.changes.settle()
    heads = await first.records.heads(0, hand_clock.at + 60 * SECOND)
    (record,) = await first.records.whole(heads) or (None,)
    assert record is None or record.lease != Lease("", 0)


@pytest.mark.gen_test
async def test_stamps_follow_what_was_heard_from_a_process_ahead(
    io_loop: Any, store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    """Hole H7: a process that starts behind the newest record stamps after it."""
    ahead = HandClock(hand_clock.at + 8 * SECOND)
    async with House(database_name, store_uris, ahead) as first:
        alice, bob = await first.user("alice"), await first.user("bob")
        earlier = await first.send(alice, "earlier", bob)
        await first.changes.settle()
        async with House(database_name, store_uris, hand_clock) as second:
            later = await second.send(alice, "later", bob)
            assert later.revision > earlier.revision


@pytest.mark.gen_test
async def test_a_job_asked_for_twice_makes_one_change(two: tuple[House, House]) -> None:
    first, second = two
    alice, bob = await first.user("alice"), await first.user("bob")
    await first.send(alice, "hello", bob)
    (copy,) = await copies(first, bob.id)
    draft = Draft("inbox.expire", None, {"first_id": copy["_id"], "count": 1}, id="job:1")
    await first.changes.make(draft)
    await first.changes.settle()
    await second.changes.make(replace(draft))
    assert [len(first.heard), await copies(first, bob.id)] == [2, []]
