"""The HTTP server that the configuration chooses, before any application of a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tornado.testing import bind_unused_port
from tornado.web import Application

from handlers.accepting import Accepting
from handlers.wire.choosing import server_for
from settings import Server, load

USUAL = load(environ={}).server


@asynccontextmanager
async def answering(web: Application, settings: Server = USUAL) -> AsyncIterator[int]:
    """The port on which it answers; at the end whoever is left is cut off."""
    listening, port = bind_unused_port()
    server = server_for(web, settings)
    accepting = Accepting(server, lambda: False)
    accepting.open([listening])
    try:
        yield port
    finally:
        accepting.close()
        await server.close()
