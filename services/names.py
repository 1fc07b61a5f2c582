"""Usernames by id, remembered for no longer than a look takes.

Invariant: as `memory`: once a user was forgotten no name of his is told that was read before.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice

from domain.events import Event
from models.asking import Asker
from models.database import Document
from models.users import Users

MOST_REMEMBERED = 20_000
MANY = 1_000  # more people at once are asked for afresh: they would push out all others


class KnownNames:
    """Names of accounts that exist; the oldest are forgotten first. ``monotonic`` is in seconds."""

    def __init__(self, users: Users, monotonic: Callable[[], float], most_age_s: float):
        self._users, self._monotonic, self._most_age_s = users, monotonic, most_age_s
        self._asker = Asker(self._read)
        self._known: dict[int, tuple[str, float]] = {}
        self._forgotten = 0

    async def of(self, people: Iterable[int]) -> dict[int, str]:
        """The names of those of these people whose accounts exist."""
        wanted = set(people)
        if len(wanted) > MANY:
            return await self._users.names(wanted)
        known = self._remembered(wanted)
        missing = wanted - known.keys()
        return known | await self._ask(missing) if missing else known

    def _remembered(self, wanted: Collection[int]) -> dict[int, str]:
        oldest = self._monotonic() - self._most_age_s
        found = {user: self._known[user] for user in wanted if user in self._known}
        return {user: name for user, (name, at) in found.items() if at > oldest}

    async def _ask(self, missing: Collection[int]) -> dict[int, str]:
        asked, forgotten = self._monotonic(), self._forgotten
        names = await self._names(missing)
        if forgotten == self._forgotten:  # else what was read may be old already
            for user, name in names.items():
                self._known.pop(user, None)
                self._known[user] = (name, asked)
            for user in list(islice(self._known, max(0, len(self._known) - MOST_REMEMBERED))):
                del self._known[user]
        return names

    async def _names(self, missing: Collection[int]) -> dict[int, str]:
        """As `Users.names`; one alone comes with the others who are asked about meanwhile."""
        if len(missing) > 1:
            return await self._users.names(missing)
        found = await self._asker.get(*missing)
        return {} if found is None else {found["_id"]: found["username"]}

    async def _read(self, people: Sequence[int]) -> list[Document]:
        names = await self._users.names(people)
        return [{"_id": user, "username": name} for user, name in names.items()]

    def forget(self, event: Event) -> None:
        """Obey an event: those whom its signals name are asked about afresh."""
        for signal in event.signals:
            if signal.what in ("changed", "revoked"):
                self._forgotten += 1
                self._known.pop(signal.user, None)
