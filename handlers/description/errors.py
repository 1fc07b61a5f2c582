"""What errors look like in each dialect, as JSON Schema."""

from http import HTTPStatus
from typing import Any, Final

TEXT: Final = {"type": "string"}
TEXTS: Final = {"type": "array", "items": TEXT}


def _object(**keys: Any) -> dict[str, Any]:
    return {"type": "object", "properties": keys, "required": list(keys)}


DETAIL: Final = _object(detail=TEXT)
PROBLEMS: Final = {
    "description": "What is wrong, by field; of a list's items by their places.",
    "type": "object",
    "additionalProperties": {
        "anyOf": [TEXTS, {"type": "object", "additionalProperties": True}],
    },
}
API_ERROR: Final = _object(
    code=TEXT,
    debugText=TEXT,
    parameters={"type": "object"},
    realm={"enum": ["api", "server", "user"]},
)
REFUSED: Final = {
    "type": "object",
    "properties": {"error": TEXT, "details": {}},
    "required": ["error"],
}
MESSAGE: Final = _object(message=TEXT)
STATUS: Final = _object(status={"type": "integer"}, error=TEXT)
INPUT: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})


def schema(dialect: str, status: int) -> dict[str, Any]:
    """The body of an error with this status."""
    if dialect == "announcements":
        return API_ERROR
    if dialect == "alerts":
        return _of_alerts(status)
    return {"anyOf": [DETAIL, PROBLEMS, TEXTS]} if status in INPUT else DETAIL


def _of_alerts(status: int) -> dict[str, Any]:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return MESSAGE
    seen = [MESSAGE] if status == HTTPStatus.CONFLICT else []  # of a message that came before
    return {"anyOf": [REFUSED, STATUS, *seen]}
