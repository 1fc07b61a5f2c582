"""What the routes of stages take and answer (stages contract, 1.2)."""

from typing import Final

from handlers.description.errors import PROBLEMS
from handlers.description.words import (
    ALL_TYPES,
    ANY,
    FLAG,
    INSTANT,
    LINK,
    LINK_OR_NULL,
    MULTIPART,
    NUMBER,
    NUMBER_OR_NULL,
    TEXT,
    TEXT_OR_NULL,
    UUID,
    WINDOW,
    Described,
    Media,
    Shape,
    Verb,
    either,
    listed,
    nested,
    paged,
    shape,
)
from handlers.stages import actions, files, messages, overview, sets, subscriptions, upkeep
from models.stage_schemas import BINARY, MESSAGE, MESSAGE_SET, SUBSCRIPTION

_TIMES: Final = {"created_at": INSTANT, "updated_at": INSTANT}
SET: Final = shape(
    "MessageSet",
    {
        "id": NUMBER,
        "short_name": TEXT,
        "label": TEXT,
        "content_type": TEXT,
        "notes": TEXT_OR_NULL,
        "next_set": NUMBER_OR_NULL,
        "default_schedule": NUMBER,
        **_TIMES,
    },
)
_MESSAGE: Final = {
    "id": NUMBER,
    "messageset": NUMBER,
    "sequence_number": NUMBER,
    "lang": TEXT,
    "text_content": TEXT_OR_NULL,
    **_TIMES,
}
ONE_MESSAGE: Final = shape(
    "StageMessage", {**_MESSAGE, "binary_content": NUMBER_OR_NULL, "metadata": ANY}
)
FILE: Final = shape("File", {"id": NUMBER, "content": LINK_OR_NULL})
CONTENT: Final = shape("StageContent", {**_MESSAGE, "binary_content": nested(FILE, null=True)})
SET_MESSAGES: Final = shape(
    "MessageSetWithMessages",
    {
        "id": NUMBER,
        "short_name": TEXT,
        "notes": TEXT_OR_NULL,
        "next_set": NUMBER_OR_NULL,
        "default_schedule": NUMBER,
        "messages": listed(CONTENT),
        **_TIMES,
    },
)
LANGUAGES: Final = {
    "type": "object",
    "additionalProperties": {"type": "array", "items": {"type": "string"}},
}
STEP: Final = {"next_sequence_number": NUMBER, "subscriptions": NUMBER, "held": NUMBER}
FUNNEL: Final = shape(
    "StageFunnel",
    {"steps": listed(shape("StageStep", STEP)), "completed": NUMBER, "stopped": NUMBER},
)
ONE_SUBSCRIPTION: Final = shape(
    "StageSubscription",
    {
        "url": LINK,
        "id": UUID,
        "number": NUMBER,
        "version": NUMBER,
        "identity": TEXT,
        "messageset": NUMBER,
        "next_sequence_number": NUMBER,
        "lang": TEXT,
        "active": FLAG,
        "completed": FLAG,
        "schedule": NUMBER,
        "process_status": NUMBER,
        "metadata": ANY,
        **_TIMES,
        "initial_sequence_number": NUMBER,
        "messageset_label": TEXT_OR_NULL,
    },
)
ACCEPTED: Final = shape("Accepted", {"accepted": FLAG})
NOT_ACCEPTED: Final = shape("NotAccepted", {"accepted": FLAG, "reason": TEXT})
REFUSED: Final = either(NOT_ACCEPTED, PROBLEMS)  # no such subscription, or no good key
TASK: Final = shape("AcceptedTask", {"accepted": FLAG, "task_id": TEXT})
BEHIND: Final = shape(
    "BehindSubscription",
    {
        "id": NUMBER,
        "subscription": LINK,
        "subscription_id": UUID,
        "messages_behind": NUMBER,
        "current_messageset": LINK_OR_NULL,
        "current_messageset_id": NUMBER_OR_NULL,
        "current_messageset_name": TEXT_OR_NULL,
        "current_sequence_number": NUMBER,
        "expected_messageset": LINK_OR_NULL,
        "expected_messageset_id": NUMBER_OR_NULL,
        "expected_messageset_name": TEXT_OR_NULL,
        "expected_sequence_number": NUMBER,
        "created_at": INSTANT,
    },
)
# A hub's webhook: the whole subscription is in ``data``.
REQUESTED: Final = {
    "type": "object",
    "properties": {"data": SUBSCRIPTION},
    "required": ["data"],
}
IN_USE: Final = (409,)


def _resource(
    noun: str, one: Shape, body: Shape, *, takes: tuple[str, ...] = ALL_TYPES
) -> tuple[dict[str, Verb], dict[str, Verb]]:
    """The verbs of a list of rows and of one row."""
    return (
        {
            "GET": Verb(f"All {noun}s.", {200: paged(one)}, query=WINDOW),
            "POST": Verb(f"Make a {noun}.", {201: one}, body, headers=("Location",), takes=takes),
        },
        {
            "GET": Verb(f"One {noun}.", {200: one}),
            "PUT": Verb(f"Change a {noun}.", {200: one}, body, errors=IN_USE, takes=takes),
            "PATCH": Verb(f"Change a {noun}.", {200: one}, body, errors=IN_USE, takes=takes),
            "DELETE": Verb(f"Delete a {noun}.", {204: None}, errors=IN_USE),
        },
    )


_SETS: Final = _resource("message set", SET, MESSAGE_SET)
_MESSAGES: Final = _resource("message", ONE_MESSAGE, MESSAGE)
_SUBSCRIPTIONS: Final = _resource("subscription", ONE_SUBSCRIPTION, SUBSCRIPTION)
_FILES: Final = _resource("file", FILE, BINARY, takes=(MULTIPART,))

DESCRIBED: Final[Described] = {
    sets.SetsHandler: _SETS[0],
    sets.SetHandler: _SETS[1],
    sets.SetMessagesHandler: {
        "GET": Verb("One message set with all its messages.", {200: SET_MESSAGES}),
    },
    overview.FunnelHandler: {
        "GET": Verb("How many stand where in a set.", {200: FUNNEL}, errors=(404,)),
    },
    sets.LanguagesHandler: {"GET": Verb("The languages of every set.", {200: LANGUAGES})},
    messages.MessagesHandler: _MESSAGES[0],
    messages.MessageHandler: _MESSAGES[1],
    messages.ContentHandler: {"GET": Verb("One message, as a set shows it.", {200: CONTENT})},
    subscriptions.SubscriptionsHandler: _SUBSCRIPTIONS[0],
    subscriptions.SubscriptionHandler: _SUBSCRIPTIONS[1],
    subscriptions.RequestHandler: {
        "POST": Verb("Make a subscription from a hub's webhook.", {201: ACCEPTED}, REQUESTED),
    },
    actions.SendHandler: {
        "POST": Verb("Send the next message.", {201: ACCEPTED, 400: REFUSED}),
    },
    actions.ResendHandler: {
        "POST": Verb("Send the last message once more.", {202: ACCEPTED, 400: REFUSED}),
    },
    files.FilesHandler: _FILES[0],
    files.FileHandler: _FILES[1],
    files.MediaHandler: {
        "GET": Verb(
            "The content of a file, to whoever knows its name.",
            {200: Media("application/octet-stream")},
            errors=(404,),
        ),
    },
    upkeep.BehindListHandler: {
        "GET": Verb("Who was found behind.", {200: paged(BEHIND)}, query=WINDOW),
    },
    upkeep.BehindHandler: {"GET": Verb("One that was found behind.", {200: BEHIND})},
    upkeep.FindBehindHandler: {"POST": Verb("Look for who is behind.", {202: TASK})},
    upkeep.EstimateHandler: {"POST": Verb("Estimate what leaves today.", {202: TASK})},
}
