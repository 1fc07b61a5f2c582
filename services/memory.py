"""What a process remembers of identities, for no longer than a look takes.

Invariant: nothing older than ``most_age_s`` is told, and once a user was forgotten nothing is told
that was read before.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from domain.accounts import Identity
from services.remembered import Remembered

MOST_REMEMBERED = 10_000

T = TypeVar("T")

Find = Callable[[], Awaitable[Identity]]


@dataclass(frozen=True)
class _Known:
    identity: Identity
    at: float


class Memory:
    """Identities by key, at most 10,000, the oldest leave first; ``monotonic`` is in seconds."""

    def __init__(self, monotonic: Callable[[], float], most_age_s: float = 2.0):
        self._monotonic, self._most_age_s = monotonic, most_age_s
        self._known: dict[str, _Known] = {}
        self._of_user: dict[int, set[str]] = {}
        self._forgotten = 0

    async def recall(self, key: str, find: Find) -> Identity:
        """What ``find`` told lately, or tells now; what it raises is not remembered."""
        known = self._known.get(key)
        asked = self._monotonic()
        if known is not None and asked - known.at < self._most_age_s:
            return known.identity
        forgotten = self._forgotten
        identity = await find()
        # What was read before an event that was heard meanwhile may be old already.
        if forgotten == self._forgotten:
            self._remember(key, _Known(identity, asked))
        return identity

    def of(self, read: Callable[[], Awaitable[T]]) -> Remembered[T]:
        """Something that is remembered for as long as identities are."""
        return Remembered(read, self._monotonic, self._most_age_s)

    def forget(self, user: int) -> None:
        """Let everything about a user be asked again."""
        self._forgotten += 1
        for key in self._of_user.pop(user, ()):
            del self._known[key]

    def _remember(self, key: str, known: _Known) -> None:
        self._drop(key)
        if len(self._known) >= MOST_REMEMBERED:
            self._drop(next(iter(self._known)))
        self._known[key] = known
        self._of_user.setdefault(known.identity.user.id, set()).add(key)

    def _drop(self, key: str) -> None:
        known = self._known.pop(key, None)
        if known is None:
            return
        keys = self._of_user[known.identity.user.id]
        keys.discard(key)
        if not keys:
            del self._of_user[known.identity.user.id]
