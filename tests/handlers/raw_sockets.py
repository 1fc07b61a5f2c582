"""A websocket client that does exactly what it is told, also what none should."""

import asyncio
import os
import socket
import struct
from contextlib import suppress
from typing import Any, NamedTuple, Self

import orjson
from tornado.httputil import HTTPHeaders

from handlers.live.transport import SocketTransport
from push.connection import Connection
from tests.sites import LIMIT_S, Person, Site

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
KEY = "dGhlIHNhbXBsZSBub25jZQ=="


class Frame(NamedTuple):
    """A frame as it came from the server."""

    opcode: int
    payload: bytes

    @property
    def code(self) -> int:
        """The code of a close frame."""
        return int.from_bytes(self.payload[:2], "big")


def handshake(path: str, **headers: str) -> bytes:
    """A request to upgrade; ``headers`` replace or add, with ``-`` written as ``_``."""
    sent = {
        "Host": "localhost",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {text}" for name, text in sent.items() if text)]
    return "\r\n".join([*lines, "", ""]).encode()


def framed(
    opcode: int, payload: bytes = b"", *, final: bool = True, masked: bool = True, rsv: int = 0
) -> bytes:
    """A frame as a client sends it, or as it must not."""
    first, mask_bit = opcode | rsv << 4 | (0x80 if final else 0), 0x80 if masked else 0
    size = len(payload)
    if size < 126:
        head = bytes((first, mask_bit | size))
    elif size < 65_536:
        head = struct.pack("!BBH", first, mask_bit | 126, size)
    else:
        head = struct.pack("!BBQ", first, mask_bit | 127, size)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))


class Refusal(NamedTuple):
    """The answer to a handshake that was refused."""

    status: int
    headers: HTTPHeaders
    json: Any


async def refused(site: Site, request: bytes) -> Refusal:
    """What a request to upgrade is answered; fails when it is accepted."""
    client, head = await RawSocket.dial(site.port, request)
    first, _, rest = head.partition("\r\n")
    headers = HTTPHeaders.parse(rest)
    status = int(first.split()[1])
    assert status != 101, "it was accepted"
    body = await client.reader.readexactly(int(headers["Content-Length"]))
    await client.hang_up()
    return Refusal(status, headers, orjson.loads(body))


class RawSocket:
    """``await RawSocket.connect(site, who)`` is a connection that was greeted."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.reader, self.writer = reader, writer

    @classmethod
    async def dial(cls, port: int, request: bytes, **encryption: Any) -> tuple[Self, str]:
        """A connection, and the head of the answer to its first request."""
        made = asyncio.open_connection("127.0.0.1", port, limit=1 << 24, **encryption)
        reader, writer = await made
        writer.write(request)
        async with asyncio.timeout(LIMIT_S):
            head = await reader.readuntil(b"\r\n\r\n")
        return cls(reader, writer), head.decode()

    @classmethod
    async def connect(cls, site: Site, who: Person, query: str = "") -> Self:
        request = handshake(f"/live{query}", Authorization=f"Token {who.token}")
        made, head = await cls.dial(site.port, request)
        assert head.startswith("HTTP/1.1 101 "), head
        assert (await made.json())["type"] == "hello"
        return made

    async def frame(self) -> Frame:
        async with asyncio.timeout(LIMIT_S):
            first, second = await self.reader.readexactly(2)
            assert not second & 0x80, "a server masks nothing"
            assert first & 0x80, "a server sends nothing in fragments"
            assert not first & 0x70, "no extension was agreed on"
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", await self.reader.readexactly(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
            return Frame(first & 0x0F, await self.reader.readexactly(size))

    async def json(self) -> dict[str, Any]:
        """The next text frame."""
        while True:
            frame = await self.frame()
            if frame.opcode == TEXT:
                said: dict[str, Any] = orjson.loads(frame.payload)
                return said
            assert frame.opcode in (PING, PONG), frame

    def send(self, opcode: int, payload: bytes = b"", **how: Any) -> None:
        self.writer.write(framed(opcode, payload, **how))

    async def closing(self) -> Frame:
        """The server's close frame; nothing comes after it."""
        while (frame := await self.frame()).opcode != CLOSE:
            pass
        self.send(CLOSE, frame.payload[:2])
        async with asyncio.timeout(LIMIT_S):
            assert await self.reader.read() == b""
        await self.hang_up()
        return frame

    async def hang_up(self) -> None:
        """Be gone without a word."""
        self.writer.transport.abort()
        with suppress(OSError):
            await self.writer.wait_closed()


def choke(connection: Connection, client: RawSocket) -> None:
    """Let a connection hold next to nothing on its way, and its client read no more."""
    assert isinstance(connection.transport, SocketTransport)
    assert connection.transport._transport is not None
    own = connection.transport._transport.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]


def unchoke(client: RawSocket) -> None:
    client.writer.transport.resume_reading()  # type: ignore[attr-defined]


class Silent:
    """A transport to nobody."""

    unsent_bytes = 0

    def write(self, *_: bytes) -> None: ...

    def ping(self) -> bool:
        return True

    def close(self, code: int, reason: str) -> None: ...

    async def drained(self) -> None: ...
