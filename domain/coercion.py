"""What a field takes and how it is tidied, with the inbox contract's exact texts (contract 1.6)."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

REQUIRED: Final = "This field is required."
NULL: Final = "This field may not be null."
BLANK: Final = "This field may not be blank."
NOT_A_STRING: Final = "Not a valid string."
NUL_CHARACTER: Final = "Null characters are not allowed."
SURROGATE: Final = "Surrogate characters are not allowed: U+{:X}."
NOT_AN_INTEGER: Final = "A valid integer is required."
TOO_LONG_A_NUMBER: Final = "String value too large."
NOT_A_LIST: Final = 'Expected a list of items but got type "{}".'
EMPTY_LIST: Final = "This list may not be empty."

MOST_ITEMS: Final = 100_000
"""Items of one list. A million, looked at one by one, hold up everybody else for 0.3 s."""
TOO_MANY_ITEMS: Final = f"Ensure this field has no more than {MOST_ITEMS} elements."

# An answer about every item of a long list would be many times its size.
_MOST_REFUSED: Final = 1_000
# Numbers are kept in 64 bits: a larger one names nobody, and a database driver would refuse it.
KEPT: Final = range(-(2**63), 2**63)
# Reading digits costs their number squared; the contract's own bound.
_LONGEST_NUMBER: Final = 1_000
_ZERO_FRACTION: Final = re.compile(r"\.0*\s*$")

_T = TypeVar("_T")


class Refused(ValueError):
    """A value that a rule does not take.

    `texts` are about the value itself, in the order they are shown; `items` are the texts about
    a list's items, by position. Exactly one of the two is filled.
    """

    def __init__(self, *texts: str, items: Mapping[int, list[str]] | None = None):
        super().__init__(*texts)
        self.texts = list(texts)
        self.items = dict(items or {})

    @property
    def problem(self) -> list[str] | dict[str, list[str]]:
        """As a caller is shown it: the texts, or the items' texts keyed by position as text."""
        return {str(at): texts for at, texts in self.items.items()} or self.texts


def whole_number(value: object) -> int:
    """A whole number of any size: 3, "3", " 3 ", 3.0 and "3.0" are all 3.

    Raises Refused for null, booleans, fractions, anything that is no number, and texts of over
    1,000 characters.
    """
    if type(value) is int:
        return value
    if value is None:
        raise Refused(NULL)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Refused(NOT_AN_INTEGER)
    if isinstance(value, str) and len(value) > _LONGEST_NUMBER:
        raise Refused(TOO_LONG_A_NUMBER)
    try:
        return int(_ZERO_FRACTION.sub("", str(value)))
    except ValueError as error:
        raise Refused(NOT_AN_INTEGER) from error


def trimmed_text(value: object) -> str:
    """Text without white space around it, of any length; numbers become text (304 → "304").

    Raises Refused for null, booleans, lists, objects, blank text, and, both texts together, for
    NUL characters and lone surrogates.
    """
    text = _as_text(value).strip()
    if not text:
        raise Refused(BLANK)
    surrogate = _first_surrogate(text)
    texts = [NUL_CHARACTER] if "\0" in text else []
    if surrogate is not None:
        texts.append(SURROGATE.format(ord(surrogate)))
    if texts:
        raise Refused(*texts)
    return text


def whole_numbers(value: object) -> list[int]:
    """A list, not empty, of whole numbers, in order and with repeats.

    Raises Refused, for wrong items with the first thousand of them.
    """
    return _each(value, whole_number)


def trimmed_texts(value: object) -> list[str]:
    """A list, not empty, of trimmed texts, in order and with repeats.

    Raises Refused, for wrong items with the first thousand of them.
    """
    return _each(value, trimmed_text)


def _as_text(value: object) -> str:
    if value is None:
        raise Refused(NULL)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Refused(NOT_A_STRING)
    try:
        return str(value)
    except ValueError as error:  # A whole number with more digits than Python writes out.
        raise Refused(NOT_A_STRING) from error


def _first_surrogate(text: str) -> str | None:
    # Encoding is two to thirty times faster than searching, and stumbles over nothing else.
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return text[error.start]
    return None


def _each(value: object, coerce: Callable[[object], _T]) -> list[_T]:
    coerced: list[_T] = []
    refused: dict[int, list[str]] = {}
    for at, item in enumerate(_items(value)):
        try:
            coerced.append(coerce(item))
        except Refused as error:
            refused[at] = error.texts
        if len(refused) == _MOST_REFUSED:
            break
    if refused:
        raise Refused(items=refused)
    return coerced


def _items(value: object) -> Sequence[object]:
    if value is None:
        raise Refused(NULL)
    if not isinstance(value, list | tuple):
        raise Refused(NOT_A_LIST.format(type(value).__name__))
    if not value:
        raise Refused(EMPTY_LIST)
    if len(value) > MOST_ITEMS:
        raise Refused(TOO_MANY_ITEMS)
    return value
