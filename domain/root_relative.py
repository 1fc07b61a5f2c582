"""Addresses within one site: a path that begins with a single slash (alerts contract, 1.2)."""

import re
from typing import Final

# RFC 3986's characters, and no others: an address with a space or an umlaut cannot be parsed.
_CHARACTER: Final = r"(?:[\w.~:@!$&'()*+,;=/-]|%[0-9A-Fa-f]{2})"
_ROOT_RELATIVE: Final = re.compile(
    rf"/(?!/){_CHARACTER}*(?:\?(?:{_CHARACTER}|[?\[\]])*)?(?:#(?:{_CHARACTER}|[?\[\]])*)?", re.ASCII
)


def is_root_relative(value: object) -> bool:
    """Is it a path on this site: one slash at its start, no scheme, no host?"""
    return isinstance(value, str) and _ROOT_RELATIVE.fullmatch(value) is not None
