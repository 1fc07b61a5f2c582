"""How alerts are shown: lists as everywhere, instants with milliseconds (alerts contract, 1.3)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.alert_lists import TYPES
from domain.clock import SECOND


def instant(us: int | None) -> str | None:
    """`2018-03-07T17:04:28.000Z`, or None."""
    if us is None:
        return None
    moment = datetime.fromtimestamp(us // SECOND, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{us % SECOND // 1_000:03d}Z"


def subscriber_list(one: Mapping[str, Any]) -> dict[str, Any]:
    """A list with the keys of all its generations, as it also stands in subscriptions."""
    return {
        "id": one["_id"],
        "title": one["title"],
        "slug": one["slug"],
        "gov_delivery_id": one["slug"],
        "url": one["url"],
        "description": one["description"],
        "tags": one["tags"],
        "links": one["links"],
        **{name: one[name] for name in TYPES},
        "content_id": one["content_id"] or "",
        "tags_digest": one["tags_digest"],
        "links_digest": one["links_digest"],
        "created_at": instant(one["created_at"]),
        "updated_at": instant(one["updated_at"]),
        "last_audited_at": instant(one["last_audited_at"]),
        "last_alerted_at": instant(one["last_alerted_at"]),
        "signon_user_uid": one["signon_user_uid"],
    }
