"""What the routes of announcements take and answer (announcements contract, part 2)."""

from typing import Any, Final

from handlers.announcements import editing, messages, sessions
from handlers.description.words import (
    A_TEXT,
    ANY,
    FLAG,
    FORM,
    INSTANT,
    INSTANT_OR_NULL,
    JSON,
    NUMBER,
    OBJECT,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    Described,
    Query,
    Verb,
    listed,
    many,
    nested,
    shape,
)

_BY_LANGUAGE: Final = {
    "type": ["object", "null"],
    "additionalProperties": {"type": ["string", "null"]},
}
_DATE: Final = {
    "type": ["object", "null"],
    "properties": {"value": {"type": "string"}},
    "required": ["value"],
}
# Texts by language, dates that may leave out their ends; in the names of the seed or of today.
FIELDS: Final[dict[str, Any]] = {
    "title": _BY_LANGUAGE,
    "message_html": _BY_LANGUAGE,
    "message": _BY_LANGUAGE,
    "confirmation": _BY_LANGUAGE,
    "confirm_every_version": {"type": ["boolean", "null"]},
    "start_time": _DATE,
    "end_time": _DATE,
    "type": {"type": ["string", "null"]},
    "webfrontend_type": {"type": ["string", "null"]},
    "webfrontend_props": {},
    "reference": {"type": ["string", "null"]},
}
GROUPS: Final = {"type": "array", "items": {"type": "object"}}
_NUMBERS: Final = {"_id": {"type": "integer"}, "_version": {"type": "integer"}}
MESSAGE: Final = {
    "type": "object",
    "properties": {**_NUMBERS, **FIELDS, "_groups": GROUPS},
}
ONE: Final = {
    "type": "object",
    "properties": {
        "_basetype": {"const": "message"},
        "message": {**MESSAGE, "required": ["_id", "_version"]},
        "_groups": GROUPS,
        "_owner": {"type": "object"},
    },
    "required": ["_basetype", "message"],
}
GIVEN: Final = {
    "type": "object",
    "properties": {
        "_basetype": {"const": "message"},
        "message": MESSAGE,
        "_groups": GROUPS,
        "_owner": {"type": "object"},
    },
    "required": ["message"],
}
VERSION: Final = {
    **ONE,
    "properties": {
        **ONE["properties"],  # type: ignore[dict-item]
        "at": {"type": "string", "format": "date-time"},
        "by": {},
    },
}
REACH: Final = shape(
    "AnnouncementAudience",
    {
        "id": NUMBER,
        "version": NUMBER,
        "in_force": FLAG,
        "users": NUMBER,
        "confirmed": NUMBER,
        "confirmed_any": NUMBER,
    },
)
WRITTEN_IN: Final = shape("AnnouncementLanguages", {"languages": TEXTS})
PREVIEW: Final = shape(
    "AnnouncementPreview",
    {
        "id": NUMBER,
        "is_read": FLAG,
        "is_seen": FLAG,
        "content": TEXT,
        "sent_on": INSTANT,
        "expires_at": INSTANT_OR_NULL,
        "title": TEXT_OR_NULL,
        "confirm": ANY,
        "message_key": TEXT_OR_NULL,
        "updated": FLAG,
        "type": TEXT_OR_NULL,
        "props": ANY,
    },
)
TEXT_LOOK: Final = shape("AnnouncementText", {"content": TEXT})
A_MESSAGE: Final = {
    "type": "object",
    "properties": {"message": {"type": "string"}},
    "required": ["message"],
}
INSTANCE: Final = shape(
    "Instance",
    {
        "api": TEXT,
        "server_version": TEXT,
        "solution": TEXT,
        "user-schema": TEXT,
        "name": TEXT,
    },
)
SESSION: Final = shape(
    "ApiSession",
    {
        "token": TEXT_OR_NULL,
        "authentication_methods": listed(OBJECT),
        "instance": nested(INSTANCE),
        "frontend_language": TEXT,
        "frontend_locale": TEXT,
        "config": OBJECT,
    },
    {
        "user": OBJECT,
        "groups": listed(OBJECT),
        "system_rights": OBJECT,
        "authenticated": OBJECT,
        "pending_tasks": listed(OBJECT),
        "current_max_message_id": NUMBER,
    },
)
CURRENT: Final = Query("names", "`current`: answer in today's names.", {"enum": ["current"]})
A_NUMBER: Final = {"type": "integer", "minimum": 0}
CACHE: Final = Query("cache_seconds", "How long the answer may be kept.", A_NUMBER)
LANGUAGE: Final = Query("language", "Such as `de-DE`.", A_TEXT)
TOKEN: Final = Query("token", "The session's token.", A_TEXT)
KEYS: Final = {"type": "array", "items": {"type": "string"}}


def _session(purpose: str, *more: Query) -> Verb:
    return Verb(purpose, {200: SESSION}, query=(TOKEN, LANGUAGE, *more))


DESCRIBED: Final[Described] = {
    messages.MessagesHandler: {
        "GET": Verb(
            "All announcements.",
            {200: many(ONE)},
            query=(
                CURRENT,
                CACHE,
                Query("limit", "How many at most.", A_NUMBER),
                Query("offset", "How many to pass over.", A_NUMBER),
            ),
        ),
        "PUT": Verb(
            "Make announcements.", {200: many(ONE)}, many(GIVEN), query=(CURRENT,), takes=(JSON,)
        ),
        "POST": Verb(
            "Change announcements.",
            {200: many(ONE)},
            many(GIVEN),
            query=(CURRENT,),
            errors=(404, 409),
            takes=(JSON,),
        ),
        "DELETE": Verb("An id is needed: always 400.", {}),
    },
    messages.MessageHandler: {
        "GET": Verb(
            "One announcement, as an array.",
            {200: many(ONE)},
            query=(CURRENT, CACHE),
            errors=(400, 404),
        ),
        "DELETE": Verb("Delete an announcement.", {200: None}, errors=(404,)),
    },
    sessions.SessionHandler: {"GET": _session("The session that is named, or a new one.")},
    sessions.AuthenticateHandler: {
        "POST": Verb(
            "Let somebody in.",
            {200: SESSION},
            {
                "type": "object",
                "properties": {"login": A_TEXT, "password": A_TEXT, "method": A_TEXT},
            },
            query=(TOKEN, LANGUAGE),
            errors=(403,),
            takes=(FORM,),
        ),
    },
    sessions.DeauthenticateHandler: {"POST": _session("Let whoever is in out.")},
    sessions.ConfirmHandler: {
        "POST": Verb(
            "Confirm messages by their keys.",
            {200: SESSION},
            KEYS,
            query=(TOKEN, LANGUAGE),
            errors=(403,),
            takes=(JSON,),
        ),
    },
    editing.AudienceHandler: {
        "GET": Verb("How many see it, and how many have confirmed.", {200: REACH}),
    },
    editing.LanguagesHandler: {
        "GET": Verb("What announcements are written in, the usual one first.", {200: WRITTEN_IN}),
    },
    editing.VersionsHandler: {"GET": Verb("Every version of it.", {200: many(VERSION)})},
    editing.TextHandler: {
        "POST": Verb(
            "A text that is being written, as its readers will see it.", {200: TEXT_LOOK}, A_MESSAGE
        )
    },
    editing.PreviewHandler: {
        "GET": Verb(
            "It as somebody would see it now.",
            {200: PREVIEW},
            query=(
                LANGUAGE,
                Query("group", "Somebody in these groups.", {"type": "array", "items": A_NUMBER}),
            ),
        ),
    },
}
