"""An e-mail: what is to be said to whom, and what becomes of it (alerts contract, 2.6 and 3.11).

    pending ──accepted by the relay──▶ sent
       └──refused for good (5xx)─────▶ failed

"Sent" is accepted, not delivered: what happens later is told by the relay's own callbacks.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

PENDING, SENT, FAILED = "pending", "sent", "failed"

# Queues, each a kind of job of its own, so that one waiting for its turn does not wait for all of
# another; and how many of each a process sends at once: high ones as many as there may be (3.11).
TRANSACTIONAL: Final = "mail.transactional"
IMMEDIATE_HIGH: Final = "mail.immediate_high"
IMMEDIATE: Final = "mail.immediate"
DIGEST: Final = "mail.digest"
WEIGHTS: Final = {TRANSACTIONAL: 14, IMMEDIATE_HIGH: 14, IMMEDIATE: 12, DIGEST: 12}
URGENT: Final = frozenset({TRANSACTIONAL})  # never held back by the cap

EVERYBODY: Final = "*"
_NAMESPACE: Final = UUID("5a5d4f0e-52c0-4b7c-8f8e-0a3c2b9f6d11")


@dataclass(frozen=True, slots=True)
class NewMail:
    """An e-mail to be queued; ``key`` makes queueing it twice harmless.

    ``text`` is markdown, from which both parts are made. ``one_click`` is the URL that ends the
    ``subscription`` by one POST (RFC 8058). ``content`` is what it tells of.
    ``kind`` is what its reader may have wishes about (domain/preferences), ``due_at`` when he is
    to get it at the earliest (µs).
    """

    key: str
    address: str
    subject: str
    text: str
    subscriber: int | None = None
    subscription: str | None = None
    content: str | None = None
    one_click: str | None = None
    queue: str = TRANSACTIONAL
    kind: str | None = None
    due_at: int | None = None

    @property
    def id(self) -> str:
        """The e-mail's id, the same for the same key: it is also the callbacks' reference."""
        return id_of(self.key)


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail as it is kept; ``created_at`` in µs."""

    id: str
    address: str
    subject: str
    text: str
    queue: str
    status: str
    created_at: int
    one_click: str | None = None
    subscription: str | None = None


class MailUnsent(Exception):
    """It could not be handed over; ``is_final`` when no later attempt can be better."""

    def __init__(self, reason: str, *, is_final: bool = False):
        super().__init__(reason)
        self.is_final = is_final


def id_of(key: str) -> str:
    """The id of the e-mail with this key."""
    return str(uuid5(_NAMESPACE, key))


def is_allowed(address: str, allow: Collection[str]) -> bool:
    """May this address be written to? Without regard to case."""
    return EVERYBODY in allow or address.lower() in {one.lower() for one in allow}


def retry_after_s(attempts: int, delays_s: tuple[float, ...]) -> float:
    """How long to wait after so many failed attempts; the last delay holds for all later ones."""
    return delays_s[min(attempts, len(delays_s)) - 1] if delays_s else 0.0
