"""Inserts, and lookups, that are asked for at the same time go out as one command (group commit).

While one command is under way the next ones gather; an insert that comes alone goes at once. One
command of ten documents costs the client, the wire and the journal little more than one of one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

Document = dict[str, Any]
Refused = Mapping[int, Exception]
InsertAll = Callable[[Sequence[Document]], Awaitable[Refused]]

MOST_DOCUMENTS = 1_000
MOST_LOOKUPS = 50  # the embedded server's time for one query grows with the square of them
MOST_WAITING = 10_000  # requests; more are a sign that the database does not keep up


class Overfull(Exception):
    """Too many inserts wait already; nothing was sent."""


class Gatherer:
    """Combines inserts into one collection; ``insert_all`` says which documents were refused."""

    def __init__(self, insert_all: InsertAll):
        self._insert_all = insert_all
        self._waiting: list[tuple[Sequence[Document], asyncio.Future[Refused]]] = []
        self._sender: asyncio.Task[None] | None = None

    async def insert(self, documents: Sequence[Document]) -> Refused:
        """Store these documents; returns those that were refused, by their index.

        Raises what the command raised, then for all that went with it.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise Overfull
        done: asyncio.Future[Refused] = asyncio.get_running_loop().create_future()
        self._waiting.append((documents, done))
        if self._sender is None:
            self._sender = asyncio.create_task(self._send(), name="gathered inserts")
        return await done

    async def idle(self) -> None:
        """Return when nothing is under way any more; who asked for it may be gone."""
        if self._sender is not None:
            await asyncio.wait([self._sender])

    async def _send(self) -> None:
        try:
            while self._waiting:
                await self._send_some(self._take())
        finally:
            self._sender = None

    def _take(self) -> list[tuple[Sequence[Document], asyncio.Future[Refused]]]:
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
        self, some: list[tuple[Sequence[Document], asyncio.Future[Refused]]]
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
                done.set_result({n - start: e for n, e in refused.items() if start <= n < end})
            start = end


class Lookups:
    """Documents that are asked for by ``_id`` at the same time are one query.

    A query holds only what was asked for before it went out, so nothing older is ever told.
    ``find_all`` finds those of the given ids that exist.
    """

    def __init__(self, find_all: Callable[[list[Any]], Awaitable[list[Document]]]):
        self._find_all = find_all
        self._waiting: dict[Any, asyncio.Future[Document | None]] = {}
        self._sender: asyncio.Task[None] | None = None

    async def get(self, key: Any) -> Document | None:
        """The document, or None; the same one is handed to all who ask for it together."""
        if key not in self._waiting:
            if len(self._waiting) >= MOST_WAITING:
                raise Overfull
            self._waiting[key] = asyncio.get_running_loop().create_future()
        found = self._waiting[key]
        if self._sender is None:
            self._sender = asyncio.create_task(self._send(), name="gathered lookups")
        return await asyncio.shield(found)

    async def _send(self) -> None:
        try:
            while self._waiting:
                keys = list(self._waiting)[:MOST_LOOKUPS]
                await self._answer({key: self._waiting.pop(key) for key in keys})
        finally:
            self._sender = None

    async def _answer(self, asked: dict[Any, asyncio.Future[Document | None]]) -> None:
        try:
            found = {one["_id"]: one for one in await self._find_all(list(asked))}
        except BaseException as error:
            for answer in asked.values():
                answer.set_exception(error)
                answer.exception()  # whoever asked may be gone
            if isinstance(error, Exception):  # it is each caller's to handle
                return
            raise
        for key, answer in asked.items():
            answer.set_result(found.get(key))
