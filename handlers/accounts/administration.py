"""What the routes for administrators of accounts share: who may, ids of credentials, searches."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from domain.errors import Invalid
from handlers.dialects import OWN
from handlers.queries import last, whole
from handlers.seed.base import SeedHandler
from models.database import Document

SHOWN_HASH = 12  # characters of a credential's hash: enough to tell one from another
LONGEST_WORDS = 254
MOST_OWNERS = 1_000  # whose credentials one search finds
TOO_LONG = f"Ensure this value has at most {LONGEST_WORDS} characters."


class AdministrationHandler(SeedHandler):
    """A route for administrators alone; lists as the seeds' are."""

    dialect = OWN
    needs: ClassVar[str | None] = None
    admin_only = True

    def words(self) -> str | None:
        """What is searched for, or None; raises `Invalid`."""
        text = (last(self.query(), "q") or "").strip()
        if len(text) > LONGEST_WORDS:
            raise Invalid({"q": [TOO_LONG]})
        return text or None

    async def owners(self) -> list[int] | None:
        """Whose credentials are asked for, by ``user`` or by ``q``; None: anybody's."""
        user, words = whole(self.query(), "user"), self.words()
        if user is not None:
            return [user]
        if words is None:
            return None
        users = self.app.accounts.store.users
        return [one for one, _ in await users.find_people(words, MOST_OWNERS)]

    async def named(self, ids: Iterable[int]) -> Mapping[int, dict[str, Any]]:
        """Accounts as other things show them, by their ids."""
        names = await self.app.accounts.store.users.names(ids)
        return {one: {"id": one, "username": name} for one, name in names.items()}


def shown_id(credential: Document) -> str:
    """A credential as it is named outside: the beginning of its hash."""
    return str(credential["_id"])[:SHOWN_HASH]
