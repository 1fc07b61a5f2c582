"""Nested parameters out of flat names: `tags[key][any][]=x`, as Rack reads them (contract, 0).

A name is a word and brackets: `[name]` is a key of an object, `[]` an item of a list, and an
object all of whose keys are digits is a list (`links[topics][0]=x`).
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from domain.errors import Malformed

MOST_PAIRS: Final = 4_096
DEEPEST: Final = 32
_NAME: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_INDEX: Final = re.compile(r"[0-9]{1,9}")


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """What the pairs say together; of a name that comes twice the last value counts.

    Raises `Malformed` when one name is used as two kinds of thing, or nested too deeply.
    """
    found: dict[str, Any] = {}
    for count, (name, value) in enumerate(pairs):
        if count >= MOST_PAIRS:
            raise Malformed("Too many parameters")
        match = _NAME.fullmatch(name)
        if match is None:
            found[name] = value
            continue
        steps = match[2][1:-1].split("][")
        if len(steps) > DEEPEST:
            raise Malformed("Parameters are nested too deeply")
        _put(found, match[1], steps, value)
    return {name: _with_lists(value) for name, value in found.items()}


def _put(inside: dict[str, Any], name: str, steps: list[str], value: str) -> None:
    if not steps:
        inside[name] = value
        return
    step, *rest = steps
    if step == "":
        _append(_of_kind(inside, name, list), rest, value)
    else:
        _put(_of_kind(inside, name, dict), step, rest, value)


def _of_kind(inside: dict[str, Any], name: str, kind: type) -> Any:
    there = inside.setdefault(name, kind())
    if not isinstance(there, kind):
        raise Malformed(f"The parameter {name} is used in two ways")
    return there


def _append(items: list[Any], steps: list[str], value: str) -> None:
    """Add an item; one that is an object goes on until one of its keys comes again."""
    if not steps:
        items.append(value)
        return
    last = items[-1] if items else None
    if not isinstance(last, dict) or _is_there(last, steps):
        last = {}
        items.append(last)
    first, *rest = steps
    if first == "":
        raise Malformed("A list in a list has no name")
    _put(last, first, rest, value)


def _is_there(item: Any, steps: list[str]) -> bool:
    for step in steps:
        if step == "":
            return False
        if not isinstance(item, dict) or step not in item:
            return False
        item = item[step]
    return True


def _with_lists(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_lists(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value and all(_INDEX.fullmatch(key) for key in value):
        return [_with_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _with_lists(one) for key, one in value.items()}
