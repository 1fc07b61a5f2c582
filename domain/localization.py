"""Texts in several languages, culture to text, and which of them somebody is shown."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

Texts = Mapping[str, str | None]

DEFAULT: Final = ""  # the variant of those whose language has no text

_CULTURE: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")


def is_culture(text: str) -> bool:
    """Is it a language or a locale, such as `de` or `de-DE`?"""
    return _CULTURE.fullmatch(text) is not None


def is_empty(texts: Texts) -> bool:
    """Is there no text in any culture?"""
    return all(text is None for text in texts.values())


def choose(texts: Texts | None, language: str | None, order: Sequence[str] = ()) -> str | None:
    """The text for somebody who reads ``language``; None when there is none at all.

    First the exact locale, then the language alone, then any locale of it, then ``order`` in the
    same way, then any. Where several fit the first one in the object is taken.
    """
    there = {key: text for key, text in (texts or {}).items() if text is not None}
    for wanted in (language, *order):
        key = _find(there, wanted)
        if key is not None:
            return there[key]
    return next(iter(there.values()), None)


def _find(cultures: Iterable[str], wanted: str | None) -> str | None:
    """The culture that fits best, or None."""
    if not wanted:
        return None
    cultures, tongue = list(cultures), _tongue(wanted)
    for exact in (_folded(wanted), tongue):
        same = [one for one in cultures if _folded(one) == exact]
        if same:
            return same[0]
    return next((one for one in cultures if _tongue(one) == tongue), None)


def variants(*fields: Texts | None) -> tuple[str, ...]:
    """For which languages these texts together may look different: locales, languages, the rest.

    Whoever reads anything else is shown one of these: `variant_of` says which.
    """
    cultures = [key for texts in fields for key, text in (texts or {}).items() if text is not None]
    keys = [*map(_folded, cultures), *map(_tongue, cultures), DEFAULT]
    return tuple(dict.fromkeys(keys))


def variant_of(language: str | None, known: Iterable[str]) -> str:
    """The variant among ``known`` that somebody who reads ``language`` is shown."""
    if not language:
        return DEFAULT
    known = set(known)
    return next((key for key in (_folded(language), _tongue(language)) if key in known), DEFAULT)


def _folded(culture: str) -> str:
    return culture.replace("_", "-").lower()


def _tongue(culture: str) -> str:
    return _folded(culture).partition("-")[0]
