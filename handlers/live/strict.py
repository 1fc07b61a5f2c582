"""RFC 6455 to the letter, where Tornado is lenient or just hangs up.

What a client must not send fails its connection with the close code that says why: Tornado cuts
it off without a word, takes frames that are not masked, and echoes close codes that are not legal.
With `transport.py` the only file that knows Tornado's insides.
"""

import asyncio
import struct
from contextlib import suppress
from socket import SHUT_WR
from typing import Protocol, cast

from tornado.iostream import StreamClosedError
from tornado.util import _websocket_mask
from tornado.websocket import WebSocketHandler, WebSocketProtocol13, _WebSocketParams

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
DATA, CONTROL = (CONTINUATION, TEXT, BINARY), (CLOSE, PING, PONG)
FINAL, RESERVED, MASKED, LENGTH = 0x80, 0x70, 0x80, 0x7F
LONGEST_CONTROL = 125
PROTOCOL_ERROR, NOT_UTF8, TOO_LARGE = 1002, 1007, 1009
LEGAL_CODES = frozenset((*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)))
FRAMES_A_TURN = 32
CHUNK = 65_536


class Broken(Exception):
    """The client sent what it must not; the connection fails with this code."""

    def __init__(self, code: int, reason: str):
        super().__init__(reason)
        self.code, self.reason = code, reason


class Peer(Protocol):
    """What the protocol needs of its handler beside Tornado's own."""

    def on_frame(self) -> None:
        """A frame of any kind begins to come in; may raise `Broken`."""

    def fail(self, code: int, reason: str) -> None:
        """Close, and send nothing any more."""


class StrictProtocol(WebSocketProtocol13):
    """A server's end of a websocket without extensions."""

    def __init__(self, handler: WebSocketHandler):
        params = _WebSocketParams(max_message_size=handler.max_message_size)
        super().__init__(handler, False, params)
        self._peer = cast(Peer, handler)
        self._message: bytearray | None = None
        self._message_opcode = CONTINUATION

    async def _receive_frame_loop(self) -> None:
        try:
            frames = 0
            while not self.client_terminated:
                await self._receive_frame()
                frames += 1
                if frames % FRAMES_A_TURN == 0:
                    await asyncio.sleep(0)
        except Broken as error:
            await self._fail(error)
        except StreamClosedError:
            self._abort()
        finally:
            self.handler.on_ws_connection_close(self.close_code, self.close_reason)

    async def _fail(self, error: Broken) -> None:
        """Close, and read past what still comes: a reset connection would lose the close code."""
        self._peer.fail(error.code, error.reason)
        with suppress(StreamClosedError, OSError):
            await self.stream.write(b"")
            self.stream.socket.shutdown(SHUT_WR)
            while True:  # the peer hangs up, or `close` cuts it off after five seconds
                await self.stream.read_bytes(CHUNK, partial=True)
                await asyncio.sleep(0)

    async def _receive_frame(self) -> None:
        first, second = await self._read_bytes(2)
        self._peer.on_frame()
        opcode, is_final = first & 0x0F, bool(first & FINAL)
        if first & RESERVED or opcode not in DATA + CONTROL or not second & MASKED:
            raise Broken(PROTOCOL_ERROR, "an illegal frame")
        if opcode in CONTROL and not (is_final and second & LENGTH <= LONGEST_CONTROL):
            raise Broken(PROTOCOL_ERROR, "an illegal control frame")
        data = await self._read_payload(second & LENGTH)
        if opcode in DATA:
            opcode, data = self._gather(opcode, data)
        if is_final or opcode in CONTROL:
            handled = self._handle_message(opcode, data)
            if handled is not None:
                await handled

    async def _read_payload(self, length: int) -> bytes:
        if length == 126:
            (length,) = struct.unpack("!H", await self._read_bytes(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self._read_bytes(8))
        if length + len(self._message or b"") > self.params.max_message_size:
            raise Broken(TOO_LARGE, "message too large")
        mask = await self._read_bytes(4)
        return _websocket_mask(mask, await self._read_bytes(length))

    def _gather(self, opcode: int, data: bytes) -> tuple[int, bytes]:
        """The message so far with its own opcode, if this fragment has its place in one."""
        if (opcode == CONTINUATION) is (self._message is None):
            raise Broken(PROTOCOL_ERROR, "a fragment out of order")
        if self._message is None:
            self._message, self._message_opcode = bytearray(), opcode
        self._message += data
        return self._message_opcode, bytes(self._message)

    def _handle_message(self, opcode: int, data: bytes) -> "asyncio.Future[None] | None":
        if opcode in (TEXT, BINARY):
            self._message = None
        if opcode == TEXT:
            _check_text(data)
        if opcode == CLOSE:
            _check_close(data)
        return super()._handle_message(opcode, data)


def _check_text(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise Broken(NOT_UTF8, "not UTF-8") from error


def _check_close(data: bytes) -> None:
    """A close frame has no payload, or a legal code and a text."""
    if len(data) == 1 or (data and int.from_bytes(data[:2], "big") not in LEGAL_CODES):
        raise Broken(PROTOCOL_ERROR, "an illegal close code")
    _check_text(data[2:])
