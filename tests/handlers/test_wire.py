"""Both HTTP servers, byte by byte: what each reads, refuses, keeps open and gives up."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from tornado.iostream import StreamClosedError
from tornado.web import Application, RequestHandler, stream_request_body

from domain.errors import Forbidden
from handlers.base import ApiHandler
from tests.conformance.wire import answer_on, connected
from tests.handlers.light import light_app, until
from tests.handlers.wire_cases import CASES, LAST, OURS, TORNADOS, get, post
from tests.servers import USUAL, answering
from tests.sites import LIMIT_S

STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
PIECE = b"x" * 65_536


class Echo(ApiHandler):
    """Says which request this was, and how much it carried."""

    open_verbs = frozenset({"GET", "HEAD", "POST"})

    def get(self, name: str) -> None:
        self.reply({"name": name})

    def post(self, name: str) -> None:
        self.reply({"name": name, "bytes": len(self.raw_body())})


class Plain(RequestHandler):
    """A handler that Tornado gives the whole body to."""

    def get(self) -> None:
        self.finish(b"plain")

    def post(self) -> None:
        self.finish(str(len(self.request.body)))


class Refused(ApiHandler):
    open_verbs = frozenset({"POST"})

    async def judge(self) -> None:
        raise Forbidden

    def post(self) -> None:
        raise AssertionError("a request that was refused")


class Waits(ApiHandler):
    """Answers when it is told to, and notes who is gone before."""

    open_verbs = frozenset({"GET", "POST"})
    may_answer: asyncio.Event
    begun: list[Any]
    gone: list[Any]

    async def get(self) -> None:
        self.begun.append(self)
        await self.may_answer.wait()
        self.reply({"name": "waited"})

    post = get

    async def prepare(self) -> None:
        await super().prepare()
        if self.request.method == "POST":
            self.begun.append(self)

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self.gone.append(self)


@stream_request_body
class Takes(RequestHandler):
    """Takes a body in pieces, each in its time."""

    def initialize(self) -> None:
        self.pieces: list[bytes] = []
        self.is_busy = False

    async def data_received(self, chunk: bytes) -> None:
        assert not self.is_busy, "told of more before the last was taken"
        self.is_busy = True
        await asyncio.sleep(0.01)
        self.is_busy = False
        self.pieces.append(chunk)

    def post(self) -> None:
        self.finish(b"".join(self.pieces))


class Streams(RequestHandler):
    """An answer in pieces, each when there is room for it."""

    sent = 0

    async def get(self) -> None:
        with suppress(StreamClosedError):
            for _ in range(200):
                self.write(PIECE)
                await self.flush()
                type(self).sent += 1


@pytest.fixture(params=[OURS, TORNADOS])
def server(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def served(server: str, **limits: Any) -> AsyncIterator[int]:
    Waits.may_answer, Waits.begun, Waits.gone, Streams.sent = asyncio.Event(), [], [], 0
    routes = [
        (r"/plain", Plain),
        (r"/refused", Refused),
        (r"/waits", Waits),
        (r"/streams", Streams),
        (r"/takes", Takes),
    ]
    app = light_app(CARILLON_SERVER_MAX_BODY_BYTES="1000")
    web = Application(
        [*routes, (r"/(\w*)", Echo)], app=app, busy=set(), log_function=lambda _: None
    )
    settings = replace(USUAL, max_header_bytes=4_000, **limits, http=server)  # type: ignore[arg-type]
    async with answering(web, settings) as port:
        yield port
    assert not web.settings["busy"], "a request that ended would hold up a server that leaves"


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the server closes."""
    got = bytearray()
    async with asyncio.timeout(LIMIT_S):
        with suppress(ConnectionResetError):
            while part := await reader.read(65_536):
                got += part
    return bytes(got)


async def told(port: int, *parts: bytes) -> bytes:
    """What is answered to these bytes, until the server closes."""
    async with connected(port) as (reader, writer):
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        return await rest_of(reader)


@pytest.mark.gen_test(timeout=30)
async def test_what_is_read_and_what_refused(server: str) -> None:
    async with served(server) as port:
        raw = await asyncio.gather(*(told(port, case.sent + LAST) for case in CASES))
    statuses = [b" ".join(STATUS.findall(one)).decode() for one in raw]
    wrong = [
        (case.name, found, case.of(server))
        for case, found in zip(CASES, statuses, strict=True)
        if not re.fullmatch(case.of(server), found)
    ]
    assert wrong == []


@pytest.mark.gen_test
async def test_answers_come_in_the_order_of_their_requests(server: str) -> None:
    sent = b"".join([get("a"), post(b"abc", "Content-Length: 3", name="b"), get("c"), LAST])
    async with served(server) as port:
        raw = await told(port, *(sent[at : at + 7] for at in range(0, len(sent), 7)))
    names = re.findall(rb'"name":"(\w+)"', raw)
    assert names == [b"a", b"b", b"c", b"last"]
    assert b'"bytes":3' in raw


@pytest.mark.gen_test
async def test_an_old_client_knows_where_an_answer_ends(server: str) -> None:
    async with served(server) as port:
        asked = b"GET /%b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        kept = await told(port, asked % b"a" + LAST)
        assert b"Connection: Keep-Alive" in kept
        assert b'{"name":"last"}' in kept
        assert b"Transfer-Encoding" not in kept


@pytest.mark.gen_test
async def test_an_answer_without_a_known_length_ends_with_its_connection() -> None:
    """Tornado leaves an old client waiting here, if he asked to keep the connection."""
    async with served(OURS) as port:
        asked = b"GET /streams HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        raw = await told(port, asked)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"Keep-Alive" not in head
    assert len(body) == 200 * len(PIECE)


@pytest.mark.gen_test
async def test_who_goes_before_his_answer_is_noticed(server: str) -> None:
    async with served(server) as port:
        for sent in (get("waits"), post(b"ab", "Content-Length: 9", name="waits")):
            Waits.begun, Waits.gone = [], []
            async with connected(port) as (_, writer):
                writer.write(sent)
                await until(lambda: Waits.begun)
            await until(lambda: Waits.gone)
            assert Waits.gone == Waits.begun
        Waits.may_answer.set()


@pytest.mark.gen_test
async def test_an_answer_is_made_no_faster_than_it_is_taken(server: str) -> None:
    async with served(server) as port, connected(port) as (reader, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(get("streams", "Connection: close"))
        await until(lambda: Streams.sent)
        before = -1
        while before != Streams.sent:
            before = Streams.sent
            await asyncio.sleep(0.05)
        assert before < 150, "all of it waits in the server"
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        raw = await rest_of(reader)
        assert raw.count(b"10000\r\n" + PIECE + b"\r\n") == 200
        assert raw.endswith(b"\r\n0\r\n\r\n")


@pytest.mark.gen_test
async def test_a_body_is_given_no_faster_than_it_is_taken(server: str) -> None:
    body = bytes(range(256)) * 800
    async with served(server) as port:
        sent = post(body, f"Content-Length: {len(body)}", name="takes") + LAST
        raw = await told(port, *(sent[at : at + 50_000] for at in range(0, len(sent), 50_000)))
        assert raw.partition(b"\r\n\r\n")[2].startswith(body)
        assert STATUS.findall(raw) == [b"200", b"200"]


@pytest.mark.gen_test
async def test_who_streams_to_nobody_is_told(server: str) -> None:
    async with served(server) as port:
        async with connected(port) as (_, writer):
            writer.write(get("streams"))
            await until(lambda: Streams.sent)
            writer.transport.abort()
        reached = Streams.sent
        assert reached < 200


@pytest.mark.gen_test
async def test_silence_has_a_limit_at_every_point(server: str) -> None:
    async with served(server, idle_timeout_s=0.2, body_timeout_s=0.2) as port:
        started = [
            b"",
            b"GET /a HTTP/1.1\r\nHost",
            get("a"),
            post(b"a", "Content-Length: 9"),
            post(b"1\r\na\r\n", "Transfer-Encoding: chunked"),
        ]
        raw = await asyncio.gather(*(told(port, one) for one in started))
        assert [b" ".join(STATUS.findall(one)) for one in raw] == [b"", b"", b"200", b"", b""]
        async with connected(port) as (reader, writer):
            writer.write(get("waits"))
            await asyncio.sleep(0.5)  # an answer may take its time
            Waits.may_answer.set()
            assert (await answer_on(reader)).status == 200


@pytest.mark.gen_test
async def test_a_request_behind_one_that_waits_is_answered_after_it(server: str) -> None:
    async with served(server) as port, connected(port) as (reader, writer):
        writer.write(get("waits") + get("b") * 100)
        await until(lambda: Waits.begun)
        writer.write(get("c") * 100 + LAST)
        Waits.may_answer.set()
        raw = await rest_of(reader)
        assert raw.index(b"waited") < raw.index(b'"b"')
        assert (raw.count(b'"b"'), raw.count(b'"c"'), raw.count(b'"last"')) == (100, 100, 1)
