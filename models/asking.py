"""Documents that are asked for at the same time come with one query.

While one query is under way the keys that are asked for gather; a key that comes alone is asked for
at once. Whatever is asked for is read after it was asked for.

Where a crowd asks, a fast database would gather few: with ``linger_s`` those of a crowd that came
meanwhile wait for others as long as more keep coming, at most that long or until a query is full.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from domain.errors import Unavailable
from models.crowds import until_nobody_comes

Document = dict[str, Any]
FindAll = Callable[[Sequence[Any]], Awaitable[Sequence[Document]]]

MOST_KEYS = 100
MOST_WAITING = 10_000  # more are a sign that the database does not keep up
CROWD = 3  # waiting at the same time
STEP_S = 0.01  # as long as nobody more comes the query goes out


class Asker:
    """Combines reads by ``_id``; ``find_all`` gives the documents that exist, in any order.

    A query asks for at most ``most`` keys; from ``crowd`` that wait on it lingers.
    """

    def __init__(
        self,
        find_all: FindAll,
        *,
        most: int = MOST_KEYS,
        crowd: int = CROWD,
        linger_s: float = 0.0,
    ):
        self._find_all, self._most = find_all, most
        self._crowd, self._linger_s = crowd, linger_s
        self._waiting: list[tuple[Any, asyncio.Future[Document | None]]] = []
        self._sender: asyncio.Task[None] | None = None

    async def get(self, key: Any) -> Document | None:
        """The document, or None; the same one is handed to all who ask for it together.

        Raises what the query raised; `Unavailable` when too many wait already.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise Unavailable
        found: asyncio.Future[Document | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, found))
        if self._sender is None:
            self._sender = asyncio.create_task(self._send(), name="gathered reads")
        return await found

    async def _send(self) -> None:
        try:
            while self._waiting:
                some, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._send_some(some)
                if self._linger_s and self._crowd <= len(self._waiting) < self._most:
                    await until_nobody_comes(self._count, self._most, STEP_S, self._linger_s)
        finally:
            self._sender = None

    def _count(self) -> int:
        return len(self._waiting)

    async def _send_some(self, some: list[tuple[Any, asyncio.Future[Document | None]]]) -> None:
        try:
            rows = await self._find_all(sorted({key for key, _ in some}))
        except BaseException as error:
            for _, found in some:
                if not found.done():
                    found.set_exception(error)
            if isinstance(error, Exception):  # it is each caller's to handle
                return
            raise
        by_key = {row["_id"]: row for row in rows}
        for key, found in some:
            if not found.done():
                found.set_result(by_key.get(key))
