"""Whole numbers as they stand in paths."""

from domain.coercion import KEPT
from domain.errors import NotFound

LONGEST = 19  # digits of an id that can exist


def number(digits: str) -> int:
    """The id that this part of a path is; raises `NotFound` for one that nothing can have."""
    short = digits.lstrip("0") or "0"
    is_number = short.isascii() and short.isdecimal() and len(short) <= LONGEST
    if not is_number or int(short) not in KEPT:
        raise NotFound
    return int(short)
