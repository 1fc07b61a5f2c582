"""Tags and links of a content change: read in every shape, and enriched (alerts contract, 3.1)."""

from collections.abc import Mapping
from typing import Any

from domain.alert_criteria import OPERATORS, operators_inside
from domain.document_types import supertypes

Values = dict[str, list[str]]


def values_of(given: object) -> Values | None:
    """Every key with its values: of an array, a bare value, or `any` and `all` together.

    None for a value of any other shape; anything but an object has no keys.
    """
    found: Values = {}
    for key, value in operators_inside(given).items():
        values = _flat(value)
        if values is None:
            return None
        found[key] = values
    return found


def _flat(value: object) -> list[str] | None:
    if isinstance(value, Mapping):
        if not set(value) <= set(OPERATORS):
            return None
        value = [one for many in value.values() for one in _items(many)]
    texts = [_text(one) for one in _items(value) if one is not None]
    return None if None in texts else list(dict.fromkeys(str(one) for one in texts))


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


def enriched(given: Values, document_type: str) -> Values:
    """With what follows from the document type, where the caller does not say otherwise."""
    derived = {name: [value] for name, value in supertypes(document_type).items()}
    return {**derived, **given, "content_store_document_type": [document_type]}
