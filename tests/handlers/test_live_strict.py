"""RFC 6455 to the letter, and whatever else somebody may send."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress

import orjson
import pytest

from tests.handlers.raw_sockets import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    RawSocket,
    framed,
)
from tests.seeds import SEED
from tests.sites import Site, until

SAYS_PING = b'{"type":"ping"}'


def closing(code: int, reason: bytes = b"") -> bytes:
    return framed(CLOSE, code.to_bytes(2, "big") + reason)


ILLEGAL: list[tuple[str, int, bytes]] = [
    ("not masked", 1002, framed(TEXT, SAYS_PING, masked=False)),
    *[(f"reserved bit {bit}", 1002, framed(TEXT, SAYS_PING, rsv=bit)) for bit in (1, 2, 4, 7)],
    *[(f"opcode {code}", 1002, framed(code, SAYS_PING)) for code in (3, 7, 11, 15)],
    ("ping in fragments", 1002, framed(PING, b"a", final=False)),
    ("close in fragments", 1002, framed(CLOSE, b"", final=False)),
    ("long ping", 1002, framed(PING, b"x" * 126)),
    ("long close", 1002, closing(1000, b"x" * 124)),
    ("close with half a code", 1002, framed(CLOSE, b"\x03")),
    *[
        (f"close {code}", 1002, closing(code))
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535)
    ],
    ("close with a broken reason", 1007, closing(1000, b"\xff")),
    ("continuation of nothing", 1002, framed(CONTINUATION, SAYS_PING)),
    (
        "a message within a message",
        1002,
        framed(TEXT, b'{"type', final=False) + framed(TEXT, SAYS_PING),
    ),
    (
        "continuation after the end",
        1002,
        framed(TEXT, b'{"type":"pi', final=False)
        + framed(CONTINUATION, b'ng"}')
        + framed(CONTINUATION, b""),
    ),
    ("broken text", 1007, framed(TEXT, b'{"type":"\xc3\x28"}')),
    ("a lone surrogate", 1007, framed(TEXT, b'"\xed\xa0\x80"')),
    (
        "text broken over fragments",
        1007,
        framed(TEXT, b'"\xf0\x90', final=False) + framed(CONTINUATION, b'"'),
    ),
]

LEGAL_CODES = [1000, 1001, 1002, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]


@pytest.mark.gen_test(timeout=20)
async def test_what_is_illegal_ends_the_connection_with_the_right_code(site: Site) -> None:
    (bob,) = await site.people("bob")
    for what, code, sent in ILLEGAL:
        socket = await RawSocket.connect(site, bob)
        socket.writer.write(sent)
        assert (await socket.closing()).code == code, what
    await until(lambda: len(site.app.live.hub) == 0)


@pytest.mark.gen_test
async def test_a_legal_close_is_answered_with_its_code(site: Site) -> None:
    (bob,) = await site.people("bob")
    for sent in (framed(CLOSE), *(closing(code, "bye é".encode()) for code in LEGAL_CODES)):
        socket = await RawSocket.connect(site, bob)
        socket.writer.write(sent)
        while (frame := await socket.frame()).opcode != CLOSE:
            pass
        plain = sent[6:]
        mask = sent[2:6]
        code = bytes(byte ^ mask[n % 4] for n, byte in enumerate(plain))[:2]
        assert frame.payload == code
        async with asyncio.timeout(5):
            assert await socket.reader.read() == b""
        await socket.hang_up()
    await until(lambda: len(site.app.live.hub) == 0)


@pytest.mark.gen_test
async def test_fragments_pings_and_empty_frames_in_between_are_fine(site: Site) -> None:
    (bob,) = await site.people("bob")
    socket = await RawSocket.connect(site, bob)
    for sent in (
        framed(TEXT, b'{"type":', final=False),
        framed(PING, b"1"),
        framed(CONTINUATION, b"", final=False),
        framed(PONG, b"nobody asked"),
        framed(CONTINUATION, b'"ping"}'),
    ):
        for byte in sent:  # the pieces that a network makes are of any size
            socket.writer.write(bytes((byte,)))
            await asyncio.sleep(0)
    frame = await socket.frame()
    assert (frame.opcode, frame.payload) == (PONG, b"1")
    assert await socket.json() == {"type": "pong"}
    await socket.hang_up()


@pytest.mark.gen_test
async def test_a_peer_that_does_not_answer_a_close_is_cut_off(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bob,) = await site.people("bob")
    socket = await RawSocket.connect(site, bob)
    socket.writer.write(framed(TEXT, b"\xff"))
    while (await socket.frame()).opcode != CLOSE:
        pass
    async with asyncio.timeout(1):
        assert await socket.reader.read() == b"", "it says at once that it has said all"
    assert len(site.app.live.hub) == 1
    await socket.hang_up()
    await until(lambda: len(site.app.live.hub) == 0)


def noise(dice: random.Random) -> bytes:
    return dice.randbytes(dice.choice([1, 2, 10, 200, 5_000]))


def odd_frame(dice: random.Random) -> bytes:
    """Well formed or nearly so, with anything in it."""
    final, masked = dice.random() < 0.9, dice.random() < 0.95
    opcode = dice.choice([TEXT] * 4 + [BINARY, CONTINUATION, PING, PONG, CLOSE, dice.randrange(16)])
    rsv = dice.choice([0] * 20 + [1, 2, 4])
    return framed(opcode, noise(dice), final=final, masked=masked, rsv=rsv)


def anything(dice: random.Random, depth: int = 0) -> object:
    simple: list[Callable[[], object]] = [
        lambda: None,
        lambda: dice.random() < 0.5,
        lambda: dice.choice([0, -1, 1, 2**31, 2**63 - 1, 2**63, 1.5, -0.0, 1e308]),
        lambda: dice.choice(["", "ping", "mark_read", "\0", "\ufffe", "é" * 300, "1", "__proto__"]),
    ]
    nested: list[Callable[[], object]] = [
        lambda: [anything(dice, depth + 1) for _ in range(dice.randrange(4))],
        lambda: {str(anything(dice, 9)): anything(dice, depth + 1) for _ in range(3)},
    ]
    return dice.choice(simple + (nested if depth < 3 else []))()


def odd_json(dice: random.Random) -> bytes:
    """A frame of the protocol with wrong things in the right places."""
    frame: dict[str, object] = {
        "type": dice.choice(["mark_read", "mark_unread", "delete", "ping", "auth", "hello", "ack"])
    }
    for key in ("ids", "ref", "token", "type"):
        if dice.random() < 0.4:
            frame[key] = anything(dice)
    return framed(TEXT, orjson.dumps(frame if dice.random() < 0.9 else anything(dice)))


class TestNoise:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {"CARILLON_LIVE_FRAMES_PER_S": "1000000"}

    @pytest.mark.gen_test(timeout=30)
    @pytest.mark.parametrize("seed", [SEED])
    @pytest.mark.parametrize("make", [noise, odd_frame, odd_json])
    async def test_nothing_that_is_sent_disturbs_the_server(
        self, site: Site, make: Callable[[random.Random], bytes], seed: int
    ) -> None:
        """A traceback in the log fails the test, as everywhere."""
        dice = random.Random(seed)
        alice, bob = await site.people("alice", "bob")
        tasks = len(asyncio.all_tasks())
        for _ in range(60):
            socket = await RawSocket.connect(site, bob)
            for _ in range(dice.randrange(1, 40)):
                socket.writer.write(make(dice))
            if dice.random() < 0.5:
                await asyncio.sleep(0)
            socket.writer.write(framed(CLOSE))
            socket.writer.write_eof()  # the noise may have begun a frame that never ends
            with suppress(ConnectionResetError):  # who sends after his close is not read to the end
                async with asyncio.timeout(10):
                    await socket.reader.read()
            await socket.hang_up()
        await until(lambda: len(site.app.live.hub) == 0)
        await until(lambda: len(asyncio.all_tasks()) <= tasks)
        his = await site.socket(bob)
        await site.send(alice, "still here", bob)
        assert (await his.change())["item"]["content"] == "still here"
        await his.close()
