"""What the administrators' routes of alerts take and answer."""

from typing import Final

from handlers.alerts import overview
from handlers.alerts.described import COUNTED
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
    shape,
)

LISTS: Final = shape("AlertLists", {"lists": listed(COUNTED), "next": TEXT_OR_NULL})
CONTENT: Final = shape(
    "AlertContent",
    {
        "id": UUID,
        "kind": TEXT,
        "title": TEXT,
        "created_at": INSTANT,
        "matched_at": INSTANT_OR_NULL,
        "processed_at": INSTANT_OR_NULL,
        "lists": NUMBER,
        "emails": NUMBER_OR_NULL,
    },
)
CONTENTS: Final = shape("AlertContents", {"contents": listed(CONTENT), "next": TEXT_OR_NULL})

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
}
