"""Frames in, held to an independent reader: the same frames, or the same refusal."""

import random

from hypothesis import given, settings
from hypothesis import strategies as some
from wsproto.frame_protocol import FrameDecoder, MessageDecoder, Opcode, ParseFailed

from handlers.live.strict import LEGAL_CODES, Broken, FrameReader
from tests.handlers.raw_sockets import framed

MOST_BYTES = 1 << 20
Told = list[tuple[int, bytes]]

TEXTS = some.one_of(
    some.text(max_size=200).map(str.encode),
    some.text(min_size=100, max_size=400).map(lambda text: (text * 200).encode()),
    some.binary(max_size=200),
)
CLOSES = some.one_of(
    some.binary(max_size=1),
    some.tuples(some.integers(0, 5_100), some.text(max_size=30)).map(
        lambda pair: pair[0].to_bytes(2, "big") + pair[1].encode()
    ),
    some.tuples(some.sampled_from(sorted(LEGAL_CODES)), some.binary(max_size=30)).map(
        lambda pair: pair[0].to_bytes(2, "big") + pair[1]
    ),
)
OPCODES = some.one_of(
    some.sampled_from([0, 0, 1, 1, 1, 2, 9, 10]), some.integers(0, 15).filter(lambda n: n != 8)
)
FRAMES = some.one_of(
    some.builds(
        framed,
        OPCODES,
        TEXTS,
        final=some.sampled_from([True, True, False]),
        masked=some.sampled_from([True] * 20 + [False]),
        rsv=some.sampled_from([0] * 20 + [1, 2, 4]),
    ),
    CLOSES.map(lambda payload: framed(8, payload)),
)


def ours(pieces: list[bytes]) -> tuple[Told, int | None]:
    """What the reader makes of them: whole messages and control frames, then what it fails with."""
    reader, told = FrameReader(MOST_BYTES), Told()
    try:
        for piece in pieces:
            reader.feed(piece)
            while (frame := reader.next()) is not None:
                if frame.opcode:
                    told.append((frame.opcode, frame.payload))
                if frame.opcode == 8:
                    return told, None
    except Broken as error:
        return told, error.code
    return told, None


def theirs(pieces: list[bytes]) -> tuple[Told, int | None]:
    """The same by wsproto's parts, whose close codes are checked here: it does not know 1014."""
    frames, messages = FrameDecoder(client=False), MessageDecoder()
    told, parts = Told(), list[bytes]()
    try:
        for piece in pieces:
            frames.receive_bytes(piece)
            while (frame := frames.process_buffer()) is not None:
                if frame.opcode.iscontrol():
                    payload = bytes(frame.payload)  # type: ignore[arg-type]
                    if frame.opcode is Opcode.CLOSE:
                        return _closed(told, payload)
                    told.append((int(frame.opcode), payload))
                    continue
                part = messages.process_frame(frame)
                raw = part.payload
                parts.append(raw.encode() if isinstance(raw, str) else bytes(raw))  # type: ignore[arg-type]
                if part.message_finished:
                    told.append((int(part.opcode), b"".join(parts)))
                    parts.clear()
    except ParseFailed as error:
        return told, int(error.code)
    return told, None


def _closed(told: Told, payload: bytes) -> tuple[Told, int | None]:
    if payload and (len(payload) == 1 or int.from_bytes(payload[:2], "big") not in LEGAL_CODES):
        return told, 1002
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        return told, 1007
    return [*told, (8, payload)], None


def cut(data: bytes, dice: random.Random) -> list[bytes]:
    """In pieces as a network makes them."""
    pieces, most = [], dice.choice([1, 3, 50, 5_000, 1 << 20])
    if len(data) > 2_000 * most:
        most = len(data) // 1_000
    while data:
        size = dice.randint(1, most)
        pieces.append(data[:size])
        data = data[size:]
    return pieces


@settings(max_examples=100, deadline=None)
@given(some.lists(FRAMES, max_size=6), some.randoms(use_true_random=False))
def test_both_read_the_same(sent: list[bytes], dice: random.Random) -> None:
    pieces = cut(b"".join(sent), dice)
    assert ours(pieces) == theirs(pieces)


@settings(max_examples=200, deadline=None)
@given(some.binary(max_size=300), some.randoms(use_true_random=False))
def test_both_read_the_same_in_noise(sent: bytes, dice: random.Random) -> None:
    told, code = ours(cut(sent, dice))
    other = theirs(cut(sent, dice))
    assert (told, code) == other or code in (1002, 1009)  # longer than allowed, or than need be
    assert told == other[0][: len(told)]
