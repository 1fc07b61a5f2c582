"""Where a websocket does not pass, the Python client finds another way, and misses nothing."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from carillon_client import Carillon, Change, Reset, SignedOut, Timing, Unread
from carillon_client.ways import BEST_AGAIN_S, Choice

from tests.clients.barrier import Barrier, no_streams, no_upgrades
from tests.conftest import StoreUris, settings_for
from tests.sites import Site, until, within

QUICK = Timing(first_wait_s=0.02, longest_wait_s=0.1, handshake_s=1.0, stable_s=1.0)


@pytest.fixture
def site(io_loop: Any, store_uris: StoreUris, database_name: str) -> Iterator[Site]:
    with within(io_loop, Site(settings_for(database_name), store_uris)) as made:
        yield made


class Listener:
    """A program that keeps all that it was handed."""

    def __init__(self, client: Carillon):
        self.client = client
        self.changes: list[Change] = []
        self.others: list[object] = []
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for event in self.client.events():
            (self.changes if isinstance(event, Change) else self.others).append(event)  # type: ignore[arg-type]

    @property
    def contents(self) -> list[str]:
        return [change.item["content"] for change in self.changes if not change.is_deleted]


@pytest.mark.gen_test(timeout=40)
@pytest.mark.parametrize(("judge", "way"), [(no_upgrades, "events"), (no_streams, "polling")])
async def test_behind_a_proxy_that_bars_the_best_way(site: Site, judge: Any, way: str) -> None:
    alice, bob = await site.people("alice", "bob")
    async with (
        Barrier(site.port, judge) as barrier,
        Carillon(barrier.base, bob.token, timing=QUICK) as client,
    ):
        heard = Listener(client)
        await until(lambda: client.is_online and client.way == way, 20)
        for n in range(3):
            await site.send(alice, f"m{n}", bob)
        await until(lambda: len(heard.changes) == 3)
        barrier.cut()
        await site.send(alice, "while away", bob)
        await until(lambda: len(heard.changes) == 4)
        await client.mark_read("message", [heard.changes[0].id])
        await until(lambda: len(heard.changes) == 5)
        await client.renew()
        await site.send(alice, "after", bob)
        await until(lambda: len(heard.changes) == 6)
        assert heard.contents == ["m0", "m1", "m2", "while away", "m0", "after"]
        assert [one.version for one in heard.changes] == [1, 1, 1, 1, 2, 1]
        assert client.way == way
        await until(lambda: client.unread == Unread(messages=4), 5)
        assert not [one for one in heard.others if isinstance(one, Reset)]
        await site.app.accounts.credentials.revoke_token(bob.token)
        with pytest.raises(SignedOut):
            await asyncio.wait_for(heard.task, 10)


@pytest.mark.gen_test(timeout=30)
async def test_a_server_that_is_away_is_no_reason_to_leave_the_best_way(site: Site) -> None:
    bob = await site.person("bob")
    async with Barrier(site.port, lambda _: "") as barrier:
        base = barrier.base
    async with Carillon(base, bob.token, timing=QUICK) as client:
        heard = Listener(client)
        await asyncio.sleep(0.5)  # several attempts; none of them reaches anybody
        assert client.way == "websocket"
        assert not heard.task.done()
        heard.task.cancel()


def test_the_choice_of_a_way() -> None:
    choice = Choice(("websocket", "events", "polling"))
    choice.failed()
    choice.worked()
    choice.failed()
    assert str(choice.name) == "websocket"
    choice.failed()
    assert str(choice.name) == "events"
    assert choice.refused()
    assert str(choice.name) == "polling"
    choice.worked()
    choice.was_lost(1.0)
    assert str(choice.name) == "polling"
    choice.was_lost(BEST_AGAIN_S + 1)
    assert str(choice.name) == "websocket"
    assert [choice.refused() for _ in range(3)] == [True, True, False]
