"""The feed of a process whose clock is behind another's (live, "The clock")."""

import pytest

from domain.clock import SECOND
from services.inbox import READ
from tests.conftest import HandClock, StoreUris
from tests.services.houses import House


@pytest.mark.gen_test
async def test_a_change_stamped_just_above_what_was_heard_is_read(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    """An item's revision rises above its last one, which a process ahead gave it."""
    ahead = HandClock(hand_clock.at + 4 * SECOND)
    async with (
        House(database_name, store_uris, ahead) as first,
        House(database_name, store_uris, hand_clock) as second,
    ):
        alice, bob = await first.user("alice"), await first.user("bob")
        cursor = second.app.live.feed.now()
        await first.send(alice, "hello", bob)
        (copy,) = await first.stores.deliveries.listed(
            bob.id, "message", is_read=None, since=None, until=None
        )
        await second.inbox.mark(bob, ["message"], [copy["_id"]], READ)
        for event in first.heard:
            second.changes.hear(event)
        page = await second.app.live.feed.read(bob, cursor, 10)
        assert [(item.version, item.is_read) for item in page.items] == [(2, True)]
