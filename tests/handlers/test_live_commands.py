"""How many commands to the database connecting costs, and coming back: each is a round trip."""

import asyncio

import pytest

from push.counters import SKEW_US
from tests.commands_sent import BEHIND, Commands, counted_site
from tests.conftest import StoreUris
from tests.sites import Person, Site, Socket, until

COUNTS = ["aggregate inbox_deliveries"] * 2  # of unread messages, of unread notices
IDENTITY = ["find accounts_tokens", "find accounts_users", "find accounts_groups"]
HEADS = ["find announcements", "find inbox_notices"]
MANY = 40


def sent(commands: Commands) -> list[str]:
    """What was sent, without what goes on at any time; counts are not among that here."""
    mine = {one for one in BEHIND if one[0] != "aggregate"}
    return sorted(str(one) for one in commands.sent if (one.name, one.of) not in mine)


async def came(site: Site, commands: Commands, who: Person, since: str | None = None) -> list[str]:
    """What coming costs until the server says where it goes on from."""
    commands.sent.clear()
    socket = await site.socket(who, since)
    found = sent(commands)
    await socket.close()
    return found


@pytest.mark.gen_test(timeout=60)
async def test_what_connecting_costs(store_uris: StoreUris, database_name: str) -> None:
    async with counted_site(store_uris, database_name) as (site, commands):
        alice, bob = await site.people("alice", "bob")
        assert await came(site, commands, bob) == sorted(IDENTITY + HEADS + COUNTS)
        assert await came(site, commands, bob) == [], "who was here a moment ago is known"
        assert await came(site, commands, alice) == sorted(IDENTITY[:2] + COUNTS)
        cursor = site.app.live._caught_up().encode()
        surely_later = site.app.clock.now() + 2 * SKEW_US
        await until(lambda: site.app.clock.now() > surely_later)
        for n in range(20):
            await site.send(alice, f"{n}", bob)
        assert await came(site, commands, bob, cursor) == [], "the ring tells what was missed"


@pytest.mark.gen_test(timeout=60)
async def test_many_at_once_ask_together(store_uris: StoreUris, database_name: str) -> None:
    async with counted_site(store_uris, database_name) as (site, commands):
        people = await site.people(*(f"u{n}" for n in range(MANY)))
        cursor = site.app.live._caught_up().encode()
        commands.sent.clear()
        sockets: list[Socket] = await asyncio.gather(*(site.socket(one, cursor) for one in people))
        found = sent(commands)
        assert found.count(COUNTS[0]) < MANY // 2, "a crowd is counted together"
        assert len(found) < MANY, "who is calling is asked for many together"
        await asyncio.gather(*(one.close() for one in sockets))
