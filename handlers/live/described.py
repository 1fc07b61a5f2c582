"""What the doors of the live channel take and answer; frames are in handlers/live/frames.py."""

from typing import Final

from handlers.description.words import (
    A_SIZE,
    A_TEXT,
    AN_INTEGER,
    CURSOR,
    FLAG,
    INSTANT,
    INSTANT_OR_NULL,
    NUMBER,
    NUMBER_BY_NAME,
    NUMBER_OR_NULL,
    OBJECT,
    TEXT,
    TEXT_OR_NULL,
    Described,
    Media,
    Query,
    Verb,
    listed,
    nested,
    shape,
)
from handlers.inbox.described import PERSON, RECEIPT
from handlers.live import changes, connections, events, socket, trace

PAGE: Final = shape(
    "Changes",
    {
        "changes": listed(
            shape(
                "Change",
                {"type": TEXT, "kind": TEXT, "version": NUMBER, "revision": NUMBER, "item": OBJECT},
                {"deleted": FLAG},
            )
        ),
        "cursor": TEXT,
        "more": FLAG,
        "reset": FLAG,
    },
)
CONNECTIONS: Final = shape(
    "Connections",
    {
        "connections": listed(
            shape(
                "Connection",
                {
                    "id": TEXT,
                    "user": nested(PERSON),
                    "process": TEXT,
                    "transport": TEXT,
                    "address": TEXT,
                    "device": TEXT_OR_NULL,
                    "since": INSTANT,
                    "state": TEXT,
                    "unsent_bytes": NUMBER,
                },
            )
        ),
        "next": TEXT_OR_NULL,
        "total": NUMBER,
    },
)
TICKET: Final = shape("Ticket", {"ticket": TEXT, "expires_in": NUMBER})
PUSHED: Final = shape("PushedHere", {"device": TEXT, "on": INSTANT})
TRACE: Final = shape(
    "Trace",
    {
        "id": NUMBER,
        "kind": TEXT,
        "process": TEXT,
        "record": nested(
            shape(
                "TraceRecord",
                {
                    "id": TEXT,
                    "state": TEXT,
                    "process": TEXT_OR_NULL,
                    "attempts": NUMBER,
                    "revision": NUMBER_OR_NULL,
                },
            ),
            null=True,
        ),
        "steps": listed(
            shape("TraceStep", {"step": TEXT, "on": INSTANT_OR_NULL, "known_by": TEXT_OR_NULL})
        ),
        "next": TEXT_OR_NULL,
    },
    {
        "counts": NUMBER_BY_NAME,
        "receipts": listed(shape("TraceReceipt", {**RECEIPT, "pushed_here": listed(PUSHED)})),
    },
)
SINCE: Final = Query("since", "A cursor: what changed since.", A_TEXT)
DEVICE_NAME: Final = Query("device", "What the client calls its device.", A_TEXT)
SECONDS: Final = {"type": "number", "minimum": 0, "maximum": changes.LONGEST_WAIT_S}
SIZE: Final = Query("limit", "How many at most.", {**A_SIZE, "maximum": 1_000})
RESUME: Final = Query("Last-Event-ID", "A cursor; counts more than `since`.", A_TEXT, "header")

DESCRIBED: Final[Described] = {
    socket.LiveHandler: {
        "GET": Verb(
            "The live channel over a websocket; what it says is in `/asyncapi.json`.",
            {101: None},
            query=(SINCE, DEVICE_NAME),
            errors=(426, 429),
        ),
    },
    socket.TicketHandler: {
        "POST": Verb("A ticket for one connection, for clients without headers.", {201: TICKET}),
    },
    events.EventsHandler: {
        "GET": Verb(
            "The live channel as server-sent events.",
            {200: Media(events.EVENT_STREAM)},
            query=(SINCE, DEVICE_NAME, RESUME),
            errors=(429,),
        ),
    },
    changes.ChangesHandler: {
        "GET": Verb(
            "What changed since a cursor, now or as soon as there is news.",
            {200: PAGE},
            query=(
                SINCE,
                SIZE,
                Query("wait", "Seconds to wait for news.", SECONDS),
                DEVICE_NAME,
            ),
            errors=(429,),
        ),
    },
    connections.ConnectionsHandler: {
        "GET": Verb(
            "Who is connected, over all processes.",
            {200: CONNECTIONS},
            query=(Query("user", "Of this user.", AN_INTEGER), CURSOR[0], SIZE),
        ),
    },
    connections.ConnectionHandler: {"DELETE": Verb("End a connection.", {204: None})},
    trace.TraceHandler: {
        "GET": Verb(
            "One message's whole way, with times.",
            {200: TRACE},
            query=(Query("kind", "What it is.", {"enum": ["message", "notice"]}), *CURSOR),
        ),
    },
}
