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
    async with answering(web) as port, connected(port) as (reader, writer):
        gc.collect()
        gc.disable()
        try:
            for _ in range(AGAIN):
                writer.write(post(b"abc", "Content-Length: 3", name=""))
                async with asyncio.timeout(LIMIT_S):
                    await reader.readuntil(b"}")
            kinds = Exchange, Incoming, RequestHandler
            assert len(_alive(*kinds)) <= 3, "the last one's may still be in hand"
            writer.close()
            await until(lambda: not _alive(Connection, RequestReader))
        finally:
            gc.enable()


def _alive(*kinds: type) -> list[object]:
    return [one for one in gc.get_objects() if isinstance(one, kinds)]
