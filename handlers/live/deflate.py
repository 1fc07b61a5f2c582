"""permessage-deflate (RFC 7692) without context takeover: every message stands alone.

So nothing is kept per connection, and a frame that many receive is compressed once. Frames are
made with a window of 4 KiB, so that also clients with little memory read them, and of one sort.
"""

import zlib
from collections.abc import Iterator

NAME = "permessage-deflate"
WINDOW_BITS = 12
LARGEST_WINDOW_BITS, SMALLEST_WINDOW_BITS = 15, 8
LEVEL, MEMORY_LEVEL = 6, 5
DEFLATE_FROM_BYTES = 512  # below, hardly anything is saved
TAIL = b"\x00\x00\xff\xff"  # ends every message, and is not sent


class Bomb(Exception):
    """It would be longer than the limit."""


class Undecodable(Exception):
    """It is not deflated data."""


def deflate(payload: bytes) -> bytes:
    """A message's payload, compressed."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -WINDOW_BITS, MEMORY_LEVEL)
    return (packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH))[: -len(TAIL)]


def inflate(payload: bytes, most_bytes: int) -> bytes:
    """The message; raises `Bomb` past ``most_bytes`` without unpacking it, or `Undecodable`."""
    unpacker = zlib.decompressobj(-LARGEST_WINDOW_BITS)
    try:
        whole = unpacker.decompress(payload + TAIL, most_bytes + 1)
    except zlib.error as error:
        raise Undecodable from error
    if len(whole) > most_bytes:
        raise Bomb
    return whole


def agreed(header: str) -> str | None:
    """The answer to a client's ``Sec-WebSocket-Extensions``; None when nothing can be agreed on."""
    for offer in header.split(","):
        name, *parameters = (part.strip() for part in offer.split(";"))
        if name.lower() == NAME:
            answer = _answer(parameters)
            if answer is not None:
                return answer
    return None


def _answer(parameters: list[str]) -> str | None:
    """What one offer is answered, or None where it must be passed over."""
    taken: dict[str, str] = {}
    for key, value in _pairs(parameters):
        if key in taken or not _is_legal(key, value):
            return None
        taken[key] = value
    answer = [NAME, "server_no_context_takeover", "client_no_context_takeover"]
    asked = taken.get("server_max_window_bits")
    if asked is not None:
        if int(asked) < WINDOW_BITS:
            return None
        answer.append(f"server_max_window_bits={WINDOW_BITS}")
    return "; ".join(answer)


def _pairs(parameters: list[str]) -> Iterator[tuple[str, str]]:
    for one in parameters:
        key, _, value = one.partition("=")
        yield key.strip().lower(), value.strip().strip('"')


def _is_legal(key: str, value: str) -> bool:
    if key in ("server_no_context_takeover", "client_no_context_takeover"):
        return not value
    if key == "client_max_window_bits" and not value:
        return True
    if key in ("server_max_window_bits", "client_max_window_bits"):
        is_number = value.isascii() and value.isdecimal() and not value.startswith("0")
        return is_number and SMALLEST_WINDOW_BITS <= int(value[:3]) <= LARGEST_WINDOW_BITS
    return False
