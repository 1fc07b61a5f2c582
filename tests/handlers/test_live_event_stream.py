"""The server's end of an event stream, over a real socket: who is there, and how it ends."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from handlers.live.event_stream import EventStream
from push import frames
from tests.sites import LIMIT_S, Person, Site, until

LARGE = frames.change("sent", version=1, revision=1, item={"id": 1, "content": "x" * 4_000_000})


class Door:
    """A stream, and its peer, who reads when he is told to."""

    def __init__(self, stream: EventStream, peer: socket.socket):
        self.stream, self._peer = stream, peer

    async def read(self, size: int = 1 << 16) -> bytes:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(LIMIT_S):
            return await loop.sock_recv(self._peer, size)

    async def read_all(self) -> bytes:
        text = b""
        while more := await self.read(1 << 20):
            text += more
        return text

    def hang_up(self) -> None:
        self._peer.close()


@asynccontextmanager
async def door(*, is_chunked: bool = True) -> AsyncIterator[Door]:
    loop = asyncio.get_running_loop()
    stream = EventStream(lambda: None, is_chunked=is_chunked, silent_s=LIMIT_S)
    server = await loop.create_server(lambda: stream, "127.0.0.1", 0)
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        peer.setblocking(False)
        await loop.sock_connect(peer, server.sockets[0].getsockname())
        await until(lambda: stream._transport is not None)
        yield Door(stream, peer)
    await stream.ended()
    server.close()
    await server.wait_closed()


@pytest.mark.gen_test
async def test_a_peer_is_asked_for_only_where_nothing_moves() -> None:
    async with door() as one:
        assert not one.stream.ping()
        one.stream.write(LARGE)
        assert one.stream.unsent_bytes
        assert not one.stream.ping(), "it was not asked before"
        assert one.stream.ping(), "nothing moved"
        waiting = one.stream.unsent_bytes
        while one.stream.unsent_bytes == waiting:
            await one.read()
        assert not one.stream.ping()
        while one.stream.unsent_bytes:
            await one.read()
        assert [one.stream.ping() for _ in range(3)] == [False] * 3


@pytest.mark.gen_test
@pytest.mark.parametrize("is_chunked", [True, False])
async def test_it_ends_with_the_reason(is_chunked: bool) -> None:
    async with door(is_chunked=is_chunked) as one:
        one.stream.close(3001, "leaving")
        one.stream.write(frames.PONG)
        text = await one.read_all()
        event = b'event: close\ndata: {"type":"close","code":3001,"reason":"leaving"}\n\n'
        assert text.endswith(b"\r\n0\r\n\r\n" if is_chunked else event)
        assert event in text
        assert text.startswith(b"retry: ") is not is_chunked


@pytest.mark.gen_test
async def test_who_does_not_take_the_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.live.event_stream.CLOSE_LIMIT_S", 0.1)
    async with door() as one:
        one.stream.write(LARGE)
        one.stream.close(1001, "")
        async with asyncio.timeout(LIMIT_S / 2):
            await one.stream.ended()
        assert one.stream.unsent_bytes == 0


@pytest.mark.gen_test
async def test_who_waits_for_a_peer_that_goes_is_told() -> None:
    async with door() as one:
        one.stream.write(LARGE)
        waiting = asyncio.create_task(one.stream.drained())
        await asyncio.sleep(0)
        assert not waiting.done()
        one.hang_up()
        with pytest.raises(ConnectionError):
            await waiting
        one.stream.write(frames.PONG)
        assert one.stream.unsent_bytes == 0


async def first_lines(site: Site, who: Person, version: str) -> list[bytes]:
    """What an answer in this version of HTTP begins with behind its head, which comes first."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    head = f"GET /live/events HTTP/{version}\r\nHost: x\r\nAuthorization: Token {who.token}\r\n\r\n"
    writer.write(head.encode())
    async with asyncio.timeout(LIMIT_S):
        head_of_answer = await reader.readuntil(b"\r\n\r\n")
        lines = [head_of_answer.lower(), await reader.readline(), await reader.readline()]
    writer.transport.abort()
    with suppress(OSError):
        await writer.wait_closed()
    return lines


@pytest.mark.gen_test
async def test_older_clients_get_it_without_chunks(site: Site) -> None:
    bob = await site.person("bob")
    head, first, second = await first_lines(site, bob, "1.1")
    assert b"transfer-encoding: chunked" in head
    assert int(first, 16) > 0
    assert second.startswith(b"retry: ")
    head, first, second = await first_lines(site, bob, "1.0")
    assert b"transfer-encoding" not in head
    assert first.startswith(b"retry: ")
    assert second == b"\n"
