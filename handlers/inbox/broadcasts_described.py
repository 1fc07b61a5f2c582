"""What the administrators' routes about notices to audiences take and answer."""

from typing import Final

from handlers.description.words import (
    AN_INTEGER,
    ANY,
    CURSOR,
    INSTANT_OR_NULL,
    NUMBER,
    TEXT_OR_NULL,
    Described,
    Query,
    Verb,
    listed,
    nested,
    shape,
)
from handlers.inbox import broadcasts
from handlers.inbox.described import HEAD, PERSON

BROADCAST: Final = shape("Broadcast", {**HEAD, "audience": ANY, "by": nested(PERSON, null=True)})
BROADCASTS: Final = shape("Broadcasts", {"broadcasts": listed(BROADCAST), "next": TEXT_OR_NULL})
READER: Final = shape("Reader", {"user": nested(PERSON, null=True), "read_on": INSTANT_OR_NULL})
READERS: Final = shape("Readers", {"readers": listed(READER), "next": TEXT_OR_NULL})
REACHED: Final = shape("AudienceSize", {"users": NUMBER})
OF_GROUPS: Final = {"type": "array", "items": AN_INTEGER}

DESCRIBED: Described = {
    broadcasts.BroadcastsHandler: {
        "GET": Verb("What was told to audiences and stands.", {200: BROADCASTS}, query=CURSOR),
    },
    broadcasts.AudienceHandler: {
        "GET": Verb(
            "How many accounts a notice would be for.",
            {200: REACHED},
            query=(Query("group", "In these groups; none: everyone.", OF_GROUPS),),
        ),
    },
    broadcasts.ReadersHandler: {
        "GET": Verb(
            "Who has read what was told to an audience.",
            {200: READERS},
            query=CURSOR,
            errors=(404,),
        ),
    },
}
