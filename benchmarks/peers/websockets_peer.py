"""The peer: the library ``websockets`` and its ``broadcast``. Run by `fan_out.py`.

No accounts, no store, no broker. Notices come on a port of their own, the next one: the library
answers no requests with a body.
"""

import asyncio
import json
import sys

import websockets
from websockets.asyncio.server import ServerConnection, broadcast, serve

from benchmarks.peers.envelope import notice

everyone: set[ServerConnection] = set()


async def listen(connection: ServerConnection) -> None:
    everyone.add(connection)
    try:
        await connection.wait_closed()
    finally:
        everyone.discard(connection)


async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Requests, one after the other."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            size = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            body = json.loads(await reader.readexactly(size))
            broadcast(everyone, notice(body["content"]))
            writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    port = int(sys.argv[1])
    posts = await asyncio.start_server(take, "127.0.0.1", port + 1)
    plain = {"compression": None, "ping_interval": None}
    async with posts, serve(listen, "127.0.0.1", port, backlog=1024, **plain):  # type: ignore[arg-type]
        await asyncio.Event().wait()


if __name__ == "__main__":
    assert websockets
    asyncio.run(main())
