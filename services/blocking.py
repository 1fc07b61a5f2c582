"""Blocking and muting a sender: what he sends leaves as ever, and says nothing of it.

A blocked sender's message has no copy that its recipient ever sees; a muted one's arrives read, so
that nothing rings or counts. Sent boxes, answers and receipts are the same as for one that lies
unread: there is no way to ask.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.clock import Clock
from domain.errors import Invalid, NotFound
from models.blocked import Blocked
from models.database import Document
from models.users import Users
from services.memory import Memory
from services.remembered import Remembered

BLOCK: Final = "block"
MUTE: Final = "mute"
MODES: Final = (BLOCK, MUTE)
MOST: Final = 1_000  # of one person
MOST_REMEMBERED: Final = 10_000
ONESELF: Final = "You cannot block yourself."
TOO_MANY: Final = f"You cannot block more than {MOST} people."


@dataclass(frozen=True)
class Unwanted:
    """Of a message's recipients those who do not get it, and those who get it silently."""

    hidden: list[int]
    muted: list[int]


NOBODY: Final = Unwanted([], [])


class Blocking:
    """Each person's own list; what it says holds in every process within a look's time.

    Nearly nowhere is anybody blocked, so that is asked once in a while, and only then by sender.
    """

    def __init__(self, blocked: Blocked, users: Users, clock: Clock, memory: Memory):
        self._blocked, self._users, self._clock = blocked, users, clock
        self._memory = memory
        self._nobody = memory.of(blocked.is_empty)
        self._of: dict[int, Remembered[dict[int, str]]] = {}

    async def listed(self, owner: int) -> list[Document]:
        """Whom somebody blocks or mutes, the latest first."""
        return await self._blocked.by(owner)

    async def put(self, owner: int, sender: int, mode: str) -> Document:
        """Block or mute somebody; raises `NotFound` for nobody, `Invalid` for oneself."""
        if owner == sender:
            raise Invalid({"user": [ONESELF]})
        if await self._users.get(sender) is None:
            raise NotFound
        known = await self._blocked.by(owner)
        if len(known) >= MOST and sender not in {one["sender"] for one in known}:
            raise Invalid({"non_field_errors": [TOO_MANY]})
        found = await self._blocked.put(owner, sender, mode, self._clock.now())
        self._forget(sender)
        return found

    async def remove(self, owner: int, sender: int) -> None:
        """Take his messages again, those from now on; raises `NotFound`."""
        if not await self._blocked.remove(owner, sender):
            raise NotFound
        self._forget(sender)

    async def unwanted(self, sender: int, recipients: Sequence[int]) -> Unwanted:
        """Who of them does not want what this sender sends."""
        if await self._nobody.get():
            return NOBODY
        if sender not in self._of and len(self._of) >= MOST_REMEMBERED:
            self._of.clear()

        async def read() -> dict[int, str]:
            return await self._blocked.of(sender)

        modes = await self._of.setdefault(sender, self._memory.of(read)).get()
        hidden = [one for one in recipients if modes.get(one) == BLOCK] if modes else []
        muted = [one for one in recipients if modes.get(one) == MUTE] if modes else []
        return Unwanted(hidden, muted)

    def _forget(self, sender: int) -> None:
        self._nobody.forget()
        self._of.pop(sender, None)
