"""Bytes to one websocket: framed once, written straight to its stream.

The only file that knows how Tornado keeps its connection: `WebSocketHandler.write_message` costs
a task, a decode and a frame per receiver (stack, rule 7), so frames are built here and go to the
stream beneath. `tests/handlers/test_live_transport.py` holds it to the slow path's bytes.
"""

import struct
from contextlib import suppress

from tornado.iostream import IOStream, StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

TEXT_FINAL = 0x81
SHORT, MEDIUM = 126, 65_536


def text_frame(payload: bytes) -> bytes:
    """A whole unmasked text message (RFC 6455, 5.2)."""
    size = len(payload)
    if size < SHORT:
        return bytes((TEXT_FINAL, size)) + payload
    if size < MEDIUM:
        return struct.pack("!BBH", TEXT_FINAL, 126, size) + payload
    return struct.pack("!BBQ", TEXT_FINAL, 127, size) + payload


class SocketTransport:
    """A `push.connection.Transport` over a websocket that was accepted without compression."""

    def __init__(self, handler: WebSocketHandler):
        assert handler.ws_connection is not None and handler.ws_connection.stream is not None
        self._handler = handler
        self._stream: IOStream = handler.ws_connection.stream

    @property
    def unsent_bytes(self) -> int:
        return 0 if self._stream.closed() else len(self._stream._write_buffer)

    def write(self, *frames: bytes) -> None:
        """Send text messages; those to a peer that is gone are dropped."""
        with suppress(StreamClosedError):
            self._stream.write(b"".join(map(text_frame, frames)))

    def ping(self) -> None:
        with suppress(WebSocketClosedError, StreamClosedError):
            self._handler.ping()

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake; a peer that does not answer is cut off after 5 s."""
        self._handler.close(code, reason)

    async def drained(self) -> None:
        """Return when nothing waits to be sent; raises ConnectionError when the peer is gone."""
        try:
            await self._stream.write(b"")
        except StreamClosedError as error:
            raise ConnectionError("the peer is gone") from error
