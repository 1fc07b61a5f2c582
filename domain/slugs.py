"""Slugs of subscriber lists: a title in lower case, its words joined by hyphens (contract 2.1)."""

import re
import unicodedata
from typing import Final

LONGEST: Final = 255
LONGEST_BEFORE_SUFFIX: Final = 244

# Letters that are not a plain one with a mark, as they are usually written without them.
_WRITTEN: Final = str.maketrans(
    {
        **{"Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ĳ": "IJ", "ĳ": "ij", "ß": "ss"},
        **{"Þ": "Th", "þ": "th", "Ð": "D", "ð": "d", "Đ": "D", "đ": "d", "Ø": "O", "ø": "o"},
        **{"Ħ": "H", "ħ": "h", "ı": "i", "ĸ": "k", "Ł": "L", "ł": "l", "Ŋ": "NG", "ŋ": "ng"},
        **{"Ŧ": "T", "ŧ": "t", "×": "x"},
    }
)
_OTHER: Final = re.compile(r"[^a-z0-9_-]+")
_HYPHENS: Final = re.compile(r"-{2,}")


def slug_of(title: str) -> str:
    """The slug of a title, of at most 255 characters; empty when nothing in it can be written."""
    return _cut(_words(title), LONGEST)


def slug_with_suffix(title: str, suffix: str) -> str:
    """Another slug of the title, for when its own is another list's."""
    return f"{_cut(_words(title), LONGEST_BEFORE_SUFFIX)}-{suffix}".lstrip("-")


def _words(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title.translate(_WRITTEN))
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return _HYPHENS.sub("-", _OTHER.sub("-", letters.lower())).strip("-")


def _cut(slug: str, longest: int) -> str:
    """At most ``longest`` characters, whole words where there are several."""
    if len(slug) <= longest:
        return slug
    end = slug.rfind("-", 0, longest + 1)
    return slug[: end if end > 0 else longest]
