"""Documents that are asked for at the same time come with one query.

While one query is under way the ids that are asked for gather; an id that comes alone is asked for
at once. Whatever is asked for is read after it was asked for.

Where a crowd asks, a fast database would gather few: with ``linger_s`` those of a crowd that came
meanwhile wait that much longer for others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Document = dict[str, Any]
FindAll = Callable[[Sequence[int]], Awaitable[Sequence[Document]]]

MOST_IDS = 100
CROWD = 3  # waiting at the same time


class Asker:
    """Combines reads by ``_id``; ``find_all`` gives the documents that exist, in any order."""

    def __init__(self, find_all: FindAll, *, linger_s: float = 0.0):
        self._find_all, self._linger_s = find_all, linger_s
        self._waiting: list[tuple[int, asyncio.Future[Document | None]]] = []
        self._sender: asyncio.Task[None] | None = None

    async def get(self, number: int) -> Document | None:
        """The document, or None; raises what the query raised."""
        found: asyncio.Future[Document | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((number, found))
        if self._sender is None:
            self._sender = asyncio.create_task(self._send(), name="gathered reads")
        return await found

    async def _send(self) -> None:
        try:
            while self._waiting:
                some, self._waiting = self._waiting[:MOST_IDS], self._waiting[MOST_IDS:]
                await self._send_some(some)
                if CROWD <= len(self._waiting) < MOST_IDS:
                    await asyncio.sleep(self._linger_s)
        finally:
            self._sender = None

    async def _send_some(self, some: list[tuple[int, asyncio.Future[Document | None]]]) -> None:
        try:
            rows = await self._find_all(sorted({number for number, _ in some}))
        except BaseException as error:
            for _, found in some:
                if not found.done():
                    found.set_exception(error)
            if isinstance(error, Exception):  # it is each caller's to handle
                return
            raise
        by_id = {row["_id"]: row for row in rows}
        for number, found in some:
            if not found.done():
                found.set_result(by_id.get(number))
