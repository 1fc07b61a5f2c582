"""One connected client: what it is told, how much it may lag, when it must read the feed again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from domain.accounts import Identity
from domain.cursors import Cursor
from domain.devices import name_of
from domain.roster import Caller

LIVE, READING, CLOSED = "live", "reading", "closed"
UNKNOWN = Caller()
FROM_THE_FEED = 0  # a position that no ring covers
FIRST_ROWS, MOST_ROWS = 20, 500
PAGE_BYTES = 512 * 1024


class Transport(Protocol):
    """What a connection needs of a socket; nothing here waits."""

    @property
    def unsent_bytes(self) -> int: ...

    def write(self, *frames: bytes) -> None:
        """Send whole text messages, in order, straight away when nothing waits before them."""

    def ping(self) -> bool | None:
        """Ask the peer for a sign of life; True when nothing but its answer can show that it is."""

    def close(self, code: int, reason: str) -> None: ...

    async def drained(self) -> None:
        """Return when nothing waits to be sent; raises ConnectionError when the peer is gone."""


@dataclass(slots=True)
class Reading:
    """Where a connection that reads stands.

    ``position`` is the number in the ring from which on it has not been told. ``cursor`` is where
    the feed must be read from should the ring not reach back that far. Events whose revision is
    below ``not_before`` it was told before it came. ``rows`` is the size of its next page.
    """

    cursor: Cursor
    position: int = FROM_THE_FEED
    not_before: int = 0
    rows: int = FIRST_ROWS
    _noted: int | None = None

    def begin_page(self, ring_end: int) -> int:
        """The position from which on the ring continues what is read from now on.

        Behind a page in the youngest stretch a late change may still appear, so for all of that
        stretch it is the ring's end at its first page.
        """
        is_further_in = self.cursor.page is not None and self._noted is not None
        self._noted = self._noted if is_further_in else ring_end
        assert self._noted is not None
        return self._noted

    def end_page(self, cursor: Cursor, size_bytes: int) -> None:
        """A page was told; the next one is as long as its frames allow."""
        self.cursor = cursor
        fitting = self.rows * PAGE_BYTES // max(1, size_bytes)
        self.rows = max(1, min(fitting, 4 * self.rows, MOST_ROWS))

    def restart(self) -> None:
        """Read the youngest stretch once more: it may look different now."""
        self.cursor = replace(self.cursor, page=None)
        self.position, self.not_before, self._noted = FROM_THE_FEED, 0, None


class Connection:
    """A client is reading or live, nothing else (live, "A connection").

    ``reading`` says where it stands while it reads, once it was greeted.
    ``told_unread`` are the counters that it knows. All times are monotonic seconds;
    ``heard_at_s`` is 0 until it was greeted.
    """

    __slots__ = (  # there are tens of thousands of them
        "_most_unsent_bytes",
        "caller",
        "device",
        "heard_at_s",
        "identity",
        "ping_at_s",
        "reading",
        "state",
        "told_event",
        "told_unread",
        "transport",
        "unanswered",
    )

    def __init__(
        self,
        identity: Identity,
        transport: Transport,
        *,
        most_unsent_bytes: int,
        device: str | None = None,
        caller: Caller = UNKNOWN,
    ):
        self.identity = identity
        self.caller = caller
        self.device = name_of(identity, device)
        self.transport = transport
        self.state = READING
        self.reading: Reading | None = None
        self.told_unread: Mapping[str, int] | None = None
        self.told_event = 0
        self.ping_at_s = 0.0
        self.heard_at_s = 0.0
        self.unanswered = 0
        self._most_unsent_bytes = most_unsent_bytes

    @property
    def user(self) -> int:
        return self.identity.user.id

    @property
    def is_lagging(self) -> bool:
        """More waits to be sent than the bound: the socket must drain before it is told more."""
        return self.transport.unsent_bytes > self._most_unsent_bytes

    def heard(self, now_s: float) -> None:
        """The peer gave a sign of life."""
        self.heard_at_s, self.unanswered = now_s, 0

    def is_silent(self, now_s: float, limit_s: float) -> bool:
        """Nothing was heard for so long, although it was asked more than once."""
        return self.unanswered > 1 and now_s - self.heard_at_s > limit_s

    def tell(self, *frames: bytes) -> None:
        """Send frames, unless it is closed."""
        if self.state != CLOSED:
            self.transport.write(*frames)

    def close(self, code: int, reason: str) -> None:
        """End it; may be called twice."""
        if self.state != CLOSED:
            self.state = CLOSED
            self.transport.close(code, reason)
