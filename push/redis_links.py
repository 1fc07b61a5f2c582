"""One connection to Redis, read as it comes: all whole replies that one read brought, together.

redis-py makes the connection, for it knows addresses, TLS, passwords and sentinels. Then its
transport is taken over: a reply costs a fraction of what redis-py's reader asks for each. `_writer`
is all that is used of its insides, here alone; where it is missing, replies are asked for one by
one, which is the same but slower.
"""

import asyncio
import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import hiredis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ResponseError

from push.redis_clients import Client, Failures

READ_BYTES = 32_768  # at once: bounds what is heard before others have their turn of the loop
NOT_YET, OVER = object(), "the connection is closed"

Replies = Callable[[list[Any]], None]
Lost = Callable[[], None]


def packed(*words: str | bytes) -> bytes:
    """A command as it goes over the wire."""
    return hiredis.pack_command(words)  # type: ignore[arg-type,no-any-return]  # any tuple


class Link(Protocol):
    """An open connection.

    ``replies`` is called with what came, an error that Redis answers among it; ``lost`` when the
    connection is over, unless it was closed here. Neither may raise.
    """

    async def send(self, commands: bytes) -> None:
        """Put packed commands on the wire; does not wait for their answers. Raises `Failures`."""

    async def close(self) -> None:
        """Hear no more; may be called twice."""


async def connect(client: Client, replies: Replies, lost: Lost) -> Link:
    """A connection of its own to the client's server; raises `Failures`."""
    connection = client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
    try:
        await connection.connect()
    except BaseException:
        await connection.disconnect(nowait=True)
        raise
    transport = _transport_of(connection)
    if transport is None:
        return _Asked(connection, replies, lost)
    return _Taken(connection, transport, replies, lost)


async def hang_up(link: Link | None) -> None:
    """Close a link, if there is one; what goes wrong with one that is left is nobody's business."""
    if link is not None:
        with suppress(*Failures):
            await link.close()


def _transport_of(connection: AbstractConnection) -> asyncio.WriteTransport | None:
    """The open connection's transport, if redis-py keeps it where it did."""
    writer = getattr(connection, "_writer", None)
    return writer.transport if isinstance(writer, asyncio.StreamWriter) else None


class _Taken(asyncio.BufferedProtocol):
    """A `Link` on the transport that redis-py opened."""

    def __init__(
        self,
        connection: AbstractConnection,
        transport: asyncio.WriteTransport,
        replies: Replies,
        lost: Lost,
    ):
        self._connection, self._transport = connection, transport
        self._replies, self._lost = replies, lost
        self._is_closed = False
        self._reader = hiredis.Reader(notEnoughData=NOT_YET)
        self._buffer = memoryview(bytearray(READ_BYTES))  # TLS fills slices, which copy a bytearray
        transport.set_protocol(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._reader.feed(self._buffer, 0, nbytes)  # type: ignore[arg-type]  # any buffer
        found, gets = [], self._reader.gets
        try:
            while (reply := gets()) is not NOT_YET:
                found.append(reply)
        except hiredis.ProtocolError:
            self._transport.abort()
        self._replies(found)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._is_closed:
            self._lost()

    async def send(self, commands: bytes) -> None:
        if self._transport.is_closing():
            raise ConnectionError(OVER)
        self._transport.write(commands)

    async def close(self) -> None:
        self._is_closed = True
        self._transport.abort()
        await self._connection.disconnect(nowait=True)


class _Asked:
    """A `Link` by redis-py's own means: a task that asks for one reply after the other."""

    def __init__(self, connection: AbstractConnection, replies: Replies, lost: Lost):
        self._connection, self._replies, self._lost = connection, replies, lost
        self._task = asyncio.create_task(self._read(), name="redis-replies")

    async def _read(self) -> None:
        try:
            while True:
                self._replies([await self._reply()])
        except Failures:
            self._lost()

    async def _reply(self) -> object:
        try:
            return await self._connection.read_response(timeout=math.inf, push_request=True)
        except ResponseError as error:
            return error

    async def send(self, commands: bytes) -> None:
        if self._task.done():
            raise ConnectionError(OVER)
        await self._connection.send_packed_command(commands)

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
        await self._connection.disconnect(nowait=True)
