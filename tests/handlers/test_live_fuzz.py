"""Frames at random against the socket code: a legal close code each time, and nothing left behind.

The seed is part of the test's name; `TEST_SEED=… pytest …` repeats a run.
"""

import asyncio
import gc
import os
import random
import tracemalloc
from contextlib import suppress

import pytest

from handlers.live.deflate import deflate
from handlers.live.strict import LEGAL_CODES
from tests.conformance.websocket import echo_door
from tests.handlers.raw_sockets import CLOSE, RawSocket, framed, handshake
from tests.seeds import SEED
from tests.sites import until

OFFER = {"Sec_WebSocket_Extensions": "permessage-deflate"}
CLIENTS, AT_ONCE = 180, 12
MOST_LEFT_BYTES = 400_000  # after thousands of frames; parts of what is imported late are in it


BOMBS = [deflate(bytes(size)) for size in (10, 1 << 14, 1 << 20)]


def payload(dice: random.Random) -> bytes:
    made = dice.choice(
        [
            lambda: dice.randbytes(dice.choice([0, 1, 125, 126, 700])),
            lambda: ("é€𝄞" * dice.randrange(200)).encode(),
            lambda: ("é€𝄞" * 50).encode()[: dice.randrange(450)],
            lambda: deflate(dice.randbytes(300)),
            lambda: dice.choice(BOMBS),
            lambda: deflate("é".encode() * 500)[: dice.randrange(9)],
            lambda: dice.randrange(6_000).to_bytes(2, "big") + b"why",
        ]
    )
    return made()


def sent_by(dice: random.Random) -> bytes:
    """What one client says: mostly right, then less so."""
    said = bytearray()
    for _ in range(dice.randrange(1, 25)):
        opcode = dice.choice([0, 1, 1, 1, 2, 2, 8, 9, 10, dice.randrange(16)])
        said += framed(
            opcode,
            payload(dice)[: 125 if opcode > 7 and dice.random() < 0.9 else None],
            final=dice.random() < 0.8,
            masked=dice.random() < 0.98,
            rsv=dice.choice([0, 0, 0, 0, 4, 4, 1, 2]),
        )
        if dice.random() < 0.02:
            said[dice.randrange(len(said))] ^= 1 << dice.randrange(8)
    return bytes(said[: dice.randrange(len(said))] if dice.random() < 0.2 else said)


async def client(port: int, dice: random.Random) -> int | None:
    """Say it in pieces, and read to the end; the code of the server's close frame, if one came."""
    headers = OFFER if dice.random() < 0.7 else {}
    socket, head = await RawSocket.dial(port, handshake("/", **headers))
    assert head.startswith("HTTP/1.1 101 ")
    said, most = sent_by(dice), dice.choice([7, 500, 1 << 20])
    came = asyncio.create_task(socket.reader.read(-1))
    with suppress(ConnectionError):
        for start in range(0, len(said), max(most, len(said) // 50)):
            socket.writer.write(said[start : start + max(most, len(said) // 50)])
            await socket.writer.drain()
        if dice.random() < 0.3:
            await socket.hang_up()
        else:
            socket.writer.write(framed(CLOSE))
            socket.writer.write_eof()
    async with asyncio.timeout(20):
        answer = (await asyncio.gather(came, return_exceptions=True))[0]
    await socket.hang_up()
    return closing_code(answer) if isinstance(answer, bytes) else None


def closing_code(answer: bytes) -> int | None:
    """The code in the close frame, which is the last; 1005 for one without a code."""
    at, code = 0, None
    while len(answer) - at >= 2:
        assert code is None, "a frame after the close"
        first, size = answer[at], answer[at + 1]
        at += 2
        if size >= 126:
            wide = 2 if size == 126 else 8
            size = int.from_bytes(answer[at : at + wide], "big")
            at += wide
        assert first in (0x81, 0x82, 0xC1, 0x88, 0x8A), "what a server sends"
        if first == 0x88 and len(answer) >= at + size:
            code = int.from_bytes(answer[at : at + 2], "big") if size else 1005
        at += size
    return code


def files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.gen_test(timeout=60)
@pytest.mark.parametrize("seed", [SEED])
async def test_whatever_is_sent_the_end_is_legal_and_nothing_is_left(seed: int) -> None:
    """A traceback in the log fails the test, as everywhere."""
    dice, codes = random.Random(seed), set[int | None]()
    async with echo_door(1 << 16) as port:
        await client(port, random.Random(0))  # what is allocated once is not a leak
        gc.collect()
        before = files(), len(asyncio.all_tasks())
        tracemalloc.start()
        for _ in range(CLIENTS // AT_ONCE):
            clients = [client(port, random.Random(dice.random())) for _ in range(AT_ONCE)]
            codes.update(await asyncio.gather(*clients))
        await until(lambda: (files(), len(asyncio.all_tasks())) <= before)
        gc.collect()
        left, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert codes - {None, 1005} <= LEGAL_CODES
    assert {1002, 1007} <= codes, "it was wild enough"
    assert left < MOST_LEFT_BYTES
