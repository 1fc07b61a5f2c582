"""Calls out on real sockets: what is sent, where it may go, how long it may take."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from domain.addresses import LOOPBACK, Allowed
from domain.calls import Call, CallFailed
from push.outbound import Outbound, resolve
from push.webhooks import Webhooks
from tests.receivers import Receiver, Reply

NOW = 1_800_000_000_000_000
NEARBY = Allowed.of(LOOPBACK)


@asynccontextmanager
async def webhooks(
    allowed: Allowed | None = NEARBY,
    *,
    limit_s: float = 10,
    hosts: dict[str, list[str]] | None = None,
) -> AsyncIterator[Webhooks]:
    async def look_up(host: str, port: int) -> list[str]:
        return (hosts or {})[host] if host in (hosts or {}) else await resolve(host, port)

    outbound = Outbound(allowed, timeout_s=limit_s, resolve=look_up)
    try:
        yield Webhooks(outbound, lambda: NOW, limit_s=limit_s)
    finally:
        await outbound.close()


def call(url: str, token: str | None = "secret") -> Call:
    return Call("id-1", url, '{"a":1}', token, NOW)


async def failure(calling: Webhooks, url: str, token: str | None = "secret") -> CallFailed:
    with pytest.raises(CallFailed) as failed:
        await calling.post(call(url, token))
    return failed.value


@pytest.mark.gen_test
async def test_a_call_and_what_counts_as_taken() -> None:
    async with Receiver() as receiver, webhooks() as calling:
        for status in (200, 201, 204, 299, 303, 304):
            receiver.answers = [Reply(status, {"Location": "/else"} if status == 303 else {})]
            await calling.post(call(receiver.url("/a%20b?c=d")))
        for status in (400, 404, 409, 429, 500, 503, 599):
            receiver.answers = [Reply(status)]
            failed = await failure(calling, receiver.url())
            assert failed.reason.startswith(f"{status}")
            assert failed.reason.endswith(f"for url: {receiver.url()}")
            assert (failed.is_final, failed.retry_after_s) == (False, None)
        got = receiver.got[0]
        assert (got.method, got.path, got.body) == ("POST", "/a%20b", b'{"a":1}')
        sent = {name: got.headers[name] for name in ("Authorization", "Content-Type", "Host")}
        assert sent == {
            "Authorization": "Token secret",
            "Content-Type": "application/json",
            "Host": f"127.0.0.1:{receiver.port}",
        }
        assert got.key == "id-1"


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("said", "waited"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Fri, 15 Jan 2027 08:01:00 GMT", 60.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
async def test_what_retry_after_says(said: str, waited: float | None) -> None:
    async with Receiver() as receiver, webhooks() as calling:
        receiver.answers = [Reply(503, {"Retry-After": said})]
        assert (await failure(calling, receiver.url())).retry_after_s == waited


@pytest.mark.gen_test
async def test_redirects_on_the_same_host_get_the_same_post() -> None:
    async with Receiver() as receiver, webhooks() as calling:
        for status in (301, 302, 307, 308):
            receiver.got = []
            receiver.answers = [Reply(status, {"Location": "/there?x=1"})]
            await calling.post(call(receiver.url("/here")))
            assert [(one.method, one.path) for one in receiver.got] == [
                ("POST", "/here"),
                ("POST", "/there"),
            ]
            first, second = receiver.got
            assert (first.body, first.headers) == (second.body, second.headers)
        receiver.always = Reply(307, {"Location": "/round"})
        assert (await failure(calling, receiver.url())).reason == "too many redirects"
        receiver.always = Reply(307, {"Location": "ftp://x/"})
        assert "no URL to call" in (await failure(calling, receiver.url())).reason


@pytest.mark.gen_test
async def test_the_token_goes_to_no_other_host() -> None:
    async with Receiver() as here, Receiver() as there, webhooks() as calling:
        for where in (there.url(), there.url(host="localhost"), here.url(host="localhost")):
            here.answers = [Reply(307, {"Location": where})]
            failed = await failure(calling, here.url())
            assert "gets no token" in failed.reason
            assert not failed.is_final
        assert there.got == []
        here.got, here.answers = [], [Reply(307, {"Location": there.url()})]
        await calling.post(call(here.url(), None))
        assert [one.body for one in there.got] == [b'{"a":1}']


@pytest.mark.gen_test
async def test_addresses_that_are_not_public_are_refused() -> None:
    async with Receiver() as receiver, webhooks(Allowed()) as calling:
        port = receiver.port
        for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "0", "[::1]", "0x7f.1"):
            failed = await failure(calling, f"http://{host}:{port}/")
            assert "not allowed" in failed.reason, host
            assert failed.is_final
        for url in ("http://169.254.169.254/latest/", "http://10.0.0.1/", "http://[fd00::1]/"):
            assert (await failure(calling, url)).is_final
    async with Receiver() as receiver:
        allowed = Allowed.of([f"127.0.0.1:{receiver.port}"])
        async with webhooks(allowed) as calling:
            await calling.post(call(receiver.url()))
            assert (await failure(calling, "http://127.0.0.1:1/")).is_final


@pytest.mark.gen_test
async def test_a_name_is_resolved_once_and_the_call_goes_there() -> None:
    asked = []
    addresses = [["127.0.0.1"], ["10.0.0.1"]]

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return addresses[len(asked) - 1]

    async with Receiver() as receiver:
        outbound = Outbound(NEARBY, timeout_s=5, resolve=rebinding)
        calling = Webhooks(outbound, lambda: NOW, limit_s=5)
        try:
            await calling.post(call(receiver.url(host="rebind.example")))
            assert asked == ["rebind.example"]
            assert receiver.got[0].headers["Host"] == f"rebind.example:{receiver.port}"
        finally:
            await outbound.close()


@pytest.mark.gen_test
async def test_a_redirect_to_a_refused_address_is_refused() -> None:
    async with Receiver() as receiver:
        allowed = Allowed.of([f"127.0.0.1:{receiver.port}"])
        async with webhooks(allowed) as calling:
            receiver.always = Reply(307, {"Location": "http://169.254.169.254/"})
            failed = await failure(calling, receiver.url(), None)
            assert failed.is_final


@pytest.mark.gen_test
async def test_of_several_addresses_the_next_is_tried() -> None:
    async with Receiver() as receiver:
        hosts = {"two.example": ["::1", "127.0.0.1"], "none.example": []}
        async with webhooks(hosts=hosts) as calling:
            await calling.post(call(receiver.url(host="two.example")))
            failed = await failure(calling, "http://none.example/")
            assert (failed.reason, failed.is_final) == ("the connection failed: no address", False)


@pytest.mark.gen_test
async def test_who_is_not_there() -> None:
    async with webhooks() as calling:
        async with Receiver() as receiver:
            url = receiver.url()
        failed = await failure(calling, url)
        assert failed.reason.startswith("the connection failed: ")
        assert not failed.is_final
        unknown = await failure(calling, "http://nobody.invalid/")
        assert (unknown.is_final, "not known" in unknown.reason) == (False, True)


@asynccontextmanager
async def talking(
    answer: bytes, *, again: bool = False, context: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """The port of a server that says this, whatever it is asked; with ``again`` without end."""
    inside: set[asyncio.Task[Any]] = set()

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        inside.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            while again:
                writer.write(b"x" * 10_000)
                await writer.drain()
            await writer.drain()
        writer.close()
        with suppress(ConnectionError, asyncio.CancelledError):
            await writer.wait_closed()

    server = await asyncio.start_server(say, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in inside:
            task.cancel()
        await asyncio.gather(*inside, return_exceptions=True)
        await server.wait_closed()


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("answer", "again"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789", 0),
    ],
)
async def test_an_answer_is_read_no_further_than_its_bound(answer: bytes, again: bool) -> None:
    async with talking(answer, again=again) as port, webhooks() as calling:
        await calling.post(call(f"http://127.0.0.1:{port}/"))


@pytest.mark.gen_test
@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 200", b"", b"SSH-2.0-x\r\n"])
async def test_what_is_no_answer(answer: bytes) -> None:
    async with talking(answer) as port, webhooks(limit_s=2) as calling:
        failed = await failure(calling, f"http://127.0.0.1:{port}/")
        assert failed.reason.startswith("the connection failed: ")
        assert not failed.is_final


@pytest.mark.gen_test
async def test_whoever_does_not_answer_in_time() -> None:
    gate = asyncio.Event()
    async with Receiver() as receiver, webhooks(limit_s=0.3) as calling:
        receiver.always = Reply(gate=gate)
        start = time.monotonic()
        failed = await failure(calling, receiver.url())
        assert failed.reason in ("no answer within 0.3 s", "not done within 0.3 s")
        assert time.monotonic() - start < 5
        gate.set()
        receiver.always = Reply(307, {"Location": "/round"}, gate=_slow())
        assert not (await failure(calling, receiver.url())).is_final


def _slow() -> Any:
    class Slow:
        async def wait(self) -> None:
            await asyncio.sleep(0.15)

    return Slow()


@pytest.mark.gen_test
async def test_tls_is_checked() -> None:
    """A certificate that nobody trusts is refused, though the address is allowed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    async with talking(b"", context=context) as port, webhooks() as calling:
        failed = await failure(calling, f"https://localhost:{port}/")
        assert failed.reason.startswith("the connection failed: ")
