"""Both ends of one websocket, its server's end without the accounts of the product."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any

from tornado.web import Application, RequestHandler

from handlers.live.handover import switch_protocols, take_over
from handlers.live.sockets import Sockets
from handlers.live.streamed import StreamedTransport
from handlers.live.strict import FrameReader
from handlers.live.transport import SocketTransport
from settings import Server
from tests.handlers.raw_sockets import RawSocket, handshake
from tests.servers import USUAL, answering
from tests.sites import until

MOST_UNSENT = 100_000


class Listener:
    """A peer that keeps what it is told, and works on messages as long as a test says."""

    def __init__(self, transport: SocketTransport):
        self.transport = transport
        self.messages: list[bytes] = []
        self.closes = self.frames = 0
        self.work: Callable[[bytes], Coroutine[None, None, None]] | None = None

    def on_frame(self) -> None:
        self.frames += 1

    def on_message(self, opcode: int, payload: bytes) -> Coroutine[None, None, None] | None:
        self.messages.append(payload)
        return None if self.work is None else self.work(payload)

    def on_pong(self) -> None: ...

    def fail(self, code: int, reason: str) -> None:
        self.transport.close(code, reason)

    def on_close(self) -> None:
        self.closes += 1


class Handler(RequestHandler):
    """The way of the product, without its accounts."""

    def initialize(self, door: "Door") -> None:
        self.door = door

    async def get(self) -> None:
        switch_protocols(self, None, None)
        reader = FrameReader(1 << 22)
        transport = SocketTransport(
            self.door.sockets, reader, is_deflated=False, most_unsent=MOST_UNSENT
        )
        await take_over(self, transport)
        await self.door.may_start.wait()
        self.door.listener = Listener(transport)
        transport.start(self.door.listener)


class Door:
    """A server's end and a client's end of one websocket."""

    listener: Listener

    def __init__(self, settings: Server = USUAL) -> None:
        self.settings = settings
        self.sockets = Sockets(1 << 30)
        self.may_start = asyncio.Event()
        self.may_start.set()

    async def open(self, early: bytes = b"", **encryption: Any) -> None:
        self.http = answering(Application([("/", Handler, {"door": self})]), self.settings)
        port = await self.http.__aenter__()
        self.client, head = await RawSocket.dial(port, handshake("/") + early, **encryption)
        assert head.startswith("HTTP/1.1 101 ")
        if self.may_start.is_set():
            await until(lambda: hasattr(self, "listener"))

    @property
    def transport(self) -> SocketTransport:
        return self.listener.transport

    async def close(self) -> None:
        await self.client.hang_up()
        self.sockets.cut()
        await until(lambda: len(self.sockets) == 0)
        await self.http.__aexit__(None, None, None)

    async def came(self, size: int) -> bytes:
        async with asyncio.timeout(10):
            return await self.client.reader.readexactly(size)

    def choke(self) -> None:
        """Let the connection hold little, so that bytes have to wait."""
        inner = self.transport._transport
        streamed = isinstance(inner, StreamedTransport)
        own = inner._stream.socket if streamed else inner.get_extra_info("socket")  # type: ignore[union-attr]
        own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        self.client.writer.transport.pause_reading()  # type: ignore[attr-defined]

    def unchoke(self) -> None:
        self.client.writer.transport.resume_reading()  # type: ignore[attr-defined]
