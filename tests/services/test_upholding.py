"""What is so already is decided too: a mark that is finished late does not undo it (hole H5)."""

from collections.abc import Sequence
from typing import Any

import pytest

from domain.accounts import User
from domain.clock import SECOND
from domain.errors import Unavailable
from domain.filters import InboxFilters
from services.inbox import READ, UNREAD, Sending
from services.turns import LEASE_US
from tests.conftest import HandClock
from tests.services.houses import House

LEASE_S = LEASE_US / SECOND
KINDS = ["message", "notice"]


async def away(*_: object) -> None:
    raise Unavailable("the database is away")


async def mailbox(house: House, hand_clock: HandClock) -> tuple[User, list[int]]:
    """Somebody with a message and with a notice to all, and their ids."""
    alice, bob = await house.user("alice"), await house.user("bob")
    hand_clock.move(1)
    await house.send(alice, "hello", bob)
    await house.inbox.broadcast(Sending(sender=alice, content="all", audience="everyone"))
    return bob, list(await states(house, bob))


async def states(house: House, user: User) -> dict[int, bool]:
    """Which of a person's items are read."""
    return {
        item.id: item.is_read
        for kind in KINDS
        for item in (await house.inbox.mailboxes.received(user, kind, None, InboxFilters()))[0]
    }


async def mark_and_fail(house: House, user: User, ids: Sequence[int]) -> None:
    """Mark as read: answered, but the database goes away before the effects."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house.stores.deliveries, "mark", away)
        patch.setattr(house.stores.receipts, "change", away)
        await house.inbox.mark(user, KINDS, ids, READ)


@pytest.mark.expects_log("is left to be finished")
@pytest.mark.gen_test
async def test_who_takes_a_mark_back_before_its_effects_has_the_last_word(
    two: tuple[House, House], hand_clock: HandClock
) -> None:
    first, second = two
    bob, ids = await mailbox(first, hand_clock)
    await mark_and_fail(first, bob, ids)
    assert await states(second, bob) == dict.fromkeys(ids, False)
    hand_clock.move(0.1)
    await second.inbox.mark(bob, KINDS, ids, UNREAD)
    hand_clock.move(LEASE_S + 1)
    await second.changes.look()
    await second.changes.settle()
    assert await first.records.left(hand_clock.at + 60 * SECOND) == []
    assert await states(second, bob) == dict.fromkeys(ids, False)
    await second.inbox.mark(bob, KINDS, ids, READ)
    assert await states(second, bob) == dict.fromkeys(ids, True)


@pytest.mark.expects_log("is left to be finished")
@pytest.mark.gen_test
async def test_what_changed_since_it_was_read_is_changed_back(
    two: tuple[House, House], hand_clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The effects come between the reading and the decision that all stays."""
    first, second = two
    bob, ids = await mailbox(first, hand_clock)
    await mark_and_fail(first, bob, ids)
    hand_clock.move(LEASE_S + 1)
    own = second.inbox.mailboxes.own

    async def and_it_is_finished(*args: Any) -> Any:
        found = await own(*args)
        await first.changes.look()
        assert await states(first, bob) == dict.fromkeys(ids, True)
        return found

    monkeypatch.setattr(second.inbox.mailboxes, "own", and_it_is_finished)
    await second.inbox.mark(bob, KINDS, ids, UNREAD)
    assert await states(second, bob) == dict.fromkeys(ids, False)


@pytest.mark.gen_test
async def test_what_is_so_already_makes_no_record_and_no_version(
    two: tuple[House, House], hand_clock: HandClock
) -> None:
    first, _ = two
    bob, ids = await mailbox(first, hand_clock)
    await first.inbox.mark(bob, KINDS, ids, READ)
    before = await first.inbox.mailboxes.own(bob, KINDS, ids)
    heard = len(first.heard)
    hand_clock.move(1)
    await first.inbox.mark(bob, KINDS, ids, READ)
    assert await first.inbox.mailboxes.own(bob, KINDS, ids) == before
    assert len(first.heard) == heard
