"""Messages as a server's frames (RFC 6455, 5.2), made once however many receive them in a row."""

import struct

from handlers.live.deflate import deflate
from handlers.live.strict import CLOSE, DEFLATED, FINAL, TEXT

SHORT, MEDIUM = 126, 65_536
LONGEST_REASON_BYTES = 123


def frame(first: int, payload: bytes) -> bytes:
    """A whole unmasked frame; ``first`` is its first byte."""
    size = len(payload)
    if size < SHORT:
        return bytes((first, size)) + payload
    if size < MEDIUM:
        return struct.pack("!BBH", first, 126, size) + payload
    return struct.pack("!BBQ", first, 127, size) + payload


def close_frame(code: int | None, reason: str = "") -> bytes:
    """A close frame, with a reason cut to what fits; without a code it is empty."""
    if code is None:
        return frame(FINAL | CLOSE, b"")
    text = reason.encode()[:LONGEST_REASON_BYTES].decode(errors="ignore").encode()
    return frame(FINAL | CLOSE, code.to_bytes(2, "big") + text)


def plain(payload: bytes) -> bytes:
    """A text message as it is."""
    return frame(FINAL | TEXT, payload)


class Framing:
    """Makes text frames of one sort, and the same payloads' only once in a row.

    An event's receivers are all handed the same objects, one after the other, so the last ones made
    are all that need be remembered; of those compressed the last one apart, for the short frames of
    unread counters go out between an event's.
    """

    def __init__(self, deflate_from_bytes: int | None = None):
        """Shorter payloads than ``deflate_from_bytes`` are sent as they are; None: all."""
        self._deflate_from = deflate_from_bytes
        self._payloads: tuple[bytes, ...] = ()
        self._frames = b""
        self._compressed, self._compressed_frame = b"", b""

    def __call__(self, payloads: tuple[bytes, ...]) -> bytes:
        """The frames of these messages, in one piece."""
        if payloads != self._payloads:
            self._payloads, self._frames = payloads, b"".join(map(self._make, payloads))
        return self._frames

    def _make(self, payload: bytes) -> bytes:
        if self._deflate_from is None or len(payload) < self._deflate_from:
            return plain(payload)
        if payload is not self._compressed:
            self._compressed = payload
            self._compressed_frame = frame(FINAL | DEFLATED | TEXT, deflate(payload))
        return self._compressed_frame
