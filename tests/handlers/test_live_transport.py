"""Frames that are written to the socket are, byte for byte, what Tornado writes."""

import asyncio
import socket
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import WebSocketHandler

from handlers.live.transport import SocketTransport
from tests.handlers.raw_sockets import RawSocket, handshake
from tests.sites import until

SIZES = [0, 1, 125, 126, 65_535, 65_536, 1 << 20]


class Echo(WebSocketHandler):
    """Lets a test write through either way."""

    opened: list["Echo"]

    def initialize(self, opened: list["Echo"]) -> None:
        self.opened = opened

    def open(self, *_: str, **__: str) -> None:
        self.opened.append(self)

    def on_message(self, message: str | bytes) -> None: ...


class Door:
    """A server's end and a client's end of one websocket."""

    async def __aenter__(self) -> "Door":
        opened: list[Echo] = []
        listening, port = bind_unused_port()
        self.http = HTTPServer(Application([("/", Echo, {"opened": opened})]))
        self.http.add_socket(listening)
        self.client, _ = await RawSocket.dial(port, handshake("/"))
        await until(lambda: opened)
        self.handler = opened[0]
        self.transport = SocketTransport(self.handler)
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.client.hang_up()
        self.http.stop()
        await self.http.close_all_connections()

    async def came(self, size: int) -> bytes:
        async with asyncio.timeout(10):
            return await self.client.reader.readexactly(size)

    def choke(self) -> None:
        """Let the connection hold little, so that bytes have to wait."""
        own = self.handler.ws_connection.stream.socket  # type: ignore[union-attr]
        own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        self.client.writer.transport.pause_reading()  # type: ignore[attr-defined]


@pytest.mark.gen_test
@pytest.mark.parametrize("size", SIZES)
async def test_a_frame_is_the_same_as_on_the_slow_path(size: int) -> None:
    payload = (b"\xc3\xa9" * (size // 2 + 1))[: size - size % 2] + b"x" * (size % 2)
    async with Door() as door:
        await door.handler.write_message(payload.decode())
        written = len(payload) + (2 if size < 126 else 4 if size < 65_536 else 10)
        expected = await door.came(written)
        door.transport.write(payload)
        assert await door.came(written) == expected


@pytest.mark.gen_test
async def test_several_frames_are_written_in_order_as_one() -> None:
    async with Door() as door:
        door.transport.write(b"a", b"", b"b" * 126)
        assert await door.came(3 + 2 + 130) == b"\x81\x01a\x81\x00\x81\x7e\x00\x7e" + b"b" * 126


@pytest.mark.gen_test
async def test_what_does_not_fit_waits_and_nothing_overtakes_it() -> None:
    payloads = [b"%d" % (n % 10) * 70_000 for n in range(80)]
    async with Door() as door:
        door.choke()
        for payload in payloads:
            door.transport.write(payload)
        assert door.transport.unsent_bytes > 1_000_000
        draining = asyncio.create_task(door.transport.drained())
        door.client.writer.transport.resume_reading()  # type: ignore[attr-defined]
        for payload in payloads:
            assert (await door.client.frame()).payload == payload
        await draining
        assert door.transport.unsent_bytes == 0


@pytest.mark.gen_test
async def test_a_peer_that_takes_what_waits_is_there_though_it_does_not_answer() -> None:
    async with Door() as door:
        assert door.transport.ping()
        door.choke()
        door.transport.write(*[b"x" * 1_000_000] * 8)
        assert door.transport.ping()
        assert door.transport.ping(), "nothing moved"
        waiting = door.transport.unsent_bytes
        door.client.writer.transport.resume_reading()  # type: ignore[attr-defined]
        reading = asyncio.create_task(door.client.reader.read(1 << 23))
        await until(lambda: door.transport.unsent_bytes < waiting)
        assert not door.transport.ping()
        await reading


@pytest.mark.gen_test
async def test_to_a_peer_that_is_gone_nothing_is_written() -> None:
    async with Door() as door:
        await door.client.hang_up()
        await until(lambda: door.handler.ws_connection is None)
        door.transport.write(b"a")
        assert door.transport.ping()
        assert door.transport.unsent_bytes == 0
        with pytest.raises(ConnectionError):
            await door.transport.drained()
