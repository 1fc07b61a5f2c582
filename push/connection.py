"""One connected client: what it is told, how much it may lag, when it must read the feed again."""

from collections.abc import Callable
from typing import Protocol

from domain.accounts import Identity
from domain.cursors import Cursor

LIVE, READING, CLOSED = "live", "reading", "closed"


class Transport(Protocol):
    """What a connection needs of a socket; nothing here waits."""

    @property
    def unsent_bytes(self) -> int: ...

    def write(self, *frames: bytes) -> None:
        """Send whole text messages, in order, straight away when nothing waits before them."""

    def ping(self) -> None:
        """Ask the peer for a sign of life."""

    def close(self, code: int, reason: str) -> None: ...

    async def drained(self) -> None:
        """Return when nothing waits to be sent; raises ConnectionError when the peer is gone."""


class Connection:
    """A client is reading or live, nothing else (live, "A connection").

    While reading, ``position`` is the number in the ring from which on it has not been told.
    ``cursor`` is where the feed must be read from: what the client came with, or where it stood
    when it fell behind, should the ring no longer reach back. Unset once the feed is read.
    """

    def __init__(self, identity: Identity, transport: Transport, *, most_unsent_bytes: int):
        self.identity = identity
        self.transport = transport
        self.state = READING
        self.position = 0
        self.cursor: Cursor | None = None
        self.told: dict[str, int] | None = None
        self.ping_at_s = 0.0
        self.heard_at_s = 0.0
        self._most_unsent_bytes = most_unsent_bytes

    @property
    def user(self) -> int:
        return self.identity.user.id

    @property
    def is_lagging(self) -> bool:
        """More waits to be sent than the bound: the socket must drain before it is told more."""
        return self.transport.unsent_bytes > self._most_unsent_bytes

    def tell(self, *frames: bytes) -> None:
        """Send frames, unless it is closed."""
        if self.state != CLOSED:
            self.transport.write(*frames)

    def close(self, code: int, reason: str) -> None:
        """End it; may be called twice."""
        if self.state != CLOSED:
            self.state = CLOSED
            self.transport.close(code, reason)


Reader = Callable[[Connection], None]
