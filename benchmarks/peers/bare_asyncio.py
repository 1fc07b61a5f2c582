"""The peer that is the limit: an asyncio protocol, one frame for all, one write per socket.

No framework, no accounts, no store, no broker, nothing checked. Run by `fan_out.py`.
"""

import asyncio
import base64
import hashlib
import json
import sys

from benchmarks.peers.envelope import notice

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
HEAD_END = b"\r\n\r\n"
everyone: set[asyncio.Transport] = set()


def framed(text: bytes) -> bytes:
    size = len(text)
    return (bytes((0x81, size)) if size < 126 else b"\x81\x7e" + size.to_bytes(2, "big")) + text


def field(head: bytes, name: bytes) -> bytes:
    at = head.lower().find(name) + len(name)
    return head[at:].split(b"\r\n", 1)[0].strip()


class Peer(asyncio.Protocol):
    """A websocket that listens, or a connection for requests."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._came = transport, b""

    def data_received(self, data: bytes) -> None:
        if self._transport in everyone:
            return
        self._came += data
        head, end, body = self._came.partition(HEAD_END)
        if end and head.startswith(b"GET"):
            self._came = b""
            self._accept(head)
        elif end and len(body) >= int(field(head, b"content-length:")):
            self._came = b""
            self._tell(body)

    def _accept(self, head: bytes) -> None:
        key = field(head, b"sec-websocket-key:")
        digest = hashlib.sha1(key + GUID, usedforsecurity=False).digest()
        answer = (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        )
        accept = b"Sec-WebSocket-Accept: " + base64.b64encode(digest)
        self._transport.write(answer + accept + HEAD_END)
        everyone.add(self._transport)

    def _tell(self, body: bytes) -> None:
        data = framed(notice(json.loads(body)["content"]).encode())
        for transport in everyone:
            transport.write(data)
        self._transport.write(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")

    def connection_lost(self, error: Exception | None) -> None:
        everyone.discard(self._transport)


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Peer, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
