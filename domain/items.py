"""One thing in a mailbox, whichever collection it came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MESSAGE, NOTICE, SENT, SCHEDULED = "message", "notice", "sent", "scheduled"
ANNOUNCEMENT = "announcement"
PLACES = {
    MESSAGE: 0,
    NOTICE: 1,
    SENT: 2,
    ANNOUNCEMENT: 3,
}  # the order of kinds that share a moment and an id
BOXES = {
    MESSAGE: "messages",
    NOTICE: "notices",
    ANNOUNCEMENT: "announcements",
}  # a kind's unread counter
# Whose settings a kind follows.
BOX_OF = {
    MESSAGE: MESSAGE,
    NOTICE: NOTICE,
    SENT: MESSAGE,
    SCHEDULED: MESSAGE,
    ANNOUNCEMENT: NOTICE,
}


@dataclass(frozen=True, slots=True)
class Item:
    """A message or notice received, a message sent or to be sent, or an announcement in force.

    ``sent_on`` and others are µs. ``announcement`` is what is shown of one beside its content, in
    its reader's language; it is read once it needs no confirmation.

    ``plan`` is what is shown of one to be sent beside that; its ``sent_on`` is when, 0: some time.

    ``key`` orders items that share a revision in the feed. A deleted item has no content.
    """

    kind: str
    id: int
    key: str
    version: int
    revision: int
    content: str = ""
    sent_on: int = 0
    is_read: bool = False
    is_deleted: bool = False
    sender: int | None = None
    recipients: tuple[int, ...] = ()
    expires_at: int | None = None
    origin: Mapping[str, Any] | None = None
    plan: Mapping[str, Any] | None = None
    announcement: Mapping[str, Any] | None = None

    @property
    def rank(self) -> tuple[bool, int, int]:
        """The inbox's order: unread first, then newest first, then by id (contract 1.8)."""
        return (self.is_read, -self.sent_on, self.id)

    @property
    def age(self) -> tuple[int, int, int]:
        """Newest first, then by id; copies and sent messages have ids of their own."""
        return (-self.sent_on, self.id, PLACES[self.kind])

    def has_expired(self, now: int) -> bool:
        return self.expires_at is not None and self.expires_at <= now
