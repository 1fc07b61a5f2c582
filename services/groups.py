"""Groups: making them, and who joins and leaves."""

from domain.errors import Conflict, NotFound
from models.accounts import AccountStore
from models.database import Document, Duplicate
from models.groups import NewGroup
from services.account_kinds import STAYS
from services.changes import Changes, Draft


class Groups:
    """All groups. Joining and leaving are records: what somebody sees depends on them."""

    def __init__(self, store: AccountStore, changes: Changes):
        self._store, self._changes = store, changes

    async def all(self) -> list[Document]:
        """Every group, by id."""
        return await self._store.groups.all()

    async def named(self, name: str) -> Document:
        """The group of this name; raises `NotFound`."""
        found = await self._store.groups.by_name(name)
        if found is None:
            raise NotFound(f"There is no group {name!r}.")
        return found

    async def add(self, new: NewGroup) -> int:
        """Make a group and return its id; raises `Conflict` when the name is taken."""
        group = await self._store.counters.groups.take()
        try:
            await self._store.groups.add(new.to_document(group, self._changes.clock.stamp()))
        except Duplicate as error:
            raise Conflict(f"The group {new.name!r} exists already.") from error
        return group

    async def join(self, user: int, group: int, *, actor: int | None = None) -> None:
        """Put an account into a group from now on; nothing happens when it is in it."""
        body = {"user": user, "group": group, "joins": True}
        await self._changes.make(Draft(STAYS, actor, body))

    async def leave(self, user: int, group: int, *, actor: int | None = None) -> None:
        """Take an account out of a group from now on; what it received before stays."""
        body = {"user": user, "group": group, "joins": False}
        await self._changes.make(Draft(STAYS, actor, body))
