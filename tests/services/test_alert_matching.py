"""Candidates by index keys, and the rule: together the naive answer (alerts contract, 3.2, 3.3)."""

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.alert_lists import TYPES, Wanted
from domain.criteria_rules import choose
from domain.matching import keys_of_list, reaches
from services.alert_matching import Matching, as_change
from tests.domain.test_matching import IDS, LISTS, NAMES, RULES, VALUES
from tests.domain.test_matching import TYPES as SOME_TYPES

SIDES = st.dictionaries(NAMES, VALUES, max_size=4)


class Memory:
    """Lists by their index keys; which were asked for is kept."""

    def __init__(self, lists: list[Wanted]):
        self._rows = {number: _row(number, one) for number, one in enumerate(lists)}
        self.read: set[int] = set()

    async def with_keys(
        self, keys: Collection[str], fields: Collection[str]
    ) -> AsyncIterator[list[Any]]:
        """One at a time, the last first, and some twice."""
        found = [one for one in self._rows.values() if set(one["keys"]) & set(keys)]
        self.read |= {one["_id"] for one in found}
        for row in [*reversed(found), *found[:2]]:
            yield [{key: row[key] for key in ("_id", *fields)}]

    async def get_all(self, ids: Collection[int]) -> dict[int, Any]:
        return {number: self._rows[number] for number in ids if number in self._rows}


def _row(number: int, one: Wanted) -> dict[str, Any]:
    types = dict(zip(TYPES, one.types, strict=True))
    head = {"_id": number, "tags": one.tags, "links": one.links, "content_id": one.content_id}
    return {**head, **types, "keys": keys_of_list(one)}


@settings(max_examples=60)
@given(st.lists(LISTS, max_size=12), SIDES, SIDES, IDS, SOME_TYPES)
def test_changes(lists: list[Wanted], tags: Any, links: Any, content: Any, types: Any) -> None:
    change = {"tags": tags, "links": links, "content_id": content}
    change |= dict(zip(TYPES, types, strict=True))
    found = asyncio.run(Matching(Memory(lists)).matched_lists(change))
    naive = [n for n, one in enumerate(lists) if reaches(as_change(change), one)]
    assert found == naive


@settings(max_examples=60)
@given(st.lists(LISTS, max_size=12), st.lists(RULES, min_size=1, max_size=3))
def test_messages(lists: list[Wanted], rules: list[Any]) -> None:
    found = asyncio.run(Matching(Memory(lists)).matched_lists({"criteria_rules": rules}))
    assert found == [n for n, one in enumerate(lists) if choose(rules, n, one)]


def test_a_list_that_shares_nothing_is_not_read() -> None:
    lists = [
        Wanted({"topics": {"any": ["oil"]}, "content_purpose_subgroup": {"any": ["news"]}}),
        Wanted({"topics": {"any": ["gas"]}, "content_purpose_subgroup": {"any": ["news"]}}),
    ]
    memory = Memory(lists)
    tags = {"topics": ["oil"], "content_purpose_subgroup": ["news"]}
    change = {"tags": tags, "links": {}, "content_id": None, **dict.fromkeys(TYPES, "")}
    assert asyncio.run(Matching(memory).matched_lists(change)) == [0]
    assert memory.read == {0}
