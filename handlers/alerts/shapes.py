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


def subscriber(one: Mapping[str, Any]) -> dict[str, Any]:
    """A subscriber, as most answers show him (1.8)."""
    return {
        "id": one["_id"],
        "address": one["address"],
        "created_at": instant(one["created_at"]),
        "updated_at": instant(one["updated_at"]),
        "govuk_account_id": one["govuk_account_id"],
    }


def whole_subscriber(one: Mapping[str, Any]) -> dict[str, Any]:
    """The same with all that is kept of him: beside his subscriptions, and inside of one."""
    return {**subscriber(one), "signon_user_uid": one["signon_user_uid"]}


def subscription(
    one: Mapping[str, Any], alert_list: Mapping[str, Any], whose: Mapping[str, Any]
) -> dict[str, Any]:
    """A subscription by itself: exactly these keys, which upstream's own tests compare (0, 16)."""
    return {**_subscription(one, alert_list), "subscriber": whole_subscriber(whose)}


def listed_subscription(one: Mapping[str, Any], alert_list: Mapping[str, Any]) -> dict[str, Any]:
    """One of a subscriber's list, with the keys of the seed besides (0, 15)."""
    return {
        **_subscription(one, alert_list),
        "subscriber_id": one["subscriber"],
        "subscriber_list_id": one["list"],
        "signon_user_uid": one["signon_user_uid"],
    }


def _subscription(one: Mapping[str, Any], alert_list: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": one["_id"],
        "subscriber_list": subscriber_list(alert_list),
        "created_at": instant(one["created_at"]),
        "updated_at": instant(one["updated_at"]),
        "ended_at": instant(one["ended_at"]),
        "ended_reason": one["ended_reason"],
        "ended_email_id": one["ended_email_id"],
        "frequency": one["frequency"],
        "source": one["source"],
    }
