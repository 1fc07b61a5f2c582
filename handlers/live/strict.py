"""RFC 6455 to the letter: a client's bytes in, frames out, nothing of sockets.

What a client must not send raises `Broken` with the close code that says why, as soon as the
bytes show it: a text that is not UTF-8 fails at its first wrong byte, a frame that is too long at
its head. `tests/handlers/test_live_frames_in.py` holds it to wsproto, which does the same slower.
"""

import struct
from codecs import IncrementalDecoder, getincrementaldecoder
from typing import NamedTuple

from domain.closing import NOT_UTF8, PROTOCOL_ERROR, TOO_LARGE
from handlers.live.deflate import Bomb, Undecodable, inflate

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
DATA, CONTROL = (CONTINUATION, TEXT, BINARY), (CLOSE, PING, PONG)
FINAL, RESERVED, DEFLATED, MASKED, LENGTH = 0x80, 0x70, 0x40, 0x80, 0x7F
LONGEST_CONTROL = 125
LEGAL_CODES = frozenset((*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)))
HEAD_BYTES = {126: 8, 127: 14}  # with mask, by the length that the second byte says
SHORT_HEAD_BYTES = 6

utf8_decoder = getincrementaldecoder("utf-8")


class Broken(Exception):
    """The client sent what it must not; the connection fails with this code."""

    def __init__(self, code: int, reason: str):
        super().__init__(reason)
        self.code, self.reason = code, reason


class Frame(NamedTuple):
    """A control frame, or a whole message; ``opcode`` is CONTINUATION for a part of a longer one.

    The payload of a TEXT is UTF-8, that of a CLOSE is empty or a legal code and a text.
    """

    opcode: int
    payload: bytes


class Head(NamedTuple):
    """What stands before a payload."""

    opcode: int
    is_final: bool
    length: int
    mask: bytes


class FrameReader:
    """A client's frames, one after the other, from bytes in pieces of any size."""

    __slots__ = (
        "_buffer",
        "_decoder",
        "_head",
        "_is_deflated",
        "_judged",
        "_may_deflate",
        "_message",
        "_most_bytes",
        "_opcode",
    )

    def __init__(self, most_bytes: int, *, may_deflate: bool = False):
        """``most_bytes`` is the limit of a message, ``may_deflate`` whether RFC 7692 is spoken."""
        self._buffer = bytearray()
        self._most_bytes, self._may_deflate = most_bytes, may_deflate
        self._head: Head | None = None
        self._message: bytearray | None = None
        self._opcode, self._is_deflated = CONTINUATION, False
        self._decoder: IncrementalDecoder | None = None
        self._judged = 0  # bytes of the payload that comes in that are known to be UTF-8

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next(self) -> Frame | None:
        """The next frame, or None when more bytes are needed; raises `Broken`."""
        head = self._head = self._head or self._read_head()
        if head is None:
            return None
        if len(self._buffer) < head.length:
            self._look_ahead(head)
            return None
        payload = _unmask(self._buffer[: head.length], head.mask)
        del self._buffer[: head.length]
        self._head = None
        if head.opcode in CONTROL:
            return _control(head.opcode, payload)
        return self._gather(head, payload)

    # Heads

    def _read_head(self) -> Head | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        first, second = buffer[0], buffer[1]
        self._check_start(first, second)
        said = second & LENGTH
        size = HEAD_BYTES.get(said, SHORT_HEAD_BYTES)
        if len(buffer) >= size - 4:
            self._check_length(first, _length(buffer, said))
        if len(buffer) < size:
            return None
        head = Head(
            first & 0x0F, bool(first & FINAL), _length(buffer, said), bytes(buffer[size - 4 : size])
        )
        if head.opcode in DATA:
            self._begin(head, is_deflated=bool(first & DEFLATED))
        del buffer[:size]
        return head

    def _check_start(self, first: int, second: int) -> None:
        opcode = first & 0x0F
        may_be_reserved = self._may_deflate and opcode in (TEXT, BINARY)
        reserved = first & RESERVED & ~(DEFLATED if may_be_reserved else 0)
        if reserved or opcode not in DATA + CONTROL or not second & MASKED:
            raise Broken(PROTOCOL_ERROR, "an illegal frame")
        if opcode in CONTROL and not (first & FINAL and second & LENGTH <= LONGEST_CONTROL):
            raise Broken(PROTOCOL_ERROR, "an illegal control frame")
        if opcode in DATA and (opcode == CONTINUATION) is (self._message is None):
            raise Broken(PROTOCOL_ERROR, "a fragment out of order")

    def _check_length(self, first: int, length: int) -> None:
        before = len(self._message or b"") if first & 0x0F in DATA else 0
        if length + before > self._most_bytes and first & 0x0F in DATA:
            raise Broken(TOO_LARGE, "message too large")

    def _begin(self, head: Head, *, is_deflated: bool) -> None:
        """A data frame comes in; its place in a message was checked."""
        if self._message is None:
            self._message, self._opcode = bytearray(), head.opcode
            self._is_deflated = is_deflated

    # Payloads

    def _look_ahead(self, head: Head) -> None:
        """Judge what is here of a text already: it fails as soon as it can."""
        if head.opcode in DATA and self._opcode == TEXT and not self._is_deflated:
            shift = self._judged % 4
            mask = head.mask[shift:] + head.mask[:shift]
            piece = _unmask(self._buffer[self._judged :], mask)
            self._judged += len(piece)
            self._judge(piece, is_end=False)

    def _gather(self, head: Head, payload: bytes) -> Frame:
        """A whole message, if this is its last frame."""
        assert self._message is not None
        if self._opcode == TEXT and not self._is_deflated:
            self._judge(payload[self._judged :], is_end=head.is_final)
        self._judged = 0
        self._message += payload
        if not head.is_final:
            return Frame(CONTINUATION, b"")
        message, self._message, self._decoder = bytes(self._message), None, None
        return Frame(self._opcode, self._inflated(message) if self._is_deflated else message)

    def _judge(self, piece: bytes, *, is_end: bool) -> None:
        """Go on reading a text; raises `Broken` for what is not UTF-8."""
        try:
            if is_end and self._decoder is None:
                piece.decode()
                return
            self._decoder = self._decoder or utf8_decoder()
            self._decoder.decode(piece, is_end)
        except UnicodeDecodeError as error:
            raise Broken(NOT_UTF8, "not UTF-8") from error

    def _inflated(self, message: bytes) -> bytes:
        try:
            whole = inflate(message, self._most_bytes)
        except Bomb as error:
            raise Broken(TOO_LARGE, "message too large") from error
        except Undecodable as error:
            raise Broken(NOT_UTF8, "not deflated data") from error
        if self._opcode == TEXT:
            self._judge(whole, is_end=True)
        return whole


def _length(buffer: bytearray, said: int) -> int:
    """The length of a payload; raises `Broken` for one that is written longer than it must be."""
    if said < 126:
        return said
    length: int
    form, least = ("!H", 126) if said == 126 else ("!Q", 65_536)
    (length,) = struct.unpack_from(form, buffer, 2)
    if length < least:
        raise Broken(PROTOCOL_ERROR, "an illegal length")
    return length


def _unmask(data: bytes | bytearray, mask: bytes) -> bytes:
    """``data`` xor ``mask`` over and over, as one large number: the quickest way without C."""
    size = len(data)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "little")
    return (int.from_bytes(data, "little") ^ key).to_bytes(size, "little")


def _control(opcode: int, payload: bytes) -> Frame:
    """A close frame has no payload, or a legal code and a text; raises `Broken`."""
    if opcode == CLOSE and payload:
        if len(payload) == 1 or int.from_bytes(payload[:2], "big") not in LEGAL_CODES:
            raise Broken(PROTOCOL_ERROR, "an illegal close code")
        try:
            payload[2:].decode()
        except UnicodeDecodeError as error:
            raise Broken(NOT_UTF8, "not UTF-8") from error
    return Frame(opcode, payload)
