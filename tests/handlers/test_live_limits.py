"""What a client may send, how much of it, and that nobody is answered without end."""

import asyncio

import orjson
import pytest

from tests.handlers.raw_sockets import TEXT, RawSocket, choke
from tests.sites import Person, Site, until


class TestLimits:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"CARILLON_LIVE_FRAMES_PER_S": "20", "CARILLON_LIVE_MAX_FRAME_BYTES": "1000"}

    @pytest.mark.gen_test
    async def test_a_frame_may_be_as_long_as_the_limit_and_no_longer(self, site: Site) -> None:
        (bob,) = await site.people("bob")
        socket = await RawSocket.connect(site, bob)
        start, end = b'{"type":"ping","x":"', b'"}'
        longest = start + b"x" * (1_000 - len(start) - len(end)) + end
        socket.send(TEXT, longest)
        assert await socket.json() == {"type": "pong"}
        socket.send(TEXT, longest + b" ")
        assert (await socket.closing()).code == 1009

    @pytest.mark.gen_test
    async def test_a_long_message_in_short_fragments_is_long(self, site: Site) -> None:
        (bob,) = await site.people("bob")
        socket = await RawSocket.connect(site, bob)
        socket.send(TEXT, b"x" * 600, final=False)
        socket.send(0, b"x" * 600)
        assert (await socket.closing()).code == 1009

    @pytest.mark.gen_test
    async def test_a_code_arrives_though_much_more_was_on_its_way(self, site: Site) -> None:
        """A connection closed with unread bytes is reset, and its last words are lost."""
        (bob,) = await site.people("bob")
        socket = await RawSocket.connect(site, bob)
        socket.send(TEXT, b"x" * 5_000_000)
        assert (await socket.closing()).code == 1009

    @pytest.mark.gen_test
    async def test_too_many_frames_end_the_connection(self, site: Site) -> None:
        (bob,) = await site.people("bob")
        socket = await RawSocket.connect(site, bob)
        for _ in range(20):
            socket.send(TEXT, b'{"type":"ping"}')
        assert [await socket.json() for _ in range(20)] == [{"type": "pong"}] * 20
        for _ in range(40):
            socket.send(TEXT, b'{"type":"ping"}')
        assert (await socket.closing()).code == 3502

    @pytest.mark.gen_test
    @pytest.mark.parametrize("opcode", [0x9, 0xA])
    async def test_frames_of_the_protocol_itself_count_too(self, site: Site, opcode: int) -> None:
        (bob,) = await site.people("bob")
        socket = await RawSocket.connect(site, bob)
        for _ in range(30):
            socket.send(opcode, b"x")
        assert (await socket.closing()).code == 3502


@pytest.mark.gen_test
async def test_what_comes_after_the_close_has_no_effect(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    await site.send(alice, "one", bob)
    before = (await site.request("GET", "/messages/", bob)).json
    socket = await RawSocket.connect(site, bob)
    await site.app.accounts.credentials.revoke_token(bob.token)
    bob = Person(bob.id, bob.name, await site.app.accounts.credentials.make_token(bob.id))
    socket.send(TEXT, orjson.dumps({"type": "delete", "ids": [before[0]["id"]]}))
    assert (await socket.closing()).code == 3500
    assert (await site.request("GET", "/messages/", bob)).json == before


class TestAGreedyClient:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {
            "CARILLON_LIVE_MAX_UNSENT_BYTES": "1000",
            "CARILLON_LIVE_FRAMES_PER_S": "100000",
        }

    @pytest.mark.gen_test
    async def test_who_asks_without_reading_is_not_answered_without_end(self, site: Site) -> None:
        (bob,) = await site.people("bob")
        socket = await RawSocket.connect(site, bob)
        (connection,) = site.app.live.hub
        choke(connection, socket)
        asking = asyncio.create_task(self._ask(socket))
        await until(lambda: connection.is_lagging)
        most = 0
        for _ in range(100):
            await asyncio.sleep(0)
            most = max(most, connection.transport.unsent_bytes)
        assert most < 2_000
        asking.cancel()
        await socket.hang_up()

    async def _ask(self, socket: RawSocket) -> None:
        while True:
            for _ in range(1_000):
                socket.send(TEXT, b'{"type":"no","ref":"%b"}' % (b"r" * 100))
            await socket.writer.drain()
