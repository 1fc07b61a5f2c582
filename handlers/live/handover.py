"""From HTTP to a protocol of our own: the answer to a handshake, then the bare connection.

Behind our own server that is the asyncio transport as it is. Behind Tornado's, public API is
enough: what Tornado has read behind the request is read out of its stream, and a duplicate of the
socket outlives the stream. A TLS stream cannot be taken out of Tornado's hands: `StreamedTransport`
is its way, and the reference that `tests/handlers/test_live_transport.py` holds the other one to.
"""

import asyncio
import base64
import hashlib
from http import HTTPStatus
from typing import cast

from tornado.iostream import IOStream, SSLIOStream, StreamClosedError
from tornado.web import RequestHandler

from handlers.live.streamed import StreamedTransport
from handlers.wire.detached import Detached

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
ANSWER_LIMIT_S = 5.0  # for a peer that is not done with reading earlier answers
MOST_EARLY_BYTES = 1 << 20  # more than Tornado reads ahead


def switch_protocols(
    handler: RequestHandler, subprotocol: str | None, extension: str | None
) -> None:
    """Answer the handshake (RFC 6455, 4.2.2); what it asked for was checked before."""
    key = handler.request.headers["Sec-WebSocket-Key"].encode()
    accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
    handler.set_status(HTTPStatus.SWITCHING_PROTOCOLS)
    handler.clear_header("Content-Type")
    handler.set_header("Upgrade", "websocket")
    handler.set_header("Connection", "Upgrade")
    handler.set_header("Sec-WebSocket-Accept", accept)
    if subprotocol is not None:
        handler.set_header("Sec-WebSocket-Protocol", subprotocol)
    if extension is not None:
        handler.set_header("Sec-WebSocket-Extensions", extension)
    handler.finish()


async def take_over(handler: RequestHandler, protocol: asyncio.Protocol) -> None:
    """Give an answered request's connection to ``protocol``; raises ConnectionError."""
    detached = cast("IOStream | Detached", handler.detach())
    if isinstance(detached, Detached):
        detached.give_to(protocol)
    else:
        await _take_stream(detached, protocol)


async def _take_stream(stream: IOStream, protocol: asyncio.Protocol) -> None:
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            await stream.write(b"")  # until the answer is on its way
        if isinstance(stream, SSLIOStream):
            StreamedTransport(stream, protocol)
        else:
            await _bare(stream, protocol)
    except (StreamClosedError, OSError) as error:  # a time limit is an OSError
        stream.close()
        raise ConnectionError("the peer is gone") from error


async def _bare(stream: IOStream, protocol: asyncio.Protocol) -> None:
    own = stream.socket.dup()
    early = cast("asyncio.Future[bytes]", stream.read_bytes(MOST_EARLY_BYTES, partial=True))
    stream.close()
    own.setblocking(False)
    if early.done() and not early.exception():
        protocol.data_received(early.result())
    await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, own)
