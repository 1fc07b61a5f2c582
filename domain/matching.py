"""Which subscriber lists a content change reaches, and the keys by which they are found (3.2).

The rule is `reaches`. The keys narrow down whom it is asked of: a list that a change reaches shares
a key with it, whatever the two are; of those that share one the rule decides.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

from domain.alert_criteria import ALL, ANY, Criteria, Values
from domain.alert_lists import Types, Wanted

DERIVED: Final = frozenset(
    {
        "user_journey_document_supertype",
        "email_document_supertype",
        "government_document_supertype",
        "content_purpose_subgroup",
        "content_purpose_supergroup",
        "content_store_document_type",
    }
)
"""What every change has (3.1): a list is found by another of its keys if it has one."""

Held = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Change:
    """What matching sees of a content change, as it was enriched; ``types`` as in `Wanted`."""

    tags: Held
    links: Held
    content_id: str | None
    types: Types


def reaches(change: Change, wanted: Wanted) -> bool:
    """Does this change belong to a list of these criteria?"""
    if wanted.content_id is not None and wanted.content_id == change.content_id:
        return True
    if not all(ours in ("", its) for ours, its in zip(wanted.types, change.types, strict=True)):
        return False
    if _fits(wanted.links, change.links) or _fits(wanted.tags, change.tags):
        return True
    return not wanted.links and not wanted.tags and wanted.content_id is None


def _fits(criteria: Criteria, held: Held) -> bool:
    """All keys of the list are in the change, each with all of "all" and one of "any"."""
    return bool(criteria) and all(
        key in held and _has(values, held[key]) for key, values in criteria.items()
    )


def _has(values: Values, held: frozenset[str]) -> bool:
    needed, one_of = values.get(ALL, ()), values.get(ANY, ())
    return held.issuperset(needed) and (not one_of or not held.isdisjoint(one_of))


# Keys


def keys_of_list(wanted: Wanted) -> set[str]:
    """All index keys of a list: for content changes, and for messages every "any" value."""
    keys: set[str] = set()
    for side, criteria in (("link", wanted.links), ("tag", wanted.tags)):
        keys.update(_narrowest(side, criteria))
        for key, values in criteria.items():
            keys.update(rule_key(side, key, one) for one in values.get(ANY, ()))
    if wanted.content_id is not None:
        keys.add(f"content {wanted.content_id}")
    elif not wanted.links and not wanted.tags:
        keys.add(_of_types(wanted.types))
    return keys


def keys_of_change(change: Change) -> set[str]:
    """Every index key by which a list that this change reaches can be found."""
    keys = {_of_types(types) for types in _scopes(change.types)}
    for side, held in (("link", change.links), ("tag", change.tags)):
        for key, values in held.items():
            keys.add(_of_name(side, key))
            keys.update(_of_value(side, key, one) for one in values)
    if change.content_id is not None:
        keys.add(f"content {change.content_id}")
    return keys


def rule_key(side: str, key: str, value: str) -> str:
    """The index key of the lists that have this value among "any" of a tag or link."""
    return f"any {side} {key}={value}"


def _narrowest(side: str, criteria: Criteria) -> set[str]:
    """The keys of one of its tags or links: every change that fits has one of them."""
    choices = [
        (key in DERIVED, *_of_criterion(side, key, values)) for key, values in criteria.items()
    ]
    return min(choices, key=lambda one: (one[0], one[1], len(one[2])))[2] if choices else set()


def _of_criterion(side: str, key: str, values: Values) -> tuple[int, set[str]]:
    """How wide it is, and its keys: one of "all", else each of "any", else the name alone."""
    if values.get(ALL):
        return 0, {_of_value(side, key, min(values[ALL]))}
    if values.get(ANY):
        return 1, {_of_value(side, key, one) for one in values[ANY]}
    return 2, {_of_name(side, key)}


def _scopes(types: Types) -> Iterator[Types]:
    """The types of the lists in whose scope these are: each the same or left open."""
    first, second, third = (sorted({"", one}) for one in types)
    yield from product(first, second, third)


def _of_value(side: str, key: str, value: str) -> str:
    return f"{side} {key}={value}"


def _of_name(side: str, key: str) -> str:
    return f"{side} {key}"


def _of_types(types: Types) -> str:
    return f"types {' '.join(types)}"
