"""Who a content belongs to: candidates by index keys, of which the rule takes its own (3.2, 3.3).

A scan of all lists never happens: a change asks for the lists that share a key with it, a message
for those with a value that its rules name.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final, Protocol

from domain.alert_lists import TYPES, Wanted
from domain.criteria_rules import choose, places
from domain.matching import Change, keys_of_change, reaches
from models.database import Document

_FIELDS: Final = ("tags", "links", "content_id", *TYPES)


class Lists(Protocol):
    """What matching asks of the kept lists."""

    async def with_keys(self, keys: Collection[str], fields: Collection[str]) -> list[Document]: ...

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
        found = await self._lists.with_keys(sorted(keys_of_change(change)), _FIELDS)
        return [one["_id"] for one in found if reaches(change, as_wanted(one))]

    async def _chosen(self, rules: list[Any]) -> list[int]:
        where = places(rules)
        rows = await self._lists.get_all(where.ids)
        if where.keys:
            named = await self._lists.with_keys(sorted(where.keys), _FIELDS)
            rows |= {one["_id"]: one for one in named}
        return sorted(key for key, one in rows.items() if choose(rules, key, as_wanted(one)))


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
