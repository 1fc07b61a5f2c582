"""A connection to Redis whose replies come as they are read, or one by one: both are the same."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme
from redis.exceptions import RedisError

from push.redis_clients import redis_client
from push.redis_links import Link, connect, packed
from tests.push.links import ask_for_each_reply
from tests.sites import until


@pytest.fixture(params=["taken over", "reply by reply"], autouse=True)
def sort(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "reply by reply":
        ask_for_each_reply(monkeypatch)


class Heard:
    """What came over a link."""

    def __init__(self) -> None:
        self.replies: list[Any] = []
        self.losses = 0

    def lost(self) -> None:
        self.losses += 1


@asynccontextmanager
async def linked(uri: str) -> AsyncIterator[tuple[Link, Heard]]:
    client, heard = redis_client(uri, connect_s=5, answer_s=5), Heard()
    link = await connect(client, heard.replies.extend, heard.lost)
    try:
        yield link, heard
    finally:
        await link.close()
        await client.aclose()


@pytest.mark.gen_test
async def test_replies_come_in_their_order_errors_among_them(redis_uri: str) -> None:
    async with linked(redis_uri) as (link, heard):
        asked = [packed("ECHO", b"%d" % n) for n in range(1_000)]
        await link.send(b"".join([*asked, packed("NO-SUCH"), packed("ECHO", "x" * 100_000)]))
        await until(lambda: len(heard.replies) == 1_002)
        assert heard.replies[:1_000] == [b"%d" % n for n in range(1_000)]
        assert isinstance(heard.replies[1_000], Exception)
        assert heard.replies[1_001] == b"x" * 100_000
        assert heard.losses == 0


@pytest.mark.gen_test
async def test_a_link_that_the_other_side_ends_is_lost_once(redis_uri: str) -> None:
    async with linked(redis_uri) as (link, heard):
        await link.send(packed("QUIT"))
        await until(lambda: heard.losses == 1)
        assert heard.replies == [b"OK"]
        with pytest.raises((RedisError, OSError)):
            await link.send(packed("PING"))
        await link.close()
        assert heard.losses == 1


@pytest.mark.gen_test
async def test_of_a_closed_link_nothing_is_heard(redis_uri: str) -> None:
    async with linked(redis_uri) as (link, heard):
        await link.send(packed("ECHO", "late") * 100)
        await link.close()
        before = len(heard.replies)
        async with linked(redis_uri) as (other, others):
            await other.send(packed("PING"))
            await until(lambda: others.replies == [b"PONG"])
        await link.close()
        assert (len(heard.replies), heard.losses) == (before, 0)


@pytest.mark.gen_test
async def test_what_is_no_redis_is_lost() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            is_greeted = b"PING" in data
            writer.write(b"HTTP/1.1 400 \r\n" if is_greeted else b"+OK\r\n" * data.count(b"*"))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    uri = f"redis://127.0.0.1:{port}?protocol=2"
    try:
        async with linked(uri) as (link, heard):
            await link.send(packed("PING"))
            await until(lambda: heard.losses == 1)
            assert heard.replies == []
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def behind_tls(uri: str, context: ssl.SSLContext) -> AsyncIterator[int]:
    """The port of a door that speaks TLS and leads to the server."""
    behind = urlsplit(uri)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(behind.hostname, behind.port)
        await asyncio.gather(carry(reader, ours), carry(theirs, writer), return_exceptions=True)

    server = await asyncio.start_server(lead, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.gen_test
async def test_over_tls_it_is_the_same(redis_uri: str, tmp_path: Path) -> None:
    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    async with behind_tls(redis_uri, context) as port:
        uri = f"rediss://localhost:{port}?ssl_ca_certs={tmp_path}/authority.pem"
        async with linked(uri) as (link, heard):
            asked = [packed("ECHO", b"%d" % n * 1_000) for n in range(1_000)]
            await link.send(b"".join(asked))
            await until(lambda: len(heard.replies) == 1_000)
            assert heard.replies == [b"%d" % n * 1_000 for n in range(1_000)]
            await link.send(packed("QUIT"))
            await until(lambda: heard.losses == 1)
