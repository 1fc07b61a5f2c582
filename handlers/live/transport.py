"""Bytes to one websocket: framed once, written straight to its socket.

`WebSocketHandler.write_message` costs a task, a decode and a frame per receiver (stack, rule 7),
so frames are built here and go to the socket, or to its stream when something waits before them.
`tests/handlers/test_live_transport.py` holds it to the slow path's bytes. With `strict.py` the
only file that knows Tornado's insides.
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
        assert handler.ws_connection is not None
        assert handler.ws_connection.stream is not None
        self._handler = handler
        self._stream: IOStream = handler.ws_connection.stream
        self._taken_before, self._waited_before = 0, False

    @property
    def unsent_bytes(self) -> int:
        return 0 if self._stream.closed() else len(self._stream._write_buffer)

    def write(self, *frames: bytes) -> None:
        """Send text messages; those to a peer that is gone are dropped."""
        if self._stream.closed():
            return
        data = text_frame(frames[0]) if len(frames) == 1 else b"".join(map(text_frame, frames))
        if not self._stream._write_buffer:
            data = data[self._send(data) :]
        if data:
            with suppress(StreamClosedError):
                self._stream.write(data)

    def _send(self, data: bytes) -> int:
        """How much the socket took at once; what is wrong with it is left to the stream to find."""
        try:
            return self._stream.socket.send(data)
        except OSError:
            return 0

    def ping(self) -> bool:
        """False when what waited has moved since the last ping: a slow peer is there."""
        with suppress(WebSocketClosedError, StreamClosedError):
            self._handler.ping()
        has_moved = (
            self._waited_before and self._stream._total_write_done_index > self._taken_before
        )
        self._taken_before = self._stream._total_write_done_index
        self._waited_before = self.unsent_bytes > 0
        return not has_moved

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake; a peer that does not answer is cut off after 5 s."""
        self._handler.close(code, reason)

    async def drained(self) -> None:
        """Return when nothing waits to be sent; raises ConnectionError when the peer is gone."""
        try:
            await self._stream.write(b"")
        except StreamClosedError as error:
            raise ConnectionError("the peer is gone") from error
