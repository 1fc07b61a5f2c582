"""A network that cuts: every connection ends after a random number of bytes, in their middle."""

import asyncio
import random
from contextlib import suppress

from tests.clients.forwarding import Forwarder


class Chaos(Forwarder):
    """Forwards TCP to a port. Each connection dies once ``mean_bytes``, more or less, went by.

    `calm` lets those that come from then on live, and cuts the others.
    """

    def __init__(self, port: int, *, seed: int, mean_bytes: int):
        super().__init__(port)
        self._mean_bytes, self._chance = mean_bytes, random.Random(seed)
        self._is_calm = False
        self.cuts = 0

    def calm(self) -> None:
        self._is_calm = True
        self.cut()

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward, upward = await self.dial()
        life = Life(None if self._is_calm else self._chance.expovariate(1 / self._mean_bytes))
        await asyncio.gather(pump(reader, upward, life), pump(onward, writer, life))
        self.cuts += life.is_over


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
