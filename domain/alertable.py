"""Would a page make e-mails at all? What publishers of it are told (alerts contract, 3.10)."""

from collections.abc import Mapping
from typing import Any, Final

UNHEARD_APPS: Final = frozenset({"collections-publisher"})
UNHEARD_TYPES: Final = frozenset({"coming_soon", "special_route", "drug_safety_update"})
HEARD_KEYS: Final = frozenset(
    {
        *("policies", "service_manual_topics", "taxons", "world_locations"),
        *("topical_events", "people", "policy_areas", "roles"),
    }
)
NO_TYPE: Final = ("", "other", None)


def is_alertable(change: Mapping[str, Any]) -> bool:
    """Would this content change be told to anybody, from what is known of its page?"""
    has_texts = all(change[name] for name in ("base_path", "title", "change_note"))
    if not has_texts or change["publishing_app"] in UNHEARD_APPS:
        return False
    return change["document_type"] not in UNHEARD_TYPES and _is_heard_of(change)


def _is_heard_of(change: Mapping[str, Any]) -> bool:
    names = {key for side in ("links", "tags") for key, values in change[side].items() if values}
    supertypes = (change["email_document_supertype"], change["government_document_supertype"])
    return bool(names & HEARD_KEYS) or any(one not in NO_TYPE for one in supertypes)
