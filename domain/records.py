"""A record: the one document that makes a change certain before its effects (live, "A change")."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.trail import Trail

Body = Mapping[str, object]

LONGEST_KEY = 255  # characters of an Idempotency-Key
LISTED_RECIPIENTS = 1_000  # more live in chunk documents beside the record (hole H14)


@dataclass(frozen=True)
class Lease:
    """Who is working on a record's effects, and until when (µs) nobody else does."""

    by: str
    until: int


@dataclass(frozen=True)
class Record:
    """A committed change.

    ``stamp`` is the moment of the decision and orders decisions about one item; ``revision`` is
    the place in the feed and may be stamped again when effects came late. ``body`` holds all
    that is needed to do the effects again, with the same ids; ``trail`` is the request that
    asked for it.
    """

    id: str
    what: str
    stamp: int
    revision: int
    actor: int | None
    body: Body
    to: tuple[int, ...] = ()
    answer: Body = field(default_factory=dict)
    fingerprint: str | None = None
    lease: Lease | None = None
    state: str = "open"
    attempts: int = 0
    trail: Trail | None = None


@dataclass(frozen=True)
class Key:
    """An Idempotency-Key in its scope: one user, method and path (surface)."""

    user: int
    method: str
    path: str
    text: str

    @property
    def scope(self) -> str:
        """What is the same for the same request alone."""
        return f"{self.user}\n{self.method}\n{self.path}\n{self.text}"

    @property
    def record_id(self) -> str:
        """The ``_id`` of the record made under this key: the key is the record (hole H5)."""
        return "k" + hashlib.sha256(self.scope.encode()).hexdigest()[:40]
