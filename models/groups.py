"""Groups of accounts: a name for people, a name per culture, and rights that add up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.database import Database, Document, Index
from models.users import in_chunks

THERE: Document = {"deleted_at": None}


class Groups:
    """``accounts_groups``. Who is in a group stands in the accounts (``stays``).

    A deleted one is kept as a tombstone, so that its id stays used; its name is free again.
    """

    def __init__(self, database: Database):
        self._groups = database.collection("accounts_groups")

    async def ensure_indexes(self) -> None:
        await self._groups.ensure_indexes([Index((("name", 1),), unique=True)])

    async def ensure(self, names: Mapping[str, int], since: int) -> None:
        """Make those system groups (id by name) that are missing; may be called again."""
        have = {one["_id"] for one in await self.get_all(names.values())}
        missing = {name: group for name, group in names.items() if group not in have}
        await self._groups.insert_missing(
            [NewGroup(n, is_system=True).to_document(g, since) for n, g in missing.items()]
        )

    async def all(self) -> list[Document]:
        """Every group, by id."""
        return sorted(await self._groups.find(THERE), key=lambda one: int(one["_id"]))

    async def get_all(self, ids: Iterable[int]) -> list[Document]:
        """Those of ``ids`` that exist, by id."""
        found: list[Document] = []
        for chunk in in_chunks(set(ids)):
            found += await self._groups.find({"_id": {"$in": chunk}, **THERE})
        return sorted(found, key=lambda one: int(one["_id"]))

    async def names(self, ids: Iterable[int]) -> dict[int, str]:
        """Name by id of those that exist."""
        return {one["_id"]: one["name"] for one in await self.get_all(ids)}

    async def by_name(self, name: str) -> Document | None:
        """The group of exactly this name, or None."""
        return await self._groups.find_one({"name": name, **THERE})

    async def add(self, document: Document) -> None:
        """Store a new group; raises `Duplicate` for a taken id or name."""
        await self._groups.insert(document)

    async def add_missing(self, document: Document) -> None:
        """Store a new group unless its id or name is taken."""
        await self._groups.insert_missing([document])

    async def change(self, group: int, fields: Mapping[str, Any]) -> None:
        """Set these fields; raises `Duplicate` for a taken name."""
        if fields:
            await self._groups.update({"_id": group, **THERE}, {"$set": dict(fields)})

    async def bury(self, group: int, at: int) -> None:
        """Leave a tombstone of it; may be called again."""
        fields = {"deleted_at": at, "name": f":deleted-{group}", "rights": []}
        await self._groups.update({"_id": group, **THERE}, {"$set": fields})

    async def remove_unused(self, since: int, ids: Iterable[int]) -> None:
        """Take back groups that were only just made, at ``since``, as if they never were."""
        await self._groups.delete({"_id": {"$in": list(ids)}, "since": since})


@dataclass(frozen=True)
class NewGroup:
    """A group to be made; ``displayname`` is by culture (``en-US``)."""

    name: str
    displayname: Mapping[str, str] = field(default_factory=dict)
    rights: tuple[str, ...] = ()
    is_system: bool = False

    def to_document(self, group: int, since: int) -> Document:
        """The group as it is stored, with ``group`` as its id."""
        return {
            "_id": group,
            "name": self.name,
            "displayname": dict(self.displayname),
            "rights": list(self.rights),
            "is_system": self.is_system,
            "since": since,
        }
