"""What the routes for operators take and answer, for the description of the API."""

from typing import Final

from handlers import audit, health, jobs, metrics, progress
from handlers.description import serving
from handlers.description.words import (
    A_SIZE,
    A_TEXT,
    CURSOR,
    HTML,
    INSTANT,
    INSTANT_OR_NULL,
    NUMBER,
    NUMBER_OR_NULL,
    PLAIN,
    TEXT,
    TEXT_BY_NAME,
    TEXT_OR_NULL,
    WINDOW,
    Described,
    Query,
    Verb,
    listed,
    nested,
    paged,
    shape,
)
from handlers.mail import caught

ACTOR: Final = shape("Actor", {"id": NUMBER_OR_NULL, "username": TEXT_OR_NULL})
ENTRY: Final = shape(
    "AuditEntry",
    {
        "id": TEXT,
        "at": INSTANT,
        "actor": nested(ACTOR),
        "action": TEXT,
        "on": TEXT_OR_NULL,
        "address": TEXT_OR_NULL,
        "request_id": TEXT_OR_NULL,
        "status": NUMBER_OR_NULL,
    },
)
AUDIT: Final = shape("Audit", {"entries": listed(ENTRY), "next": TEXT_OR_NULL})
JOB: Final = shape(
    "DeadJob",
    {"id": TEXT, "kind": TEXT, "due_at": INSTANT, "attempts": NUMBER, "error": TEXT_OR_NULL},
)
ALIVE: Final = shape("Alive", {"status": TEXT})
READY: Final = shape("Ready", {"status": TEXT, "checks": TEXT_BY_NAME})
PROGRESS: Final = shape(
    "Progress",
    {
        "id": TEXT,
        "kind": TEXT,
        "done": NUMBER,
        "total": NUMBER_OR_NULL,
        "state": TEXT,
        "started": INSTANT,
        "ended": INSTANT_OR_NULL,
        "links": TEXT_BY_NAME,
    },
)
HEAD: Final = {"id": NUMBER, "email": TEXT_OR_NULL, "to": TEXT, "subject": TEXT, "at": INSTANT}
MAIL: Final = shape("Mail", {**HEAD, "headers": TEXT_BY_NAME, "text": TEXT, "html": TEXT})
MAILS: Final = shape("Mails", {"mails": listed(shape("MailHead", HEAD))})
DOCUMENT: Final = {  # its form is OpenAPI's or AsyncAPI's own
    "type": "object",
    "required": ["info"],
    "properties": {"openapi": {"type": "string"}, "asyncapi": {"type": "string"}},
    "additionalProperties": True,
}

DESCRIBED: Final[Described] = {
    audit.AuditHandler: {
        "GET": Verb("What administrators did, the newest first.", {200: AUDIT}, query=CURSOR),
    },
    jobs.DeadJobsHandler: {
        "GET": Verb(
            "Jobs that failed for good, the latest due first.", {200: paged(JOB)}, query=WINDOW
        ),
    },
    jobs.RequeueHandler: {
        "POST": Verb(
            "Begin a failed job anew, with all its attempts before it.",
            {204: None},
            errors=(404, 409),
        ),
    },
    health.LiveHandler: {"GET": Verb("Is the process alive?", {200: ALIVE})},
    health.ReadyHandler: {
        "GET": Verb("May it be sent requests?", {200: READY, 503: READY}),
    },
    metrics.MetricsHandler: {
        "GET": Verb(
            "What the server measures, for Prometheus, from allowed addresses.",
            {200: PLAIN},
            errors=(403,),
        ),
    },
    progress.ProgressHandler: {
        "GET": Verb("How far a long action is.", {200: PROGRESS}),
    },
    caught.CaughtListHandler: {
        "GET": Verb(
            "The e-mails that the catcher keeps, the newest first.",
            {200: (MAILS, HTML)},
            query=(
                Query("to", "An address.", A_TEXT),
                Query("limit", "How many at most.", {**A_SIZE, "maximum": caught.MOST_SHOWN}),
            ),
        ),
    },
    caught.CaughtOneHandler: {"GET": Verb("One caught e-mail, whole.", {200: (MAIL, HTML)})},
    serving.ChannelHandler: {
        "GET": Verb("The live channel, in AsyncAPI 3.", {200: DOCUMENT}),
    },
    serving.DocumentHandler: {
        "GET": Verb("The description of the API, whole or of one area.", {200: DOCUMENT}),
    },
}
