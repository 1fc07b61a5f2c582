"""Inserts that are asked for at the same time go out as one command (group commit).

While one command is under way the next ones gather; an insert that comes alone goes at once. One
command of ten documents costs the client, the wire and the journal little more than one of one, so
in a crowd, where a fast database would gather few, a command waits while more keep coming.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from domain.errors import Unavailable
from models.crowds import until_nobody_comes
from models.failures import Duplicate

Document = dict[str, Any]
Refused = Mapping[int, Exception]
Known = Mapping[int, Duplicate]
InsertAll = Callable[[Sequence[Document]], Awaitable[Refused]]

MOST_DOCUMENTS = 1_000
MOST_WAITING = 10_000  # requests; more are a sign that the database does not keep up
CROWD = 3  # requests in one command
STEP_S, LINGER_S = 0.0, 0.005  # nobody comes for a turn of the loop; at most so long


class Gatherer:
    """Combines inserts into one collection; ``insert_all`` says which documents were refused."""

    def __init__(self, insert_all: InsertAll):
        self._insert_all = insert_all
        self._waiting: list[tuple[Sequence[Document], asyncio.Future[Known]]] = []
        self._sender: asyncio.Task[None] | None = None
        self._is_crowded = False

    def insert(self, documents: Sequence[Document]) -> "asyncio.Future[Known]":
        """Begin to store these documents; those that are there already are told by their index.

        Awaiting it raises why any other of them was refused; what the command raised, then for
        all that went with it; `Unavailable` when too many wait already.
        """
        done: asyncio.Future[Known] = asyncio.get_running_loop().create_future()
        if not documents:
            done.set_result({})
        elif len(self._waiting) >= MOST_WAITING:
            done.set_exception(Unavailable())
        else:
            self._waiting.append((documents, done))
            if self._sender is None:
                self._sender = asyncio.create_task(self._send(), name="gathered inserts")
        return done

    async def idle(self) -> None:
        """Return when nothing is under way any more; who asked for it may be gone."""
        if self._sender is not None:
            await asyncio.wait([self._sender])

    async def _send(self) -> None:
        try:
            while self._waiting:
                if self._is_crowded:
                    await until_nobody_comes(self._count, MOST_DOCUMENTS, STEP_S, LINGER_S)
                some = self._take()
                self._is_crowded = len(some) >= CROWD
                await self._send_some(some)
        finally:
            self._sender = None

    def _count(self) -> int:
        return len(self._waiting)

    def _take(self) -> list[tuple[Sequence[Document], asyncio.Future[Known]]]:
        """As many waiting inserts as fit into one command, at least one."""
        count, size = 0, 0
        for documents, _ in self._waiting:
            size += len(documents)
            if count and size > MOST_DOCUMENTS:
                break
            count += 1
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return taken

    async def _send_some(
        self, some: list[tuple[Sequence[Document], asyncio.Future[Known]]]
    ) -> None:
        try:
            refused = await self._insert_all([one for documents, _ in some for one in documents])
        except BaseException as error:
            for _, done in some:
                if not done.done():
                    done.set_exception(error)
            if isinstance(error, Exception):  # it is each caller's to handle
                return
            raise
        start = 0
        for documents, done in some:
            end = start + len(documents)
            if not done.done():
                _settle(done, {n - start: e for n, e in refused.items() if start <= n < end})
            start = end


def _settle(done: "asyncio.Future[Known]", refused: Refused) -> None:
    known: dict[int, Duplicate] = {}
    for n, error in refused.items():
        if not isinstance(error, Duplicate):
            done.set_exception(error)
            return
        known[n] = error
    done.set_result(known)
