"""Criteria rules of a message: their grammar, and which lists they choose (contract 2.7, 3.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.alert_criteria import ANY
from domain.alert_lists import Wanted
from domain.matching import rule_key
from domain.uuids import as_versioned_uuid

ALL_OF, ANY_OF = "all_of", "any_of"
MOST_RULES: Final = 1_000
DEEPEST: Final = 20

Rule = Mapping[str, Any]


def are_valid(rules: object) -> bool:
    """Do they follow the grammar? An empty rule, which upstream's schema lets in, does not."""
    return _are_valid(rules, DEEPEST) and _count(rules) <= MOST_RULES


def _are_valid(rules: object, depth: int) -> bool:
    is_list = isinstance(rules, list) and bool(rules) and depth > 0
    return is_list and all(_is_valid(rule, depth) for rule in _listed(rules))


def _listed(rules: object) -> Sequence[Any]:
    return rules if isinstance(rules, list) else ()


def _is_valid(rule: object, depth: int) -> bool:
    if not isinstance(rule, dict):
        return False
    names = set(rule)
    if names in ({ALL_OF}, {ANY_OF}):
        return _are_valid(next(iter(rule.values())), depth - 1)
    if names == {"id"}:
        return type(rule["id"]) is int and 0 <= rule["id"] < 2**63
    return names == {"type", "key", "value"} and _is_leaf(rule)


def _is_leaf(rule: Rule) -> bool:
    kind, key, value = rule["type"], rule["key"], rule["value"]
    if not isinstance(key, str) or not isinstance(value, str):
        return False
    return kind == "tag" or (kind == "link" and as_versioned_uuid(value) == value)


def _count(rules: object) -> int:
    inner = [rule.get(ALL_OF) or rule.get(ANY_OF) for rule in _listed(rules)]
    return len(inner) + sum(_count(one) for one in inner)


def choose(rules: Sequence[Rule], number: int, wanted: Wanted) -> bool:
    """Do the rules together choose the list of this id and these criteria?

    A value counts when it is among "any" of its tag or link; "all", types and content id do not.
    """
    return all(_chooses(rule, number, wanted) for rule in rules)


def _chooses(rule: Rule, number: int, wanted: Wanted) -> bool:
    if ALL_OF in rule:
        return choose(rule[ALL_OF], number, wanted)
    if ANY_OF in rule:
        return any(_chooses(one, number, wanted) for one in rule[ANY_OF])
    if "id" in rule:
        return bool(rule["id"] == number)
    criteria = wanted.tags if rule["type"] == "tag" else wanted.links
    return rule["value"] in criteria.get(rule["key"], {}).get(ANY, ())


@dataclass(frozen=True)
class Places:
    """Where to look: lists with any of these index keys, and lists of these ids."""

    keys: frozenset[str] = frozenset()
    ids: frozenset[int] = frozenset()

    def __or__(self, other: "Places") -> "Places":
        return Places(self.keys | other.keys, self.ids | other.ids)


def places(rules: Sequence[Rule]) -> Places:
    """Places that hold every list that the rules choose: of rules that all hold, the fewest."""
    return min((_places(rule) for rule in rules), key=lambda one: (len(one.keys), len(one.ids)))


def _places(rule: Rule) -> Places:
    if ALL_OF in rule:
        return places(rule[ALL_OF])
    if ANY_OF in rule:
        found = Places()
        for one in rule[ANY_OF]:
            found |= _places(one)
        return found
    if "id" in rule:
        return Places(ids=frozenset({rule["id"]}))
    return Places(frozenset({rule_key(rule["type"], rule["key"], rule["value"])}))
