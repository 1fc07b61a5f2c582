"""Route patterns as paths of a description: ``/users/([0-9]+)/`` is ``/users/{id}/``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

_GROUP: Final = re.compile(r"\((?!\?!)(?:\?:)?((?:[^()\\]|\\.)*)\)")
_LOOK_AHEAD: Final = re.compile(r"\(\?!(?:[^()\\]|\\.)*\)")
_DIGITS: Final = "[0-9]+"


@dataclass(frozen=True)
class Path:
    """A path with names for its parts, and what JSON Schema says of each part."""

    template: str
    parts: tuple[tuple[str, dict[str, Any]], ...]


def path_of(pattern: str, names: Sequence[str]) -> Path:
    """The path that a route's pattern claims; ``names`` are for its parts where it has several."""
    plain = _LOOK_AHEAD.sub("", pattern)
    groups = _GROUP.findall(plain)
    names = ["id"] if len(groups) == 1 else list(names)
    given = iter(names)
    template = _GROUP.sub(lambda _: f"{{{next(given)}}}", plain)
    parts = tuple((name, _part(group)) for name, group in zip(names, groups, strict=False))
    return Path(re.sub(r"\\(.)", r"\1", template), parts)


def _part(group: str) -> dict[str, Any]:
    if group == _DIGITS:
        return {"type": "integer", "minimum": 0}
    return {"type": "string", "pattern": f"^(?:{group})$"}


def twin_of(pattern: str) -> str:
    """The same path with a final slash."""
    return f"{pattern}/"
