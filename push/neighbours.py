"""The workers of one server ask each other, over sockets in a folder that is theirs alone."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

log = logging.getLogger("carillon.workers")

LIMIT_S = 1.0  # for all answers together
MOST_BYTES = 4 * 1024 * 1024

Answer = Callable[[], bytes]


class Neighbours:
    """What each worker says of itself when it is asked; without a folder there is but one."""

    def __init__(self, folder: Path | None = None, number: int = 1):
        self.number, self._folder = number, folder
        self._server: asyncio.Server | None = None

    async def begin(self, answer: Answer) -> None:
        """Answer with this from now on."""
        if self._folder is None:
            return
        place = self._folder / str(self.number)
        place.unlink(missing_ok=True)  # of the process that had this number before

        async def reply(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(LIMIT_S):
                    writer.write(answer())
                    await writer.drain()
            writer.close()

        self._server = await asyncio.start_unix_server(reply, place)

    async def end(self) -> None:
        """Answer no more; may be called twice."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            await server.wait_closed()

    async def ask(self) -> dict[int, bytes]:
        """What the others say, by their numbers; who says nothing in time is left out."""
        if self._folder is None:
            return {}
        numbers = sorted(int(one.name) for one in self._folder.iterdir())
        others = [number for number in numbers if number != self.number]
        answers = await asyncio.gather(*map(self._ask, others))
        return {number: one for number, one in zip(others, answers, strict=True) if one}

    async def _ask(self, number: int) -> bytes:
        assert self._folder is not None
        try:
            async with asyncio.timeout(LIMIT_S):
                reader, writer = await asyncio.open_unix_connection(self._folder / str(number))
                return await _all(reader, writer)
        except (OSError, TimeoutError) as error:
            log.debug("worker %d did not answer: %s", number, error)
        return b""


async def _all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    try:
        return await _until_end(reader)
    finally:
        writer.close()


async def _until_end(reader: asyncio.StreamReader) -> bytes:
    found = b""
    while chunk := await reader.read(65_536):
        found += chunk
        if len(found) > MOST_BYTES:
            return b""
    return found
