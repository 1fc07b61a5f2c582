"""A server's front with two routes of its own, for tests of how it serves and leaves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tornado.testing import bind_unused_port

from handlers.base import ApiHandler
from handlers.serving import Front

LARGE = b"x" * 20_000_000


class Echo(ApiHandler):
    """Says who called, and how; or what he sent, once all of it is there."""

    open_verbs = frozenset({"GET", "POST"})

    def get(self) -> None:
        forwarded = [name for name in self.request.headers if name.startswith("X-")]
        self.reply([self.request.remote_ip, self.request.protocol, sorted(forwarded)])

    def post(self) -> None:
        self.reply(self.body())


class Large(ApiHandler):
    """More than fits into a socket's buffers."""

    open_verbs = frozenset({"GET"})

    def get(self) -> None:
        self.finish(LARGE)


@asynccontextmanager
async def served_front(app: Any) -> AsyncIterator[tuple[Front, int]]:
    front = Front(app)
    front._web.add_handlers(r".*", [("/echo", Echo), ("/large", Large)])
    listening, port = bind_unused_port()
    front.open([listening])
    try:
        yield front, port
    finally:
        await cut(front)


async def begin_to_leave(front: Front) -> "asyncio.Task[None]":
    """It takes nobody new from here on; done when it has left."""
    leaving = asyncio.create_task(front.drain())
    await asyncio.sleep(0)
    return leaving


async def cut(front: Front) -> "asyncio.Task[None]":
    """End it without waiting for anybody; its leaving, which was cut short."""
    leaving = await begin_to_leave(front)
    leaving.cancel()
    await asyncio.wait([leaving])
    return leaving
