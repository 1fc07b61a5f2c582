"""A websocket's transport, the same behind our server, on a bare socket and on Tornado's stream."""

import asyncio
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handlers.live import handover
from handlers.live.streamed import StreamedTransport
from handlers.live.strict import Broken
from handlers.live.transport import SocketTransport
from tests.handlers.raw_sockets import BINARY, CLOSE, TEXT, framed
from tests.handlers.transport_doors import Door
from tests.servers import USUAL
from tests.sites import until


@pytest.fixture(params=["ours", "bare", "streamed"])
def door(request: pytest.FixtureRequest, io_loop: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param == "streamed":

        async def streamed(stream: Any, transport: SocketTransport) -> None:
            StreamedTransport(stream, transport)

        monkeypatch.setattr(handover, "_bare", streamed)
    made = Door(USUAL if request.param == "ours" else replace(USUAL, http="tornado"))
    yield made
    io_loop.run_sync(made.close)


@pytest.mark.gen_test(timeout=20)
@pytest.mark.parametrize("server", ["httptools", "tornado"])
async def test_over_tls_it_is_the_same(tmp_path: Path, server: Any) -> None:
    """A TLS stream stays Tornado's, where it is one; what it carries does not."""
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    subprocess.run(
        [*words, "-keyout", key, "-out", certificate, "-days", "2"], check=True, capture_output=True
    )
    door = Door(replace(USUAL, http=server, tls_cert=certificate, tls_key=key))
    theirs = ssl.create_default_context(cafile=certificate)
    await door.open(framed(TEXT, b"early"), ssl=theirs, server_hostname="localhost")
    await until(lambda: door.listener.messages == [b"early"])
    assert isinstance(door.transport._transport, StreamedTransport) is (server == "tornado")
    door.transport.write(b"x" * 3_000_000, b"y")
    assert (await door.client.frame()).payload == b"x" * 3_000_000
    assert (await door.client.frame()).payload == b"y"
    door.client.writer.write(framed(CLOSE, b"\x03\xe8"))
    assert (await door.client.frame()).code == 1000
    await until(lambda: door.listener.closes == 1)
    await door.close()


@pytest.mark.gen_test
async def test_what_one_turn_writes_arrives_in_order_as_one(door: Door) -> None:
    await door.open()
    door.transport.write(b"a", b"")
    door.transport.write(b"b" * 126)
    assert door.transport.unsent_bytes == 3 + 2 + 130
    assert await door.came(3 + 2 + 130) == b"\x81\x01a\x81\x00\x81\x7e\x00\x7e" + b"b" * 126
    assert door.transport.unsent_bytes == 0


@pytest.mark.gen_test
async def test_what_is_flushed_goes_before_the_turn_ends_and_the_rest_after_it(door: Door) -> None:
    await door.open()
    door.transport.write(b"a")
    door.sockets.flush()
    door.sockets.flush()
    assert door.transport._out == []
    door.transport.write(b"b")
    assert door.transport.unsent_bytes >= 3
    assert await door.came(6) == b"\x81\x01a\x81\x01b"


@pytest.mark.gen_test
async def test_what_does_not_fit_waits_and_nothing_overtakes_it(door: Door) -> None:
    payloads = [b"%d" % (n % 10) * 40_000 for n in range(40)]
    await door.open()
    door.choke()
    for payload in payloads:
        door.transport.write(payload)
    draining = [asyncio.create_task(door.transport.drained()) for _ in range(2)]
    await asyncio.sleep(0)
    assert door.transport.unsent_bytes > 1_000_000
    door.unchoke()
    for payload in payloads:
        assert (await door.client.frame()).payload == payload
    await asyncio.gather(*draining)
    assert door.transport.unsent_bytes == 0


@pytest.mark.gen_test
async def test_what_came_with_the_handshake_is_read_and_waits_for_the_start(door: Door) -> None:
    door.may_start.clear()
    await door.open(early=framed(TEXT, b"one") + framed(TEXT, b"two")[:5])
    await asyncio.sleep(0)
    assert not hasattr(door, "listener")
    door.may_start.set()
    await until(lambda: hasattr(door, "listener"))
    assert door.listener.messages == [b"one"]


@pytest.mark.gen_test
async def test_messages_are_worked_on_one_after_the_other(door: Door) -> None:
    await door.open()
    gate, done = asyncio.Event(), []

    async def work(payload: bytes) -> None:
        await gate.wait()
        done.append(payload)

    door.listener.work = work
    for n in range(100):
        door.client.send(BINARY, b"%d" % n)
    await until(lambda: door.listener.messages)
    await asyncio.sleep(0.05)
    assert door.listener.messages == [b"0"]
    gate.set()
    await until(lambda: len(done) == 100)
    assert done == [b"%d" % n for n in range(100)]


@pytest.mark.gen_test
@pytest.mark.expects_log("unforeseen")
async def test_a_message_that_fails_ends_the_connection(door: Door) -> None:
    await door.open()

    async def work(payload: bytes) -> None:
        raise RuntimeError("unforeseen")

    door.listener.work = work
    door.client.send(TEXT, b"x")
    assert (await door.client.closing()).code == 1011
    await until(lambda: door.listener.closes == 1)


@pytest.mark.gen_test
async def test_many_frames_at_once_hold_up_nobody(door: Door) -> None:
    await door.open()
    door.client.writer.write(framed(TEXT, b"") * 20_000)
    turns = 0
    while len(door.listener.messages) < 20_000:
        turns += 1
        await asyncio.sleep(0)
    assert turns > 300


@pytest.mark.gen_test
async def test_who_does_not_read_is_not_listened_to(door: Door) -> None:
    await door.open()
    door.choke()
    door.transport.write(*[b"x" * 500_000] * 4)
    await asyncio.sleep(0)
    for _ in range(50):
        door.client.send(TEXT, b"hear me")
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    assert door.listener.messages == []
    door.unchoke()
    for _ in range(4):
        await door.client.frame()
    await until(lambda: len(door.listener.messages) == 50)


@pytest.mark.gen_test
async def test_a_peer_that_takes_what_waits_is_there_though_it_does_not_answer(door: Door) -> None:
    await door.open()
    assert door.transport.ping()
    door.choke()
    door.transport.write(*[b"x" * 500_000] * 4)
    door.transport.flush()
    assert door.transport.ping()
    assert door.transport.ping(), "nothing moved"
    waiting = door.transport.unsent_bytes
    door.unchoke()
    reading = asyncio.create_task(door.client.reader.read(1 << 23))
    await until(lambda: door.transport.unsent_bytes < waiting)
    assert not door.transport.ping()
    await reading


@pytest.mark.gen_test
async def test_to_a_peer_that_is_gone_nothing_is_written(door: Door) -> None:
    await door.open()
    await door.client.hang_up()
    await until(lambda: door.listener.closes == 1)
    door.transport.write(b"a")
    assert door.transport.ping()
    assert door.transport.unsent_bytes == 0
    door.transport.close(1000, "")
    with pytest.raises(ConnectionError):
        await door.transport.drained()
    assert door.listener.closes == 1


@pytest.mark.gen_test
async def test_who_is_gone_before_the_start_is_told_at_the_start(door: Door) -> None:
    door.may_start.clear()
    await door.open()
    await until(lambda: len(door.sockets) == 1)
    (transport,) = door.sockets._all
    assert isinstance(transport, SocketTransport)
    await door.client.hang_up()
    transport.write(b"x")
    await asyncio.sleep(0.05)
    transport.write(b"x")
    await until(lambda: len(door.sockets) == 0)
    door.may_start.set()
    await until(lambda: hasattr(door, "listener"))
    assert door.listener.closes == 1


@pytest.mark.gen_test
async def test_who_waits_for_a_peer_that_goes_is_told(door: Door) -> None:
    await door.open()
    door.choke()
    door.transport.write(b"x" * 8_000_000)
    waiting = asyncio.create_task(door.transport.drained())
    await asyncio.sleep(0)
    door.transport.cut()
    with pytest.raises(ConnectionError):
        await waiting


@pytest.mark.gen_test
async def test_a_peer_that_closes_is_answered_and_one_that_does_not_is_cut_off(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.live.transport.CLOSING_LIMIT_S", 0.1)
    await door.open()
    door.transport.close(3001, "leaving")
    door.transport.close(1001, "twice")
    door.transport.write(b"too late")
    frame = await door.client.frame()
    assert (frame.opcode, frame.payload) == (CLOSE, b"\x0b\xb9leaving")
    async with asyncio.timeout(5):
        assert await door.client.reader.read() == b""
    await until(lambda: door.listener.closes == 1)


@pytest.mark.gen_test
async def test_a_frame_that_is_refused_ends_the_connection(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await door.open()

    def refuse() -> None:
        raise Broken(3502, "too many")

    monkeypatch.setattr(door.listener, "on_frame", refuse)
    door.client.writer.write(framed(TEXT, b"x") * 1_000)
    assert (await door.client.closing()).code == 3502
    assert door.listener.messages == []
