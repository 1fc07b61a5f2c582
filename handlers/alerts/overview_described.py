"""What the administrators' routes of alerts take and answer."""

from typing import Final

from handlers.alerts import digests, overview
from handlers.alerts.described_shapes import COUNTED
from handlers.description.words import (
    A_TEXT,
    CURSOR,
    INSTANT,
    INSTANT_OR_NULL,
    NUMBER,
    NUMBER_OR_NULL,
    TEXT,
    TEXT_OR_NULL,
    UUID,
    Described,
    Query,
    Verb,
    listed,
    nested,
    shape,
)
from models.digest_schemas import DIGEST

LISTS: Final = shape("AlertLists", {"lists": listed(COUNTED), "next": TEXT_OR_NULL})
_CONTENT: Final = {
    "id": UUID,
    "kind": TEXT,
    "title": TEXT,
    "created_at": INSTANT,
    "matched_at": INSTANT_OR_NULL,
    "processed_at": INSTANT_OR_NULL,
    "lists": NUMBER,
    "emails": NUMBER_OR_NULL,
}
CONTENT: Final = shape("AlertContent", _CONTENT)
STATES: Final = shape("EmailStates", {"pending": NUMBER, "sent": NUMBER, "failed": NUMBER})
ONE_CONTENT: Final = shape("OneAlertContent", {**_CONTENT, "by_state": nested(STATES)})
CONTENTS: Final = shape("AlertContents", {"contents": listed(CONTENT), "next": TEXT_OR_NULL})

RUN: Final = shape(
    "Digest",
    {
        "id": TEXT,
        "range": TEXT,
        "date": TEXT_OR_NULL,
        "starts_at": INSTANT,
        "ends_at": INSTANT,
        "created_at": INSTANT,
        "completed_at": INSTANT_OR_NULL,
        "subscribers": NUMBER_OR_NULL,
        "served": NUMBER,
        "emails": NUMBER_OR_NULL,
    },
)
COMING: Final = shape(
    "ComingDigest",
    {
        "range": TEXT,
        "starts_at": INSTANT,
        "ends_at": INSTANT,
        "until": INSTANT,
        "due_at": INSTANT,
        "contents": NUMBER,
    },
)
DIGESTS: Final = shape(
    "Digests", {"digests": listed(RUN), "coming": listed(COMING), "next": TEXT_OR_NULL}
)

DESCRIBED: Final[Described] = {
    overview.ListsHandler: {
        "GET": Verb(
            "All lists by slug, with how many subscribe.",
            {200: LISTS},
            query=(Query("q", "How the slug begins, also as in a title.", A_TEXT), *CURSOR),
        ),
    },
    overview.ContentsHandler: {
        "GET": Verb(
            "What was published, the newest first, and how far it is.",
            {200: CONTENTS},
            query=CURSOR,
        ),
    },
    overview.ContentHandler: {
        "GET": Verb("One, with how many of its e-mails are in each state.", {200: ONE_CONTENT}),
    },
    digests.DigestsHandler: {
        "GET": Verb(
            "Digests that were made, the newest first, and what the next ones will tell.",
            {200: DIGESTS},
            query=CURSOR,
        ),
        "POST": Verb("A digest now, over a window that is over.", {202: RUN}, DIGEST),
    },
}
