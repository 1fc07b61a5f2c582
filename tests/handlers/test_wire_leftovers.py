"""What a request held goes with its answer and its connection, not with the collector."""

import asyncio
import gc

import pytest
from tornado.web import Application, RequestHandler

from domain.errors import Forbidden
from handlers.base import ApiHandler
from handlers.wire.connection import Connection
from handlers.wire.exchange import Exchange
from handlers.wire.reader import Incoming, RequestReader
from tests.conformance.wire import connected
from tests.handlers.light import light_app, until
from tests.handlers.wire_cases import post
from tests.servers import answering
from tests.sites import LIMIT_S

AGAIN = 20
HELD = Exchange, Incoming, RequestHandler
LINES = Connection, RequestReader


class Plain(RequestHandler):
    """A handler that Tornado gives the whole body to."""

    def post(self) -> None:
        self.finish({})


class Done(ApiHandler):
    open_verbs = frozenset({"POST"})

    async def post(self) -> None:
        await asyncio.sleep(0)
        self.reply({})


class Wrong(Done):
    """Finds a mistake in the body."""

    async def post(self) -> None:
        raise Forbidden


class Refused(Done):
    """Knows before the body is read, and says so after."""

    async def judge(self) -> None:
        raise Forbidden


@pytest.mark.parametrize("handler", [Plain, Done, Wrong, Refused])
@pytest.mark.gen_test
async def test_it_is_gone_at_once(handler: type[RequestHandler]) -> None:
    web = Application([(r"/", handler)], app=light_app(), busy=set(), log_function=lambda _: None)
    async with answering(web) as port:
        gc.collect()
        held, lines = _alive(*HELD), _alive(*LINES)
        gc.disable()
        try:
            async with connected(port) as (reader, writer):
                for _ in range(AGAIN):
                    writer.write(post(b"abc", "Content-Length: 3", name=""))
                    async with asyncio.timeout(LIMIT_S):
                        await reader.readuntil(b"}")
                assert _alive(*HELD) <= held + 3, "the last one's may still be in hand"
            await until(lambda: _alive(*LINES) <= lines)
        finally:
            gc.enable()


def _alive(*kinds: type) -> int:
    return sum(issubclass(type(one), kinds) for one in gc.get_objects())
