"""What the inbox's routes take and answer, for the description of the API (contract, part 1)."""

from typing import Any, Final

from domain.items import MESSAGE, NOTICE
from handlers.description.words import (
    A_FLAG,
    A_TEXT,
    AN_INSTANT,
    AN_INTEGER,
    ANY,
    CURSOR,
    FLAG,
    INSTANT,
    INSTANT_OR_NULL,
    NUMBER,
    NUMBER_BY_NAME,
    NUMBER_OR_NULL,
    NUMBERS,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    Described,
    Query,
    Verb,
    either,
    listed,
    many,
    nested,
    paged,
    shape,
)
from handlers.inbox import (
    blocked,
    details,
    lists,
    marks,
    page,
    receipts,
    scheduled,
    sends,
)
from handlers.inbox.base import SCHEMAS
from handlers.inbox.page import KINDS, OPENED
from handlers.inbox.scheduled import send_schema_of

# `id` is left out where people are named by their names (`inbox.*.participant_key`).
PERSON: Final = shape("Participant", {"username": TEXT_OR_NULL}, {"id": NUMBER})
HEAD: Final = {"id": NUMBER, "content": TEXT, "sent_on": INSTANT}
RECEIVED: Final = {**HEAD, "is_read": FLAG}
RECEIVED_MESSAGE: Final = shape(
    "ReceivedMessage", {**RECEIVED, "sender": nested(PERSON, null=True)}
)
RECEIVED_NOTICE: Final = shape("ReceivedNotice", RECEIVED)
SENT_MESSAGE: Final = shape("SentMessage", {**HEAD, "recipients": listed(PERSON)})
SENDS: Final = {MESSAGE: RECEIVED_MESSAGE, NOTICE: RECEIVED_NOTICE}
SCHEDULED: Final = shape(
    "ScheduledSend",
    {
        "id": NUMBER,
        "content": TEXT,
        "sends": TEXT,
        "audience": ANY,
        "send_at": INSTANT_OR_NULL,
        "send_at_local": TEXT_OR_NULL,
        "time_zone": TEXT_OR_NULL,
        "reason": TEXT_OR_NULL,
        "schedule": NUMBER_OR_NULL,
        "expires_at": INSTANT_OR_NULL,
        "state": TEXT,
        "error": TEXT_OR_NULL,
        "left_on": INSTANT_OR_NULL,
    },
    {"recipients": listed(PERSON, null=True), "sender": nested(PERSON, null=True)},
)
ANNOUNCEMENT: Final = {
    "title": TEXT_OR_NULL,
    "confirm": ANY,
    "message_key": TEXT_OR_NULL,
    "updated": FLAG,
    "type": TEXT_OR_NULL,
    "props": ANY,
}
_CAME_BY: Final = shape("ItemList", {"id": NUMBER, "title": TEXT, "url": TEXT_OR_NULL})
# What brought a notice about; `list` is the subscriber list that an alert came by.
ORIGIN: Final = shape(
    "ItemOrigin",
    {"area": TEXT},
    {"id": ANY, "title": TEXT_OR_NULL, "url": TEXT_OR_NULL, "list": nested(_CAME_BY)},
)
ITEM: Final = shape(
    "Item",
    {**HEAD, "kind": TEXT, "revision": NUMBER, "version": NUMBER},
    {
        "is_read": FLAG,
        "sender": nested(PERSON, null=True),
        "recipients": listed(PERSON),
        "origin": nested(ORIGIN),
        "expires_at": INSTANT_OR_NULL,
        **ANNOUNCEMENT,
    },
)
ITEMS: Final = shape("Items", {"items": listed(ITEM), "next": TEXT_OR_NULL})
COUNTS: Final = shape(
    "UnreadCounts", {"messages": NUMBER, "notices": NUMBER, "announcements": NUMBER, "at": NUMBER}
)
BLOCKED: Final = shape("Blocked", {"user": nested(PERSON), "mode": TEXT, "since": INSTANT})
ALL_BLOCKED: Final = shape("AllBlocked", {"blocked": listed(BLOCKED)})
DEVICE: Final = shape(
    "DeviceReceipt",
    {
        "device": TEXT,
        "is_pushed": FLAG,
        "is_acknowledged": FLAG,
        "last_pushed_on": INSTANT_OR_NULL,
        "last_acknowledged_on": INSTANT_OR_NULL,
    },
)
RECEIPT: Final = {
    "recipient": nested(PERSON),
    "is_stored": FLAG,
    "is_read": FLAG,
    "read_on": INSTANT_OR_NULL,
    "devices": listed(DEVICE),
}
_SENT: Final = {"id": NUMBER, "sent_on": INSTANT}
RECEIPTS: Final = shape(
    "Receipts",
    {
        **_SENT,
        "recipients_total": NUMBER,
        "receipts": listed(shape("Receipt", RECEIPT)),
        "next": TEXT_OR_NULL,
    },
)
REACH: Final = shape("AudienceReceipts", {**_SENT, "audience": ANY, "counts": NUMBER_BY_NAME})
# Those who were kept, by what names them, or the audience.
SENT_ANSWER: Final = {"recipient_ids": NUMBERS, "recipient_usernames": TEXTS, "audience": ANY}
TIMES: Final = {
    "send_at": AN_INSTANT,
    "send_at_local": A_TEXT,
    "time_zone": A_TEXT,
    "schedule": AN_INTEGER,
}

SINCE: Final = Query("since", "From this instant on.", AN_INSTANT)
UNTIL: Final = Query("until", "Up to this instant.", AN_INSTANT)
FILTERS: Final = (
    *CURSOR,
    Query("page", "The number of a page, where `page_size` is configured.", AN_INTEGER),
)


def _list(one: Any, purpose: str) -> Verb:
    answer = either(many(one), paged(one))
    return Verb(purpose, {200: answer}, query=FILTERS, headers=("Link", "Carillon-Cursor"))


def _send(kind: str) -> Verb:
    """A send now, and with one of `TIMES` later."""
    body = {"allOf": [send_schema_of(kind, "id"), {"type": "object", "properties": TIMES}]}
    answered = shape(f"Sent{kind.title()}Answer", {"content": TEXT}, SENT_ANSWER)
    return Verb(
        f"Send a {kind}, now or later.",
        {201: answered, 202: shape(f"Later{kind.title()}", {"id": NUMBER})},
        body=body,
        headers=("Carillon-Revision", "Carillon-Id", "Location"),
    )


def _marked(kind: str, purpose: str, status: int) -> Verb:
    return Verb(purpose, {status: None}, body=SCHEMAS[kind])


DESCRIBED: Final[Described] = {
    **{(sends.SendHandler, kind): {"POST": _send(kind)} for kind in SENDS},
    **{
        (handler, kind): {"GET": _list(one, purpose.format(kind))}
        for handler, purpose in (
            (lists.ListHandler, "Received {}s, unread first, then the newest first."),
            (lists.ReadListHandler, "Received {}s that were read."),
            (lists.UnreadListHandler, "Received {}s that were not read."),
        )
        for kind, one in SENDS.items()
    },
    lists.SentListHandler: {"GET": _list(SENT_MESSAGE, "Sent messages, the newest first.")},
    lists.SentNoticesHandler: {"GET": Verb("Notices have no sender: always 404.", {})},
    lists.SentNoticeHandler: {"GET": Verb("Notices have no sender: always 404.", {})},
    **{
        (details.DetailHandler, kind): {"GET": Verb(f"One received {kind}.", {200: one})}
        for kind, one in SENDS.items()
    },
    details.SentDetailHandler: {"GET": Verb("One sent message.", {200: SENT_MESSAGE})},
    **{
        (handler, kind): {verb: _marked(kind, purpose.format(kind), status)}
        for handler, verb, purpose, status in (
            (marks.MarkReadHandler, "PATCH", "Mark received {}s as read.", 200),
            (marks.MarkUnreadHandler, "PATCH", "Mark received {}s as unread.", 200),
            (marks.DeleteHandler, "DELETE", "Delete received {}s.", 204),
            (marks.DeleteSentHandler, "DELETE", "Delete sent {}s; recipients keep theirs.", 204),
        )
        for kind in SENDS
    },
    marks.DeleteSentNoticesHandler: {
        "DELETE": Verb("Notices have no sender: always 400.", {}, body=SCHEMAS[NOTICE]),
    },
    receipts.ReceiptsHandler: {
        "GET": Verb(
            "What became of something sent, by recipient and device; counts for an audience.",
            {200: either(RECEIPTS, REACH)},
            query=CURSOR,
        ),
    },
    scheduled.ScheduledHandler: {
        "GET": Verb(
            "What is to leave later.",
            {200: many(SCHEDULED)},
            query=(SINCE, UNTIL, CURSOR[1]),
            headers=("Carillon-Cursor",),
        ),
    },
    scheduled.OneScheduledHandler: {
        "GET": Verb("One scheduled send, until it leaves.", {200: SCHEDULED}),
        "PATCH": Verb(
            "Edit it; what is not given stays.",
            {200: SCHEDULED},
            body={
                "type": "object",
                "properties": {
                    "content": A_TEXT,
                    "recipient_ids": {"type": "array", "items": AN_INTEGER},
                    "audience": {},
                    "expires_at": {"type": ["string", "null"], "format": "date-time"},
                    **TIMES,
                },
            },
            errors=(409,),
        ),
        "DELETE": Verb("Cancel it.", {204: None}, errors=(409,), headers=("Carillon-Revision",)),
    },
    page.ItemsHandler: {
        "GET": Verb(
            "One's items of all kinds, the newest first.",
            {200: ITEMS},
            query=(
                Query("kind", "Of these kinds.", {"type": "array", "items": {"enum": list(KINDS)}}),
                Query("unread", "Only unread, or only read ones.", A_FLAG),
                Query("with", "What passed between oneself and this user.", AN_INTEGER),
                Query(
                    "origin", "Notices that this area brought about: `alerts`, `stages`.", A_TEXT
                ),
                Query("q", "What the content holds.", A_TEXT),
                SINCE,
                UNTIL,
                *CURSOR,
            ),
            headers=("Carillon-Cursor",),
        ),
    },
    page.ItemHandler: {
        "GET": Verb(
            "One of one's items, as the list has it.",
            {200: ITEM},
            query=(Query("kind", "Of which kind it is.", {"enum": list(OPENED)}),),
            errors=(404,),
        ),
    },
    page.PeopleHandler: {
        "GET": Verb(
            "People whom one can write to.",
            {200: many(PERSON)},
            query=(Query("q", "How any word of the name begins.", A_TEXT),),
        ),
    },
    page.CountsHandler: {"GET": Verb("How much is unread.", {200: COUNTS})},
    blocked.BlockedHandler: {"GET": Verb("Whom one has blocked or muted.", {200: ALL_BLOCKED})},
    blocked.OneBlockedHandler: {
        "PUT": Verb(
            "Block or mute a sender.",
            {200: BLOCKED},
            body={"type": "object", "properties": {"mode": {"enum": ["block", "mute"]}}},
        ),
        "DELETE": Verb("Take it back.", {204: None}),
    },
}
