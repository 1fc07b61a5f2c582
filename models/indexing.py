"""Making the indexes that a program wants: at once where that is quick, else while it serves.

A unique index states an invariant, so nobody is served without it. Any other one is only fast: on
a collection that is there already it is built once the server runs.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import IndexModel

from models.indexes import Index

log = logging.getLogger("carillon.database")

DEMANDS = ("unique", "sparse", "expireAfterSeconds")


class Indexing:
    """What repositories of one process want, and what of it is to be built yet."""

    def __init__(self, database: Any):
        self._database = database
        self._there: set[str] | None = None
        self._declared: dict[str, set[str]] = {}
        self._missing: list[tuple[Any, list[IndexModel]]] = []

    @property
    def declared(self) -> dict[str, list[str]]:
        """The names of the indexes that were wanted, by collection."""
        return {name: sorted(self._declared[name]) for name in sorted(self._declared)}

    @property
    def missing(self) -> int:
        """How many are to be built yet."""
        return sum(len(models) for _, models in self._missing)

    async def ensure(self, collection: Any, indexes: Sequence[Index]) -> None:
        """Make those that are missing, or put them off to `build`; may be called again."""
        models = [index.model() for index in indexes]
        names = {model.document["name"] for model in models}
        self._declared.setdefault(collection.name, set()).update(names)
        if self._there is None:
            self._there = set(await self._database.list_collection_names())
        if collection.name in self._there:
            models = await self._put_off(collection, models)
        if models:
            await collection.create_indexes(models)

    async def _put_off(self, collection: Any, models: Sequence[IndexModel]) -> list[IndexModel]:
        """Of those that are missing, the ones that cannot wait."""
        there = await made(collection)
        missing = [one for one in models if not _is_made(one, there)]
        patient = [one for one in missing if not one.document.get("unique")]
        if patient:
            self._missing.append((collection, patient))
        return [one for one in missing if one not in patient]

    async def build(self) -> None:
        """Build what was put off; what fails is tried again by the next call."""
        while self._missing:
            collection, models = self._missing[0]
            names = ", ".join(one.document["name"] for one in models)
            log.info("building indexes of %s: %s", collection.name, names)
            await collection.create_indexes(models)
            self._missing.pop(0)
            log.info("built indexes of %s", collection.name)


async def made(collection: Any) -> dict[str, Mapping[str, Any]]:
    """The indexes of a collection that are there, by name."""
    return {one["name"]: one for one in await collection.list_indexes().to_list(None)}


def _is_made(model: IndexModel, there: Mapping[str, Mapping[str, Any]]) -> bool:
    """Is it there, and does it demand the same? One that demands something else is refused."""
    wanted, found = model.document, there.get(model.document["name"])
    return found is not None and all(_demand(wanted, one) == _demand(found, one) for one in DEMANDS)


def _demand(index: Mapping[str, Any], name: str) -> object:
    value = index.get(name)
    return None if value is False else value
