"""UUIDs in requests: 8-4-4-4-12 hexadecimal digits in either case, kept in lower case."""

import re
from typing import Final

_ANY: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VERSIONED: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)


def as_uuid(value: object) -> str | None:
    """A UUID of any version in lower case, or None."""
    text = value.strip().lower() if isinstance(value, str) else ""
    return text if _ANY.fullmatch(text) else None


def as_versioned_uuid(value: object) -> str | None:
    """A UUID of the versions 1 to 5 in lower case, or None."""
    text = value.lower() if isinstance(value, str) else ""
    return text if _VERSIONED.fullmatch(text) else None
