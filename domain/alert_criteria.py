"""Tags and links of a subscriber list: their shapes, errors and digests (alerts contract, 2.1).

Kept is `{key: {"any": [values], "all": [values]}}`, with either operator or both. What comes may
also be `{key: [values]}`, which is "any", and have the operators outermost.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

ANY, ALL = "any", "all"
OPERATORS: Final = (ANY, ALL)

Values = dict[str, list[str]]
Criteria = dict[str, Values]

NOT_ARRAYS: Final = "All {} values must be sent as Arrays"
NOT_VALID: Final = "{} are not valid tags."
WRONG_FORMAT: Final = "{} has a value with an invalid format."


@dataclass(frozen=True)
class Side:
    """One of the two kinds of criteria; ``keys`` are those allowed, empty: all."""

    noun: str
    value: re.Pattern[str]
    keys: frozenset[str] = frozenset()


LINKS: Final = Side("link", re.compile(r"[A-Za-z0-9_-]*"))


def tags(keys: Collection[str]) -> Side:
    """Tags of these keys alone; of any when there are none."""
    return Side("tag", re.compile(r"[A-Za-z0-9_/-]*"), frozenset(keys))


def read(given: object, side: Side) -> tuple[Criteria, list[str]]:
    """What is to be kept, and what is wrong with it; anything but an object is none."""
    shaped = operators_inside(given)
    found: Criteria = {}
    is_shaped = True
    for key, value in shaped.items():
        values = _values({ANY: value} if isinstance(value, list) else value)
        is_shaped = is_shaped and values is not None
        found[key] = values or {}
    return found, _problems(found, side, is_shaped=is_shaped)


def asked(given: object) -> Criteria:
    """The same in a look-up, where a bare value is a list of one and nothing is refused."""
    found: Criteria = {}
    for key, value in operators_inside(given).items():
        operators = value if isinstance(value, Mapping) else {ANY: value}
        lists = {str(one): _as_list(many) for one, many in operators.items()}
        found[key] = _values(lists) or {}
    return found


def operators_inside(given: object) -> Mapping[str, object]:
    """Key before operator; operators are outermost when all keys are, over objects (surface)."""
    if not isinstance(given, Mapping):
        return {}
    is_outside = all(key in OPERATORS and isinstance(given[key], Mapping) for key in given)
    if not given or not is_outside:
        return given
    turned: dict[str, dict[str, object]] = {}
    for operator, values in given.items():
        for key, many in values.items():
            turned.setdefault(str(key), {})[operator] = many
    return turned


def _values(value: object) -> Values | None:
    """Operators with their lists, without nulls; None for any other shape."""
    if not isinstance(value, Mapping):
        return None
    if not all(key in OPERATORS and isinstance(value[key], list) for key in value):
        return None
    return {key: [_text(one) for one in value[key] if one is not None] for key in value}


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _text(value: object) -> str:
    """A value as text; what is neither text nor a whole number fits no format."""
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else "\0"


def _problems(found: Criteria, side: Side, *, is_shaped: bool) -> list[str]:
    texts = [] if is_shaped else [NOT_ARRAYS.format(side.noun)]
    unknown = [key for key in found if side.keys and key not in side.keys]
    if unknown:
        texts.append(NOT_VALID.format(in_english(unknown)))
    wrong = [key for key in found if not _is_format_right(found[key], side)]
    if wrong:
        texts.append(WRONG_FORMAT.format(in_english(wrong)))
    return texts


def _is_format_right(values: Values, side: Side) -> bool:
    return all(side.value.fullmatch(one) for many in values.values() for one in many)


def in_english(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b, and c`."""
    if len(words) < 3:
        return " and ".join(words)
    return f"{', '.join(words[:-1])}, and {words[-1]}"


def digest(criteria: Mapping[str, object]) -> str | None:
    """What equal criteria share: not the order of keys, operators and values; None for none.

    The SHA-256 of upstream's text, so that digests of both are the same.
    """
    return sha256(_inspected(criteria).encode()).hexdigest() if criteria else None


_PLAIN_SYMBOL: Final = re.compile(r"[A-Za-z_]\w*[?!]?", re.ASCII)
_ESCAPES: Final = {"\n": r"\n", "\t": r"\t", "\r": r"\r", '"': r"\"", "\\": r"\\", "\0": r"\u0000"}


def _inspected(value: object) -> str:
    """As Ruby writes it: pairs sorted by key, lists sorted, keys as symbols."""
    if isinstance(value, Mapping):
        pairs = (f"[{_symbol(key)}, {_inspected(value[key])}]" for key in sorted(value))
        return f"[{', '.join(pairs)}]"
    if isinstance(value, list):
        return f"[{', '.join(map(_inspected, sorted(value)))}]"
    return _quoted(value) if isinstance(value, str) else str(value)


def _symbol(key: str) -> str:
    return f":{key}" if _PLAIN_SYMBOL.fullmatch(key) else f":{_quoted(key)}"


def _quoted(text: str) -> str:
    return f'"{"".join(_ESCAPES.get(one, one) for one in text)}"'
