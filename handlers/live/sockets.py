"""The websockets of one application: whoever has something to send is sent it together.

What is written in one turn of the loop goes out at its end, for so many sockets as one turn should;
`flush` sends it now.
"""

import asyncio
from typing import Protocol

from handlers.live.framing import Framing

SENDS_A_TURN = 1_000


class Socket(Protocol):
    """One of them."""

    def flush(self) -> None:
        """Send what was written."""

    def cut(self) -> None:
        """Be gone without a word."""


class Sockets:
    """All that are open, and those of them that wait to be sent something."""

    def __init__(self, deflate_from_bytes: int):
        self.plain, self.deflated = Framing(), Framing(deflate_from_bytes)
        self._all: set[Socket] = set()
        self._written: list[Socket] = []

    def __len__(self) -> int:
        return len(self._all)

    def add(self, one: Socket) -> None:
        self._all.add(one)

    def remove(self, one: Socket) -> None:
        self._all.discard(one)

    def send_later(self, one: Socket) -> None:
        """It has something to send, and had not before."""
        if not self._written:
            asyncio.get_running_loop().call_soon(self._send)
        self._written.append(one)

    def flush(self) -> None:
        """Send now what was written so far in this turn, unless that is much."""
        if len(self._written) <= SENDS_A_TURN:
            self._send()

    def _send(self) -> None:
        """Send for as many as one turn should; the others have theirs in the next."""
        written = self._written
        self._written = written[SENDS_A_TURN:]
        if self._written:
            asyncio.get_running_loop().call_soon(self._send)
        for one in written[:SENDS_A_TURN]:
            one.flush()

    def cut(self) -> None:
        """Cut off all who are left, without a word."""
        for one in list(self._all):
            one.cut()
