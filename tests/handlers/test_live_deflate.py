"""permessage-deflate: what is agreed on, and messages there and back."""

import asyncio
import json
import struct
import zlib
from typing import Any

import pytest
import websockets

from handlers.live.deflate import Bomb, Undecodable, agreed, deflate, inflate
from tests.handlers.raw_sockets import TEXT, RawSocket, framed, handshake
from tests.sites import Person, Site

BOTH = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
DEFLATED = 4

OFFERS = [
    ("permessage-deflate", BOTH),
    ("Permessage-Deflate; client_max_window_bits", BOTH),
    ("permessage-deflate; client_max_window_bits=10", BOTH),
    ("permessage-deflate; client_no_context_takeover; server_no_context_takeover", BOTH),
    ("permessage-deflate; server_max_window_bits=15", f"{BOTH}; server_max_window_bits=12"),
    ('permessage-deflate; server_max_window_bits="12"', f"{BOTH}; server_max_window_bits=12"),
    ("permessage-deflate; server_max_window_bits=9, permessage-deflate", BOTH),
    ("x-other, permessage-deflate", BOTH),
    ("permessage-deflate; server_max_window_bits=11", None),
    ("permessage-deflate; server_max_window_bits", None),
    ("permessage-deflate; server_max_window_bits=16", None),
    ("permessage-deflate; client_max_window_bits=7", None),
    ("permessage-deflate; client_max_window_bits=015", None),
    ("permessage-deflate; client_no_context_takeover=1", None),
    ("permessage-deflate; client_max_window_bits; client_max_window_bits", None),
    ("permessage-deflate; unheard_of", None),
    ("x-webkit-deflate-frame", None),
    ("", None),
    (",;,;=;", None),
]


@pytest.mark.parametrize(("offer", "answer"), OFFERS)
def test_what_is_agreed_on(offer: str, answer: str | None) -> None:
    assert agreed(offer) == answer


def test_there_and_back() -> None:
    for payload in (b"", b"x", b"abc" * 10_000, bytes(range(256)) * 40):
        assert inflate(deflate(payload), len(payload)) == payload


def test_a_bomb_is_not_unpacked() -> None:
    packed = deflate(bytes(50_000_000))
    assert len(packed) < 60_000
    with pytest.raises(Bomb):
        inflate(packed, 65_536)
    with pytest.raises(Undecodable):
        inflate(b"\xff" * 10, 65_536)


async def deflating(site: Site, who: Person) -> RawSocket:
    """A connection that agreed on compression."""
    offer = {"Sec_WebSocket_Extensions": "permessage-deflate"}
    request = handshake("/live", Authorization=f"Token {who.token}", **offer)
    socket, head = await RawSocket.dial(site.port, request)
    assert f"Sec-Websocket-Extensions: {BOTH}\r\n".lower() in head.lower()
    return socket


async def any_frame(socket: RawSocket) -> tuple[int, bytes]:
    """First byte and payload as they came."""
    async with asyncio.timeout(10):
        first, size = await socket.reader.readexactly(2)
        if size == 126:
            (size,) = struct.unpack("!H", await socket.reader.readexactly(2))
        return first, await socket.reader.readexactly(size)


async def change(socket: RawSocket) -> tuple[int, dict[str, Any]]:
    """The next change, and the first byte of its frame."""
    while True:
        first, payload = await any_frame(socket)
        if first & 0x0F == TEXT:
            whole = inflate(payload, 1 << 20) if first & 0x40 else payload
            said = json.loads(whole)
            if said["type"] == "change":
                return first, said


@pytest.mark.gen_test
async def test_long_frames_are_compressed_and_short_ones_are_not(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    socket = await deflating(site, bob)
    for content, first in (("short", 0x81), ("long and long " * 60, 0xC1), ("short", 0x81)):
        await site.send(alice, content, bob)
        came, said = await change(socket)
        assert (came, said["item"]["content"]) == (first, content.strip())
    await socket.hang_up()


@pytest.mark.gen_test
async def test_a_client_may_compress_too(site: Site) -> None:
    (bob,) = await site.people("bob")
    socket = await deflating(site, bob)
    packed = deflate(b'{"type":"ping"}')
    for sent in (
        framed(TEXT, packed, rsv=DEFLATED),
        framed(TEXT, packed[:3], rsv=DEFLATED, final=False) + framed(0, packed[3:]),
        framed(TEXT, b'{"type":"ping"}'),
    ):
        socket.writer.write(sent)
        while json.loads((await any_frame(socket))[1])["type"] != "pong":
            pass
    await socket.hang_up()


BROKEN = [
    ("a bomb", 1009, framed(TEXT, deflate(b"[" + b" " * 1_000_000 + b"]"), rsv=DEFLATED)),
    ("not deflated", 1007, framed(TEXT, b"\xff" * 20, rsv=DEFLATED)),
    ("not UTF-8 inside", 1007, framed(TEXT, deflate(b"\xff"), rsv=DEFLATED)),
    ("a ping", 1002, framed(9, deflate(b"x"), rsv=DEFLATED)),
    ("another bit", 1002, framed(TEXT, deflate(b"x"), rsv=DEFLATED | 1)),
    (
        "a continuation",
        1002,
        framed(TEXT, b"{", final=False) + framed(0, deflate(b"}"), rsv=DEFLATED),
    ),
]


@pytest.mark.gen_test
async def test_what_is_illegal_about_it(site: Site) -> None:
    (bob,) = await site.people("bob")
    for what, code, sent in BROKEN:
        socket = await deflating(site, bob)
        socket.writer.write(sent)
        while (frame := await any_frame(socket))[0] != 0x88:
            pass
        assert int.from_bytes(frame[1][:2], "big") == code, what
        await socket.hang_up()


@pytest.mark.gen_test
async def test_an_independent_client_understands_it(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    client = await websockets.connect(
        f"ws://127.0.0.1:{site.port}/live",
        additional_headers={"Authorization": f"Token {bob.token}"},
        compression="deflate",
    )
    assert client.response is not None
    assert "permessage-deflate" in client.response.headers["Sec-WebSocket-Extensions"]
    for text in ("é" * 700, "x " * 3_000):
        await site.send(alice, text, bob)
        async with asyncio.timeout(10):
            while (said := json.loads(await client.recv()))["type"] != "change":
                pass
        assert said["item"]["content"] == text.strip()
    await client.send(json.dumps({"type": "ping", "ref": "r" * 90, "x": "y" * 2_000}))
    async with asyncio.timeout(10):
        while json.loads(await client.recv())["type"] != "pong":
            pass
    await client.close()


class TestSwitchedOff:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"CARILLON_LIVE_COMPRESSION": "false"}

    @pytest.mark.gen_test
    async def test_nothing_is_agreed_on(self, site: Site) -> None:
        (bob,) = await site.people("bob")
        offer = {"Sec_WebSocket_Extensions": "permessage-deflate"}
        request = handshake("/live", Authorization=f"Token {bob.token}", **offer)
        socket, head = await RawSocket.dial(site.port, request)
        assert "extensions" not in head.lower()
        socket.writer.write(framed(TEXT, deflate(b"{}"), rsv=DEFLATED))
        assert (await socket.closing()).code == 1002


def test_memory_is_not_kept() -> None:
    """A window of 4 KiB is read by who allows no more than that."""
    payload = bytes(n * n % 251 for n in range(20_000))
    unpacker = zlib.decompressobj(-12)
    assert unpacker.decompress(deflate(payload) + b"\x00\x00\xff\xff") == payload
