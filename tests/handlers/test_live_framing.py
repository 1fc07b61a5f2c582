"""Frames that are written: as Tornado writes them, and each payload framed once."""

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import WebSocketHandler

from handlers.live.framing import Framing, close_frame, plain
from handlers.live.strict import DEFLATED, FINAL
from tests.handlers.raw_sockets import RawSocket, handshake

SIZES = [0, 1, 125, 126, 65_535, 65_536, 1 << 20]


class Slow(WebSocketHandler):
    """Tornado's own way to write."""

    async def open(self, *_: str, **__: str) -> None:
        for size in SIZES:
            await self.write_message(text(size).decode())

    def on_message(self, message: str | bytes) -> None: ...


def text(size: int) -> bytes:
    return (b"\xc3\xa9" * (size // 2 + 1))[: size - size % 2] + b"x" * (size % 2)


@pytest.mark.gen_test
async def test_frames_are_what_tornado_writes() -> None:
    listening, port = bind_unused_port()
    http = HTTPServer(Application([("/", Slow)]))
    http.add_socket(listening)
    client, _ = await RawSocket.dial(port, handshake("/"))
    for size in SIZES:
        expected = plain(text(size))
        assert await client.reader.readexactly(len(expected)) == expected
    await client.hang_up()
    http.stop()
    await http.close_all_connections()


def test_a_payload_is_framed_once_in_a_row() -> None:
    framing, payload = Framing(), b"x" * 300
    assert framing((payload,)) is framing((payload,))
    assert framing((b"y",)) == b"\x81\x01y"
    assert framing((payload,)) == plain(payload)
    assert framing((payload, b"y")) is framing((payload, b"y"))
    assert framing((payload, b"y")) == plain(payload) + plain(b"y")


def test_a_payload_is_compressed_once_although_short_ones_go_between() -> None:
    framing, payload = Framing(100), b"x" * 300
    compressed = framing((payload,))
    assert compressed[0] == FINAL | DEFLATED | 1
    for short in (b"y", b"z"):
        assert framing((short,)) == plain(short)
        assert framing((payload,)) is compressed
    assert framing((b"w" * 300,)) != compressed


def test_a_reason_is_cut_to_what_a_close_frame_holds() -> None:
    assert close_frame(None) == b"\x88\x00"
    assert close_frame(1000, "bye") == b"\x88\x05\x03\xe8bye"
    assert close_frame(1000, "é" * 100) == b"\x88\x7c\x03\xe8" + "é".encode() * 61
