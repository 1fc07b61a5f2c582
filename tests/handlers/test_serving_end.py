"""How the HTTP server leaves: nobody who was let in goes without an answer."""

import asyncio
import socket
import time

import pytest

from handlers import serving
from tests.conformance.wire import answer_on, ask, connected, head
from tests.handlers.fronts import LARGE, begin_to_leave, cut, served_front
from tests.handlers.light import light_app, until
from tests.sites import Site

JSON = ("Content-Type", "application/json")


@pytest.mark.gen_test
async def test_a_request_under_way_gets_its_answer(http: str) -> None:
    async with (
        served_front(light_app(CARILLON_SERVER_HTTP=http)) as (front, port),
        connected(port) as (reader, writer),
    ):
        writer.write(head("POST", b"/echo", [JSON, ("Content-Length", "8")]) + b'["sl')
        await until(lambda: front._web.settings["busy"])
        leaving = await begin_to_leave(front)
        with pytest.raises(ConnectionRefusedError):
            await ask(port, "GET", b"/echo")
        assert not leaving.done()
        writer.write(b'ow"]')
        answer = await answer_on(reader)
        assert (answer.status, answer.json) == (200, ["slow"])
        await leaving
        assert await reader.read() == b""


@pytest.mark.gen_test
async def test_an_open_connection_gets_one_more_answer_and_is_closed(http: str) -> None:
    async with (
        served_front(light_app(CARILLON_SERVER_HTTP=http)) as (front, port),
        connected(port) as (reader, writer),
        connected(port) as (slow_reader, slow_writer),
    ):
        writer.write(head("GET", b"/echo", []))
        assert "Connection" not in (await answer_on(reader)).headers
        slow_writer.write(head("POST", b"/echo", [JSON, ("Content-Length", "2")]))
        await until(lambda: front._web.settings["busy"])
        leaving = await begin_to_leave(front)
        writer.write(head("GET", b"/echo", []))
        answer = await answer_on(reader)
        assert (answer.status, answer.headers["Connection"]) == (200, "close")
        assert await reader.read() == b""
        slow_writer.write(b"{}")
        assert (await answer_on(slow_reader)).json == {}
        await leaving


@pytest.mark.gen_test
async def test_who_was_connected_before_is_answered(http: str) -> None:
    """By the system, that is: the server has not had a turn yet to accept them."""
    request = head("GET", b"/echo", [])
    async with served_front(light_app(CARILLON_SERVER_HTTP=http)) as (front, port):
        early, late = (socket.create_connection(("127.0.0.1", port)) for _ in range(2))
        with early, late:
            early.sendall(request)
            asyncio.get_running_loop().call_later(0.05, late.sendall, request)
            await front.drain()
            for one in (early, late):
                assert one.recv(1_000).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.gen_test
async def test_a_large_answer_goes_out_whole(http: str) -> None:
    async with (
        served_front(light_app(CARILLON_SERVER_HTTP=http)) as (front, port),
        connected(port) as (reader, writer),
    ):
        writer.write(head("GET", b"/large", []))
        await reader.readuntil(b"\r\n\r\n")
        leaving = asyncio.create_task(front.drain())
        await until(lambda: not front._web.settings["busy"])
        assert not leaving.done()
        assert len(await reader.readexactly(len(LARGE))) == len(LARGE)
        await leaving


@pytest.mark.gen_test
async def test_who_keeps_it_waiting_is_cut_off(monkeypatch: pytest.MonkeyPatch, http: str) -> None:
    monkeypatch.setattr(serving, "BUSY_LIMIT_S", 0.2)
    async with (
        served_front(light_app(CARILLON_SERVER_HTTP=http)) as (front, port),
        connected(port) as (reader, writer),
    ):
        writer.write(head("POST", b"/echo", [("Content-Length", "9")]))
        await until(lambda: front._web.settings["busy"])
        began = time.monotonic()
        await front.drain()
        assert 0.2 <= time.monotonic() - began < 2
        assert await reader.read() == b""


@pytest.mark.gen_test
async def test_cutting_the_draining_short_closes_all(http: str) -> None:
    async with (
        served_front(light_app(CARILLON_SERVER_HTTP=http)) as (front, port),
        connected(port) as (reader, writer),
    ):
        writer.write(head("POST", b"/echo", [("Content-Length", "9")]))
        await until(lambda: front._web.settings["busy"])
        assert (await cut(front)).cancelled()
        assert await reader.read() == b""


@pytest.mark.gen_test
async def test_a_websocket_is_told_and_closed_by_both(site: Site) -> None:
    alice = await site.person("alice")
    async with served_front(site.app) as (front, _):
        socket = await site.socket(alice)
        await front.drain()
        assert (await socket.frame("bye"))["type"] == "bye"
        assert await socket.close_code() == 3001
        assert len(site.app.live.hub) == 0
