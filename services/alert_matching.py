"""Who a content belongs to: candidates by index keys, of which the rule takes its own (3.2, 3.3).

A scan of all lists never happens: a change asks for the lists that share a key with it, a message
for those with a value that its rules name.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from typing import Any, Final, Protocol

from domain.alert_lists import TYPES, Wanted
from domain.criteria_rules import choose, places
from domain.matching import Change, keys_of_change, reaches
from models.database import Document

_FIELDS: Final = ("tags", "links", "content_id", *TYPES)


class Lists(Protocol):
    """What matching asks of the kept lists."""

    def with_keys(
        self, keys: Collection[str], fields: Collection[str]
    ) -> AsyncIterator[list[Document]]: ...

    async def get_all(self, ids: Collection[int]) -> dict[int, Document]: ...


class Matching:
    """Over the kept lists."""

    def __init__(self, lists: Lists):
        self._lists = lists

    async def matched_lists(self, content: Mapping[str, Any]) -> list[int]:
        """The ids of the lists that a content change or a message belongs to, ascending."""
        if "criteria_rules" in content:
            return await self._chosen(content["criteria_rules"])
        change = as_change(content)
        keys = keys_of_change(change)
        return sorted(await self._judged(keys, lambda one: reaches(change, as_wanted(one))))

    async def _chosen(self, rules: list[Any]) -> list[int]:
        where = places(rules)

        def is_chosen(one: Document) -> bool:
            return choose(rules, one["_id"], as_wanted(one))

        rows = await self._lists.get_all(where.ids)
        named = {number for number, one in rows.items() if is_chosen(one)}
        return sorted(named | await self._judged(where.keys, is_chosen))

    async def _judged(self, keys: Collection[str], fits: Callable[[Document], bool]) -> set[int]:
        """Those of the lists with any of these keys that fit; others have their turn meanwhile."""
        found: set[int] = set()
        if keys:
            async for some in self._lists.with_keys(sorted(keys), _FIELDS):
                found.update(one["_id"] for one in some if fits(one))
                await asyncio.sleep(0)
        return found


def as_change(content: Mapping[str, Any]) -> Change:
    """A stored content change as the rule sees it."""
    first, second, third = (content[name] for name in TYPES)
    return Change(
        {key: frozenset(values) for key, values in content["tags"].items()},
        {key: frozenset(values) for key, values in content["links"].items()},
        content["content_id"],
        (first, second, third),
    )


def as_wanted(one: Mapping[str, Any]) -> Wanted:
    """The criteria of a stored list."""
    first, second, third = (one[name] for name in TYPES)
    return Wanted(one["tags"], one["links"], one["content_id"], (first, second, third))
