"""A client that stops reading stays, costs little, holds up nobody, and misses nothing."""

import asyncio

import pytest

from push.connection import READING
from tests.handlers.raw_sockets import RawSocket, choke, unchoke
from tests.handlers.readers import Reader, send
from tests.sites import Site


class TestWhoStopsReading:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"CARILLON_LIVE_MAX_UNSENT_BYTES": "50000", "CARILLON_LIVE_RING_BYTES": "1000000"}

    @pytest.mark.gen_test(timeout=30)
    @pytest.mark.parametrize("count", [30, 150])
    async def test_he_stays_holds_up_nobody_and_catches_up(self, site: Site, count: int) -> None:
        """30 messages are still in the ring when he reads again, 150 are not."""
        alice, bob = await site.people("alice", "bob")
        quick, stalled = await Reader.come(site, bob), await RawSocket.connect(site, bob)
        connection = site.app.live.hub.of_user(bob.id)[1]
        choke(connection, stalled)
        text, most = "x" * 20_000, 0
        for n in range(count):
            await send(site, alice, f"{n} {text}", bob)
            assert (await asyncio.wait_for(quick.news(), 2))["item"]["content"][
                :5
            ] == f"{n} {text}"[:5]
            most = max(most, connection.transport.unsent_bytes)
        assert connection.state == READING
        assert most < 50_000 + 21_000
        seen: set[int] = set()
        unchoke(stalled)
        while len(seen) < count:
            frame = await stalled.json()
            most = max(most, connection.transport.unsent_bytes)
            if frame["type"] == "change":
                seen.add(int(frame["item"]["content"].split()[0]))
        assert most < 50_000 + 512 * 1024
        await send(site, alice, "and live", bob)
        while (await stalled.json()).get("item", {}).get("content") != "and live":
            pass
        await stalled.hang_up()
        await quick.close()
