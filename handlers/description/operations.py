"""One verb of one route as an operation of OpenAPI: what its table says, and what follows."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from marshmallow import Schema

from domain.records import LONGEST_KEY
from handlers.alerts.base import AlertsHandler
from handlers.base import SAFE, ApiHandler
from handlers.description.words import HEADERS, JSON, Answer, Media, Shape, Verb
from handlers.dialects import BASIC, BEARER, COOKIE, SESSION, TICKET, TOKEN
from handlers.keys import NAME

SCHEMES: Final = {
    TOKEN: {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`Token` and a space before the token.",
    },
    BEARER: {"type": "http", "scheme": "bearer"},
    BASIC: {"type": "http", "scheme": "basic"},
    COOKIE: {
        "type": "apiKey",
        "in": "cookie",
        "name": "carillon_session",
        "description": "Writes carry `X-CSRF-Token` beside it, from `/session`.",
    },
    TICKET: {"type": "apiKey", "in": "query", "name": "ticket"},
    SESSION: {"type": "apiKey", "in": "header", "name": "x-easydb-token"},
}
KEY: Final = {
    "name": NAME,
    "in": "header",
    "description": "The same key and body: the same answer and one effect, for a day.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
}
UNDESCRIBED: Final = Verb("", {200: {}})


def operation(handler: type[ApiHandler], verb: str, told: Verb) -> dict[str, Any]:
    """The operation; its schemas are still marshmallow's, its errors names of responses."""
    made: dict[str, Any] = {
        "summary": told.purpose or summary(handler),
        "responses": {
            **{str(status): _answer(status, one, told) for status, one in told.answers.items()},
            **{
                str(status): response_name(handler.dialect.name, status)
                for status in sorted(errors_of(handler, verb, told) - told.answers.keys())
            },
        },
        "parameters": list(_parameters(handler, verb, told)),
        "security": _security(handler, verb),
    }
    if told.body is not None:
        content = {kind: {"schema": _body(verb, told.body)} for kind in told.takes}
        made["requestBody"] = {"content": content, "required": True}
    return made


def summary(handler: type) -> str:
    """The first line of what a handler says of itself."""
    return (handler.__doc__ or "").strip().partition("\n")[0]


def response_name(dialect: str, status: int) -> str:
    return f"{dialect}_{status}"


def _answer(status: int, answer: Answer, told: Verb) -> dict[str, Any]:
    made: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if answer is not None:
        made["content"] = dict(map(_content, answer if isinstance(answer, tuple) else (answer,)))
    if told.headers and status < HTTPStatus.BAD_REQUEST:
        made["headers"] = {
            name: {"description": HEADERS[name], "schema": {"type": "string"}}
            for name in told.headers
        }
    return made


def _content(one: Shape | Media) -> tuple[str, dict[str, Any]]:
    if isinstance(one, Media):
        return one.type, {"schema": {"type": "string"}}
    return JSON, {"schema": fresh(one)}


def _parameters(handler: type[ApiHandler], verb: str, told: Verb) -> Iterator[Mapping[str, Any]]:
    for one in told.query:
        yield {
            "name": one.name,
            "in": one.place,
            "description": one.purpose,
            "schema": one.shape,
        }
    if verb in handler.creates:
        yield KEY


def _security(handler: type[ApiHandler], verb: str) -> list[dict[str, list[str]]]:
    if verb in handler.open_verbs:
        return []
    return [{name: []} for name in SCHEMES if name in handler.dialect.credentials]


def errors_of(handler: type[ApiHandler], verb: str, told: Verb) -> set[int]:
    """The statuses of errors: of judging a request, of its input, and those that the table adds."""
    found = {HTTPStatus.SERVICE_UNAVAILABLE, *told.errors, *_of_input(handler, verb, told)}
    if verb not in handler.open_verbs:
        found |= _unknown_caller(handler)
        if BASIC in handler.dialect.credentials:  # a password that is tried too often
            found |= {HTTPStatus.TOO_MANY_REQUESTS}
    if verb in handler.limited:
        found |= {HTTPStatus.TOO_MANY_REQUESTS}
    if _is_judged_by_representation(handler):
        found |= {HTTPStatus.NOT_FOUND, HTTPStatus.NOT_ACCEPTABLE}
    return set(map(int, found))


def _of_input(handler: type[ApiHandler], verb: str, told: Verb) -> set[int]:
    found: set[int] = set()
    has_parameters = bool(told.query) or verb in handler.creates
    if has_parameters or verb not in SAFE or issubclass(handler, AlertsHandler):
        found |= {HTTPStatus.BAD_REQUEST}
    if verb not in SAFE:
        found |= {HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
    if told.body is not None and handler.dialect.name != "announcements":
        found |= {HTTPStatus.UNSUPPORTED_MEDIA_TYPE}
    if verb in handler.creates:
        found |= {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}
    return found


def _unknown_caller(handler: type[ApiHandler]) -> set[int]:
    """The status without credentials, as the dialect says it; the inbox's is configured."""
    found: set[int] = {HTTPStatus.FORBIDDEN}
    return found if handler.dialect.name == "announcements" else {*found, HTTPStatus.UNAUTHORIZED}


def _is_judged_by_representation(handler: type[ApiHandler]) -> bool:
    return handler._check_representation is ApiHandler._check_representation


def _body(verb: str, body: Shape) -> Any:
    """What is sent; a PATCH needs none of it."""
    if verb == "PATCH" and isinstance(body, Schema):
        return type(body)(partial=True)
    return fresh(body)


def fresh(shape: Any) -> Any:
    """A shape whose dicts may be changed, as apispec does where it puts references in."""
    if isinstance(shape, Mapping):
        return {key: fresh(value) for key, value in shape.items()}
    return [fresh(one) for one in shape] if isinstance(shape, list) else shape
