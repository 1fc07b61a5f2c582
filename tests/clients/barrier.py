"""A proxy between a client and its server that lets some ways through and not others."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

Judge = Callable[[bytes], str]
PASS, HANG = "", "hang"


def no_upgrades(head: bytes) -> str:
    """As a proxy that knows no websockets, and hands a handshake on as any other request."""
    return "403 Forbidden" if b"upgrade: websocket" in head.lower() else PASS


def no_streams(head: bytes) -> str:
    """As one that knows none either, and keeps an answer until it is whole."""
    return HANG if b"/live/events" in head else no_upgrades(head)


class Barrier:
    """Forwards TCP; ``judge`` reads the head of each connection's first request.

    It says with what status that is refused, or that it is never answered.
    """

    def __init__(self, port: int, judge: Judge):
        self._port, self.judge = port, judge
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.heads: list[bytes] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.base = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks)

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._forward(reader, writer)
        finally:
            writer.transport.abort()
            self._writers.discard(writer)
            self._tasks.discard(task)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        verdict = self.judge(head)
        if verdict == HANG:
            await reader.read()
        elif verdict:
            writer.write(f"HTTP/1.1 {verdict}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        else:
            await self._join(head, reader, writer)

    async def _join(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        onward, upward = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers.add(upward)
        upward.write(head)
        await asyncio.gather(_pump(reader, upward), _pump(onward, writer))
        self._writers.discard(upward)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()
