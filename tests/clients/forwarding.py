"""What stands between a client and its server: takes connections and can cut them all."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Forwarder:
    """Listens at ``base`` while it is entered; `forward` says what becomes of a connection."""

    def __init__(self, port: int):
        self._port = port
        self._open: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}

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
        await asyncio.gather(*self._open)

    def cut(self) -> None:
        """Cut every connection."""
        for writers in self._open.values():
            for writer in writers:
                writer.transport.abort()

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection until its end; what it leaves open is cut."""
        raise NotImplementedError

    async def dial(self) -> Ends:
        """The server's end of the connection that is being forwarded."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._open[_own_task()].append(writer)
        return reader, writer

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = _own_task()
        self._open[task] = [writer]
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self.forward(reader, writer)
        finally:
            for one in self._open.pop(task):
                one.transport.abort()


def _own_task() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None
    return task
