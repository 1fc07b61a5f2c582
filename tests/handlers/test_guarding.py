"""What keeps the HTTP server standing: sizes, times, numbers, TLS, and headers on every answer."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
import websockets
from tornado.httpclient import AsyncHTTPClient
from tornado.testing import bind_unused_port

from handlers import routes
from handlers.encryption import BOTH, UNREADABLE, context
from handlers.pages import PageHandler
from handlers.serving import Front, listen
from settings import Server, SettingError
from tests.conformance.wire import answer_on, ask, connected, head
from tests.handlers.light import light_app, served
from tests.handlers.test_routes import PATTERNS, _path
from tests.sites import LIMIT_S, Site

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


@asynccontextmanager
async def guarded(**server: str) -> AsyncIterator[int]:
    """The port of a server with these settings."""
    front = Front(light_app(**{f"CARILLON_SERVER_{key}": server[key] for key in server}))
    listening, port = bind_unused_port()
    front.open([listening])
    try:
        yield port
    finally:
        await front.drain()


@pytest.mark.gen_test
async def test_every_route_answers_with_the_headers_that_keep_browsers_safe() -> None:
    async with served(routes.application(light_app())) as port:
        for pattern, handler in PATTERNS.items():
            # A verb that nothing here knows: refused before a use case is asked.
            headers = (await ask(port, "BREW", _path(pattern).encode())).headers
            names = {name.title(): value for name, value in SAFE.items()}
            if issubclass(handler, PageHandler):
                assert headers["X-Content-Type-Options"] == "nosniff"
                assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
                assert headers["X-Frame-Options"] == "DENY"
                continue
            policy = headers.get("Content-Security-Policy", "")
            assert "default-src 'none'" in policy, pattern
            assert "frame-ancestors 'none'" in policy, pattern
            assert {name: headers.get(name) for name in names} == names, pattern


async def closed(reader: asyncio.StreamReader) -> bytes:
    """What still comes until the server closes."""
    async with asyncio.timeout(LIMIT_S):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


@pytest.mark.gen_test
async def test_headers_are_bounded_in_bytes_and_in_time(http: str) -> None:
    async with guarded(HTTP=http, MAX_HEADER_BYTES="2000", IDLE_TIMEOUT_S="0.3") as port:
        async with connected(port) as (reader, writer):
            writer.write(head("GET", b"/health/live", [("X-Long", "x" * 3_000)]))
            assert not (await closed(reader)).startswith(b"HTTP/1.1 2")
        async with connected(port) as (reader, writer):
            writer.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            assert await closed(reader) == b""


@pytest.mark.gen_test
async def test_a_body_that_does_not_come_is_not_waited_for(http: str) -> None:
    settings = guarded(HTTP=http, BODY_TIMEOUT_S="0.3")
    async with settings as port, connected(port) as (reader, writer):
        writer.write(head("POST", b"/session", [("Content-Length", "10")]) + b"{")
        assert b"HTTP/1.1 200" not in await closed(reader)


@pytest.mark.gen_test
async def test_one_connection_too_many_is_told_so_and_the_next_has_its_place(http: str) -> None:
    async with guarded(HTTP=http, MAX_CONNECTIONS="2") as port:
        async with connected(port) as (first, one), connected(port) as (second, two):
            for reader, writer in ((first, one), (second, two)):
                writer.write(head("GET", b"/favicon.ico", []))
                assert (await answer_on(reader)).status == 200
            async with connected(port) as (third, _):
                answer = await answer_on(third)
                assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        async with asyncio.timeout(LIMIT_S):
            while (await ask(port, "GET", b"/favicon.ico")).status != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@pytest.mark.gen_test(timeout=30)
async def test_https_and_websockets_without_a_proxy(site: Site, tmp_path: Path) -> None:
    authority, files = trustme.CA(), (tmp_path / "cert.pem", tmp_path / "key.pem")
    made = authority.issue_cert("localhost")
    made.cert_chain_pems[0].write_to_path(str(files[0]))
    made.private_key_pem.write_to_path(str(files[1]))
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    server = replace(site.settings.server, tls_cert=str(files[0]), tls_key=str(files[1]), port=0)
    front = Front(replace(site.app, settings=replace(site.settings, server=server)))
    sockets = listen(replace(server, address="localhost"), None)
    port = sockets[0].getsockname()[1]
    front.share(sockets, lambda: False)  # as workers take their callers
    ann, bob = await site.people("ann", "bob")
    signed = {"Authorization": f"Token {bob.token}"}
    answer = await AsyncHTTPClient().fetch(
        f"https://localhost:{port}/messages/", headers=signed, ssl_options=trusting
    )
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    async with websockets.connect(
        f"wss://localhost:{port}/live", additional_headers=signed, ssl=trusting
    ) as socket:
        async with asyncio.timeout(LIMIT_S):
            assert '"hello"' in str(await socket.recv())
            await site.send(ann, "over tls", bob)
            while "over tls" not in str(await socket.recv()):
                pass
    await front.drain()


def with_tls(site_settings: Server, **files: Any) -> Any:
    return replace(site_settings, **files)


def test_a_certificate_that_is_none_stops_the_start_with_a_line(tmp_path: Path) -> None:
    server = light_app().settings.server
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    for files, text in (
        ({"tls_cert": str(wrong)}, BOTH),
        ({"tls_key": str(wrong)}, BOTH),
        ({"tls_cert": str(wrong), "tls_key": str(wrong)}, UNREADABLE),
        (
            {"tls_cert": "/nowhere.pem", "tls_key": str(wrong)},
            "server.tls_cert, server.tls_key: there is no such file",
        ),
    ):
        with pytest.raises(SettingError) as refused:
            context(with_tls(server, **files))
        assert str(refused.value) == text
    assert context(server) is None
