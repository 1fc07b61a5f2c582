"""What alerts take and answer, as the description of the API says it (alerts contract)."""

from typing import Any, Final

from domain.alert_lists import TYPES
from domain.alert_subscriptions import FREQUENCIES
from handlers.alerts import accounts
from handlers.description.words import (
    A_TEXT,
    ANY,
    INSTANT,
    INSTANT_OR_NULL,
    NUMBER,
    OBJECT,
    TEXT,
    TEXT_OR_NULL,
    UUID,
    UUID_OR_NULL,
    Fixed,
    listed,
    nested,
    shape,
)

_TIMES: Final = {"created_at": INSTANT, "updated_at": INSTANT}
_LIST: Final = {
    "id": NUMBER,
    "title": TEXT,
    "slug": TEXT,
    "gov_delivery_id": TEXT,
    "url": TEXT_OR_NULL,
    "description": TEXT_OR_NULL,
    "tags": OBJECT,
    "links": OBJECT,
    **dict.fromkeys(TYPES, TEXT_OR_NULL),
    "content_id": TEXT_OR_NULL,
    "tags_digest": TEXT_OR_NULL,
    "links_digest": TEXT_OR_NULL,
    **_TIMES,
    "last_audited_at": INSTANT_OR_NULL,
    "last_alerted_at": INSTANT_OR_NULL,
    "signon_user_uid": TEXT_OR_NULL,
}
NESTED_LIST: Final = shape("AlertList", _LIST)
COUNTED: Final = shape("CountedAlertList", {**_LIST, "active_subscriptions_count": NUMBER})
LIST: Final = shape("AlertListAnswer", {"subscriber_list": nested(COUNTED)})
COUNTS: Final = shape(
    "AlertListCounts", {"subscriber_list_count": NUMBER, "all_notify_count": NUMBER}
)
_SUBSCRIBER: Final = {
    "id": NUMBER,
    "address": TEXT_OR_NULL,
    **_TIMES,
    "govuk_account_id": TEXT_OR_NULL,
}
SUBSCRIBER: Final = shape("Subscriber", _SUBSCRIBER)
WHOLE_SUBSCRIBER: Final = shape("WholeSubscriber", {**_SUBSCRIBER, "signon_user_uid": TEXT_OR_NULL})
SUBSCRIBER_ANSWER: Final = shape("SubscriberAnswer", {"subscriber": nested(SUBSCRIBER)})
_SUBSCRIPTION: Final = {
    "id": UUID,
    "subscriber_list": nested(NESTED_LIST),
    **_TIMES,
    "ended_at": INSTANT_OR_NULL,
    "ended_reason": TEXT_OR_NULL,
    "ended_email_id": UUID_OR_NULL,
    "frequency": Fixed(type="string", enum=list(FREQUENCIES)),
    "source": TEXT_OR_NULL,
}
SUBSCRIPTION: Final = shape(
    "AlertSubscriptionAnswer",
    {
        "subscription": nested(
            shape("AlertSubscription", {**_SUBSCRIPTION, "subscriber": nested(WHOLE_SUBSCRIBER)})
        )
    },
)
SUBSCRIPTIONS: Final = shape(
    "SubscriptionsOfSubscriber",
    {
        "subscriber": nested(WHOLE_SUBSCRIBER),
        "subscriptions": listed(
            shape(
                "ListedAlertSubscription",
                {
                    **_SUBSCRIPTION,
                    "subscriber_id": NUMBER,
                    "subscriber_list_id": NUMBER,
                    "signon_user_uid": TEXT_OR_NULL,
                },
            )
        ),
    },
)
SMOKE_TEST: Final = shape("SmokeTest", {"id": NUMBER, "subscription": ANY})
QUEUED: Final = shape("Queued", {"message": TEXT})
SESSION: Final = {"type": "object", "properties": {accounts.SESSION: A_TEXT}}
LINKED: Final = shape("AccountAnswer", {"subscriber": nested(SUBSCRIBER)}, {accounts.SESSION: TEXT})
CHECKS: Final = {
    "type": "object",
    "properties": {
        "status": {"enum": ["ok", "warning", "critical"]},
        "checks": {"type": "object", "additionalProperties": {"type": "object"}},
    },
    "required": ["status", "checks"],
}
EMPTY: Final = shape("Empty", {})


def given(required: str = "", **properties: Any) -> dict[str, Any]:
    """Parameters, those of ``required`` among them texts if nothing else is said."""
    names = required.split()
    return {
        "type": "object",
        "properties": {**dict.fromkeys(names, A_TEXT), **properties},
        **({"required": names} if names else {}),
    }


AN_OBJECT: Final = {"type": "object"}
A_FREQUENCY: Final = {"enum": list(FREQUENCIES)}
CRITERIA: Final = {
    "tags": AN_OBJECT,
    "links": AN_OBJECT,
    "content_id": A_TEXT,
    **dict.fromkeys(TYPES, A_TEXT),
}
NEW_LIST: Final = given("title", url=A_TEXT, description=A_TEXT, **CRITERIA)
CHANGE: Final = given(
    "content_id base_path title change_note public_updated_at "
    "email_document_supertype government_document_supertype document_type publishing_app",
    description=A_TEXT,
    priority={"enum": ["normal", "high"]},
    subject=A_TEXT,
    body=A_TEXT,
    footnote=A_TEXT,
    tags=AN_OBJECT,
    links=AN_OBJECT,
)
MESSAGE: Final = given(
    "title body criteria_rules",
    criteria_rules={"type": "array", "items": AN_OBJECT},
    sender_message_id=A_TEXT,
    url=A_TEXT,
    priority={"enum": ["normal", "high"]},
)
NEW_SUBSCRIPTION: Final = given(
    "address subscriber_list_id",
    subscriber_list_id={"type": ["integer", "string"]},
    frequency=A_FREQUENCY,
    skip_confirmation_email={"type": "boolean"},
)
