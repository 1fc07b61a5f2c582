"""A Tornado stream as an asyncio transport: the slow way, where a stream must stay one."""

import asyncio
from contextlib import suppress
from functools import partial

from tornado.iostream import IOStream, StreamClosedError

CHUNK = 65_536


class StreamedTransport(asyncio.Transport):
    """As much of an asyncio transport as our protocols need, over an `IOStream`."""

    def __init__(self, stream: IOStream, protocol: asyncio.Protocol):
        super().__init__({"socket": stream.socket})
        self._stream, self._protocol = stream, protocol
        self._unsent = 0
        self._is_closing = self._is_lost = False
        self._may_read = asyncio.Event()
        self._may_read.set()
        protocol.connection_made(self)
        stream.set_close_callback(self._lost)
        self._reading = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        with suppress(StreamClosedError):
            while True:
                await self._may_read.wait()
                data = await self._stream.read_bytes(CHUNK, partial=True)
                await self._may_read.wait()
                self._protocol.data_received(data)

    def _lost(self) -> None:
        if not self._is_lost:
            self._is_lost = self._is_closing = True
            self._reading.cancel()
            self._protocol.connection_lost(None)

    def is_reading(self) -> bool:
        return self._may_read.is_set() and not self._is_closing

    def pause_reading(self) -> None:
        self._may_read.clear()

    def resume_reading(self) -> None:
        self._may_read.set()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """The protocol is told as soon as nothing waits any more, whatever is given."""

    def get_write_buffer_size(self) -> int:
        return 0 if self._is_lost else self._unsent

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """In pieces, so that it can be seen how far a slow peer is."""
        for start in range(0, len(data), CHUNK):
            piece = bytes(data[start : start + CHUNK])
            with suppress(StreamClosedError):
                writing = self._stream.write(piece)
                self._unsent += len(piece)
                writing.add_done_callback(partial(self._wrote, len(piece)))
        if self._unsent:
            self._protocol.pause_writing()

    def _wrote(self, size: int, written: "asyncio.Future[None]") -> None:
        if written.exception() is not None:
            return
        self._unsent -= size
        if not self._unsent:
            self._protocol.resume_writing()
            if self._is_closing:
                self._stream.close()

    def can_write_eof(self) -> bool:
        return False

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        """Close once everything is written."""
        self._is_closing = True
        self._reading.cancel()
        if not self._stream.writing():
            self._stream.close()

    def abort(self) -> None:
        self._stream.close()
