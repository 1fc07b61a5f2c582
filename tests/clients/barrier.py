"""A proxy between a client and its server that lets some ways through and not others."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from tests.clients.forwarding import Forwarder

Judge = Callable[[bytes], str]
PASS, HANG = "", "hang"


def no_upgrades(head: bytes) -> str:
    """As a proxy that knows no websockets, and hands a handshake on as any other request."""
    return "403 Forbidden" if b"upgrade: websocket" in head.lower() else PASS


def no_streams(head: bytes) -> str:
    """As one that knows none either, and keeps an answer until it is whole."""
    return HANG if b"/live/events" in head else no_upgrades(head)


class Barrier(Forwarder):
    """Forwards TCP; ``judge`` reads the head of each connection's first request.

    It says with what status that is refused, or that it is never answered.
    """

    def __init__(self, port: int, judge: Judge):
        super().__init__(port)
        self.judge = judge
        self.heads: list[bytes] = []

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        verdict = self.judge(head)
        if verdict == HANG:
            await reader.read()
        elif verdict:
            writer.write(f"HTTP/1.1 {verdict}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        else:
            onward, upward = await self.dial()
            upward.write(head)
            await asyncio.gather(_pump(reader, upward), _pump(onward, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()
