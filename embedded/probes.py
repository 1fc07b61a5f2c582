"""Asks a server whether it answers, with the shortest question its protocol allows."""

import asyncio
import struct
from pathlib import Path

LIMIT_S = 1.0
OP_MSG = 2013


def _hello() -> bytes:
    """The MongoDB command {hello: 1, $db: "admin"}, which needs no authentication."""
    fields = (
        b"\x10hello\0" + struct.pack("<i", 1) + b"\x02$db\0" + struct.pack("<i", 6) + b"admin\0"
    )
    document = struct.pack("<i", len(fields) + 5) + fields + b"\0"
    body = struct.pack("<iB", 0, 0) + document
    return struct.pack("<iiii", len(body) + 16, 1, 0, OP_MSG) + body


HELLO = _hello()


async def answers_hello(port: int) -> bool:
    """Whether a MongoDB-compatible server on this machine answers within a second."""
    try:
        async with asyncio.timeout(LIMIT_S):
            header = await _ask(*await asyncio.open_connection("127.0.0.1", port), HELLO, 16)
    except (OSError, asyncio.IncompleteReadError):
        return False
    return header[12:] == struct.pack("<i", OP_MSG)


async def answers_ping(socket: Path) -> bool:
    """Whether a Redis-compatible server on the unix socket answers within a second."""
    try:
        async with asyncio.timeout(LIMIT_S):
            answer = await _ask(*await asyncio.open_unix_connection(socket), b"PING\r\n", 7)
    except (OSError, asyncio.IncompleteReadError):
        return False
    return answer == b"+PONG\r\n"


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, question: bytes, size: int
) -> bytes:
    try:
        writer.write(question)
        return await reader.readexactly(size)
    finally:
        writer.transport.abort()
        await writer.wait_closed()
