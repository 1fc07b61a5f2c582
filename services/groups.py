"""Groups: making them, and who joins and leaves."""

from collections.abc import Mapping
from typing import Any

from domain.errors import Conflict, NotFound
from domain.records import Body, Key
from domain.windows import Listed, Window
from models.accounts import AccountStore
from models.database import Document, Duplicate
from models.groups import NewGroup
from services.account_kinds import GROUP, STAYS
from services.changes import Changes, Draft
from services.creations import Creation

OF_THE_SYSTEM = "The system's groups are what they are."


class Groups:
    """All groups. Joining and leaving are records: what somebody sees depends on them."""

    def __init__(self, store: AccountStore, changes: Changes):
        self._store, self._changes = store, changes
        self.creation = Creation(self._insert)

    async def all(self) -> list[Document]:
        """Every group, by id."""
        return await self._store.groups.all()

    async def named(self, name: str) -> Document:
        """The group of this name; raises `NotFound`."""
        found = await self._store.groups.by_name(name)
        if found is None:
            raise NotFound(f"There is no group {name!r}.")
        return found

    async def listed(self, window: Window, words: str | None = None) -> Listed[Document]:
        """Groups, the newest first; ``words``: whose names hold them, case aside."""
        found = sorted(await self.all(), key=lambda one: int(one["_id"]), reverse=True)
        if words is not None:
            found = [one for one in found if words.casefold() in one["name"].casefold()]
        return Listed(window.cut(found), len(found))

    async def get(self, group: int) -> Document:
        """The group of this id; raises `NotFound`."""
        found = await self._store.groups.get_all([group])
        if not found:
            raise NotFound
        return found[0]

    async def create(
        self, actor: int, given: Mapping[str, Any], key: Key | None, fingerprint: str
    ) -> Document:
        """A new group; raises `Conflict` when the name is taken, and as `Changes.make`."""
        outcome = await self._changes.recall(key, fingerprint)
        if outcome is None:
            if await self._store.groups.by_name(given["name"]) is not None:
                raise Conflict(f"The group {given['name']!r} exists already.")
            rights = tuple(given.get("rights", ()))
            new = NewGroup(given["name"], displayname=given.get("displayname", {}), rights=rights)
            group = await self._store.counters.groups.take()
            body = new.to_document(group, self._changes.clock.stamp())
            draft = Draft(
                GROUP, actor, body, answer={"id": group}, key=key, fingerprint=fingerprint
            )
            outcome = await self.creation.make(self._changes, draft)
        made = outcome.answer["id"]
        assert isinstance(made, int)
        found = await self._store.groups.get_all([made])
        if not found:
            raise Conflict(f"The group {given['name']!r} exists already.")
        return found[0]

    async def _insert(self, document: Body) -> None:
        await self._store.groups.add_missing(dict(document))

    async def change(self, group: int, given: Mapping[str, Any]) -> Document:
        """Set what is given; what its members may do follows within a look at most.

        Raises `NotFound`, and `Conflict` for a group of the system.
        """
        if (await self.get(group))["is_system"]:
            raise Conflict(OF_THE_SYSTEM)
        await self._store.groups.change(group, given)
        return await self.get(group)

    async def members(self, group: int, window: Window) -> Listed[Document]:
        """The accounts that are in it now, the newest first; raises `NotFound`."""
        await self.get(group)
        return await self._store.users.in_group(group, window)

    async def member(self, user: int, group: int) -> None:
        """Raise `NotFound` unless there are both, `Conflict` for a group that nobody joins."""
        found = await self.get(group)
        if await self._store.users.get(user) is None:
            raise NotFound
        if found["is_system"]:
            raise Conflict(OF_THE_SYSTEM)

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
