"""Groups: making them, and who joins and leaves."""

from collections.abc import Mapping
from typing import Any, Final

from domain.errors import Conflict, NotFound
from domain.jobs import Job, Kind
from domain.records import Body, Key
from domain.telling import Tell, untold
from domain.windows import Listed, Window
from models.accounts import AccountStore
from models.database import Document, Duplicate
from models.groups import NewGroup
from models.jobs import Jobs
from services.account_kinds import END_GROUP, GROUP, STAYS
from services.changes import Changes, Draft
from services.creations import Creation
from services.uses import UsedBy, Uses

IN_USE: Final = "It is used by {}."
OF_THE_SYSTEM: Final = "The system's groups are what they are."
EMPTY: Final = "accounts.empty_group"
EMPTIED_AT_ONCE: Final = 500


class Groups:
    """All groups. Joining and leaving are records: what somebody sees depends on them."""

    def __init__(self, store: AccountStore, changes: Changes, jobs: Jobs):
        self._store, self._changes, self._jobs = store, changes, jobs
        self._uses = Uses(IN_USE)
        self.creation = Creation(self._insert)

    def ask_before_delete(self, used_by: UsedBy) -> None:
        """Refuse to delete groups of which this names what uses them."""
        self._uses.ask(used_by)

    def job_kinds(self) -> dict[str, Kind]:
        """What is done later."""
        return {EMPTY: Kind(self.run_empty)}

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
        await self._own(group)
        try:
            await self._store.groups.change(group, given)
        except Duplicate as error:
            raise Conflict(f"The group {given['name']!r} exists already.") from error
        return await self.get(group)

    async def _own(self, group: int) -> None:
        if (await self.get(group))["is_system"]:
            raise Conflict(OF_THE_SYSTEM)

    async def delete(self, group: int, *, actor: int | None = None) -> None:
        """End a group: its rights and its place in announcements go, and its members leave.

        What was sent to it stays with those who were in it then. Raises `NotFound`, and `Conflict`
        for a group of the system, and for one that something which is still to leave is for.
        """
        await self._own(group)
        await self._uses.refuse(group)
        await self._changes.make(Draft(END_GROUP, actor, {"group": group}))

    async def empty_later(self, group: int, number: int = 0) -> None:
        """Have the members of a deleted group leave, whoever is free; may be called again."""
        body = {"group": group, "number": number}
        await self._jobs.add(f"{EMPTY}:{group}:{number}", EMPTY, self._changes.clock.wall(), body)

    async def run_empty(self, job: Job) -> None:
        """The job of some of the members; it has the rest done by another."""
        body: Any = job.body
        if await self._take_out(body["group"]):
            await self.empty_later(body["group"], body["number"] + 1)

    async def empty(self, group: int, tell: Tell = untold) -> None:
        """Have all members of a deleted group leave, here and now."""
        left = total = (await self._store.users.in_group(group, Window(1))).count
        while left:
            left = await self._take_out(group)
            tell("members", total - left, total)

    async def _take_out(self, group: int) -> int:
        """Have some members leave; how many there are still."""
        found = await self._store.users.in_group(group, Window(EMPTIED_AT_ONCE))
        for one in found.items:
            await self.leave(one["_id"], group)
        return found.count - len(found.items)

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
