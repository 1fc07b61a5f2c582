"""A network that cuts: every connection ends after a random number of bytes, in their middle."""

import asyncio
import random
from contextlib import suppress
from types import TracebackType
from typing import Self


class Chaos:
    """Forwards TCP to a port. Each connection dies once ``mean_bytes``, more or less, went by.

    ``is_calm`` lets those that come from then on live, and cuts the others.
    """

    def __init__(self, port: int, *, seed: int, mean_bytes: int):
        self._port, self._mean_bytes = port, mean_bytes
        self._chance = random.Random(seed)
        self._is_calm = False
        self._open: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}
        self.cuts = 0

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

    def calm(self) -> None:
        self._is_calm = True
        self.cut()

    def cut(self) -> None:
        """Cut every connection."""
        for writers in self._open.values():
            for writer in writers:
                writer.transport.abort()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = [writer]
        try:
            await self._forward(task, reader, writer)
        except OSError:
            writer.transport.abort()
        finally:
            del self._open[task]

    async def _forward(
        self,
        task: asyncio.Task[None],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        onward, upward = await asyncio.open_connection("127.0.0.1", self._port)
        self._open[task].append(upward)
        life = Life(None if self._is_calm else self._chance.expovariate(1 / self._mean_bytes))
        await asyncio.gather(pump(reader, upward, life), pump(onward, writer, life))
        self.cuts += life.is_over
        for one in (writer, upward):
            one.transport.abort()


class Life:
    """How many bytes a connection has left, both ways together; without end for None."""

    def __init__(self, bytes_left: float | None):
        self._left = bytes_left
        self.writers: list[asyncio.StreamWriter] = []

    @property
    def is_over(self) -> bool:
        return self._left is not None and self._left < 1

    def spend(self, data: bytes) -> bytes:
        """As much of the data as may pass."""
        if self._left is None:
            return data
        passing = data[: int(self._left)]
        self._left -= len(data)
        return passing


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, life: Life) -> None:
    """Forward until the end, which is passed on to both sides."""
    life.writers.append(writer)
    with suppress(OSError):
        while not life.is_over and (data := await reader.read(65_536)):
            writer.write(life.spend(data))
            await writer.drain()
    for one in life.writers:
        one.close()
