"""What a record means to those who are connected: frames for users, and signals to processes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.accounts import User
from domain.audiences import Audience
from domain.localization import variant_of

BULK = 100  # changing more items than this at once is read from the feed, not pushed


@dataclass(frozen=True)
class Part:
    """One frame and whom it is for; users are named in ascending order.

    With ``first_id``, ``frame`` lacks its end: recipient n's own id, ``first_id + n``, and the
    closing braces follow it. ``unread`` is (box, difference) for each who gets it; a difference of
    0 asks for a count. ``variants`` are frames for languages, ``frame`` is for all others;
    ``without`` are those of an audience who are told by other means.
    """

    to: tuple[int, ...] | Audience
    frame: bytes
    first_id: int | None = None
    unread: tuple[str, int] | None = None
    as_of: int = 0
    variants: Mapping[str, bytes] = field(default_factory=dict)
    without: frozenset[int] = frozenset()

    def is_for(self, user: User) -> bool:
        """Of a part for an audience: is he in it, and told by this?"""
        assert isinstance(self.to, Audience)
        return self.to.includes(user.member, self.as_of) and user.id not in self.without

    def frame_for(self, user: User) -> bytes:
        """The frame in his language."""
        if not self.variants:
            return self.frame
        return self.variants.get(variant_of(user.language, self.variants), self.frame)

    @property
    def size_bytes(self) -> int:
        """Roughly what keeping this part costs."""
        named = self.to if isinstance(self.to, tuple) else self.without
        return 100 * len(named) + len(self.frame) + sum(map(len, self.variants.values()))


@dataclass(frozen=True)
class Signal:
    """Something a process must do about a user's connections or what it remembers of him.

    ``revoked``: the credential (None: every one) has ended. ``changed``: look at him afresh.
    ``reread``: his mailbox changed in bulk; read it from the feed.
    """

    what: str
    user: int
    credential: str | None = None


@dataclass(frozen=True)
class Event:
    """All that one record brings about on the live channel, the same on every process.

    ``named`` are all whom it names; ``has_audience``: it is for others, too. ``size_bytes`` is
    roughly what keeping it costs: the ring's measure.
    """

    record: str
    revision: int
    parts: tuple[Part, ...] = ()
    signals: tuple[Signal, ...] = ()
    named: frozenset[int] = field(init=False, repr=False, compare=False)
    has_audience: bool = field(init=False, repr=False, compare=False)
    size_bytes: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out, once, what all ask who handle it."""
        named, has_audience = {one.user for one in self.signals}, False
        size_bytes = 300 + 50 * len(self.signals)
        for part in self.parts:
            size_bytes += part.size_bytes
            if isinstance(part.to, tuple):
                named.update(part.to)
            else:
                has_audience = True
        object.__setattr__(self, "named", frozenset(named))
        object.__setattr__(self, "has_audience", has_audience)
        object.__setattr__(self, "size_bytes", size_bytes)

    @property
    def users(self) -> frozenset[int] | None:
        """Everybody whom it concerns by name; None when an audience is among them."""
        return None if self.has_audience else self.named
