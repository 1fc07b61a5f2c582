"""The frames of ``carillon.v1`` as JSON Schema (docs/protocol.md), for AsyncAPI."""

from collections.abc import Mapping
from typing import Any, Final

from handlers.live.incoming import LONGEST_REF

Schema = Mapping[str, Any]

TEXT: Final = {"type": "string"}
WHOLE: Final = {"type": "integer"}
KINDS: Final = ("message", "notice", "sent", "scheduled", "announcement")
CODES: Final = (
    *("unknown_type", "invalid", "permission_denied", "not_authenticated"),
    *("unavailable", "outcome_unknown", "internal"),
)
REF: Final = {
    "description": "Comes back in the answer.",
    "oneOf": [WHOLE, {"type": "string", "maxLength": LONGEST_REF}],
}
COUNTS: Final = {"messages": WHOLE, "notices": WHOLE, "announcements": WHOLE, "at": WHOLE}
IDS: Final = {"type": "array", "items": WHOLE, "minItems": 1}
STATS: Final = {"what": {"const": "stats"}}


def _object(known: Schema, maybe: Schema | None = None) -> dict[str, Any]:
    properties = {**known, **(maybe or {})}
    return {"type": "object", "properties": properties, "required": list(known)}


def _frame(type_: str, known: Schema, maybe: Schema | None = None) -> dict[str, Any]:
    return _object({"type": {"const": type_}, **known}, maybe)


# Type: what it says, and its schema.
FROM_SERVER: Final[Mapping[str, tuple[str, Schema]]] = {
    "hello": (
        "The first frame: where to resume from, and how much is unread.",
        _frame(
            "hello",
            {"cursor": TEXT, "epoch": TEXT, "unread": _object(COUNTS), "ping": {"type": "number"}},
        ),
    ),
    "change": (
        "Something appeared, changed or went; `item` is the REST resource.",
        _frame(
            "change",
            {
                "kind": {"enum": list(KINDS)},
                "version": WHOLE,
                "revision": WHOLE,
                "item": {**_object({"id": WHOLE}), "additionalProperties": True},
            },
            {"deleted": {"const": True}, "origin": {"type": "object"}},
        ),
    ),
    "unread": ("The counters, true for the moment `at`.", _frame("unread", COUNTS)),
    "ping": ("A sign of life, and where to resume from.", _frame("ping", {"cursor": TEXT})),
    "reset": ("The cursor is of no use: list afresh.", _frame("reset", {})),
    "stats": (
        "Each second, what all processes measured, to an administrator who watches.",
        {
            **_frame("stats", {"at": WHOLE}, {"each": {"type": "object"}}),
            "additionalProperties": {"type": ["number", "null"]},
        },
    ),
    "bye": ("The server is leaving and closes next.", _frame("bye", {"retry_ms": WHOLE})),
    "done": ("A frame with this `ref` was carried out.", _frame("done", {"ref": REF})),
    "error": (
        "A frame was refused.",
        _frame(
            "error",
            {"code": {"enum": list(CODES)}, "detail": TEXT, "temporary": {"type": "boolean"}},
            {"problems": {"type": ["object", "array"]}, "ref": REF},
        ),
    ),
    "pong": ("The answer to a ping.", _frame("pong", {})),
}
_MAYBE: Final = {"ref": REF}
FROM_CLIENT: Final[Mapping[str, tuple[str, Schema]]] = {
    "mark_read": ("Mark messages and notices as read.", _frame("mark_read", {"ids": IDS}, _MAYBE)),
    "mark_unread": ("Mark them as unread.", _frame("mark_unread", {"ids": IDS}, _MAYBE)),
    "delete": ("Delete them.", _frame("delete", {"ids": IDS}, _MAYBE)),
    "ack": ("This device has applied all before it.", _frame("ack", {"cursor": TEXT}, _MAYBE)),
    "watch": ("See what is measured, each second.", _frame("watch", STATS, _MAYBE)),
    "unwatch": ("See no more of it.", _frame("unwatch", STATS, _MAYBE)),
    "ping": ("Ask for a pong.", _frame("ping", {}, _MAYBE)),
    "auth": ("A fresh token of the same user.", _frame("auth", {"token": TEXT}, _MAYBE)),
}
# Ends an event stream, which has no close codes of its own.
ENDING: Final[Mapping[str, tuple[str, Schema]]] = {
    "close": ("Why the stream ends.", _frame("close", {"code": WHOLE, "reason": TEXT})),
}
