"""The OpenAPI documents: every route, one document for all and one for each area."""

import inspect
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

from domain.version import VERSION
from handlers.answering import VERBS
from handlers.base import ApiHandler
from handlers.description.areas import AREAS, area_of, verbs_of
from handlers.description.errors import schema
from handlers.description.operations import (
    SCHEMES,
    UNDESCRIBED,
    errors_of,
    operation,
    response_name,
)
from handlers.description.paths import Path, path_of, twin_of
from handlers.description.words import JSON, LICENCE, Verb

INTRODUCTION: Final = """\
Every path answers `OPTIONS` with what it takes, and `HEAD` where it answers `GET`. `X-Request-Id`
of a request, or a new one, comes back with its answer. `Retry-After` says in seconds when a 429
or 503 is worth another try.
"""

Route = Sequence[Any]


@dataclass(frozen=True)
class Described:
    """A route as it is in the documents."""

    handler: type[ApiHandler]
    area: str
    path: Path
    verbs: Mapping[str, Verb]


def described(routes: Sequence[Route]) -> Iterator[Described]:
    """All routes but the web pages' files, each once: its twin without a final slash is it, too."""
    claimed = {(pattern, handler) for pattern, handler, *_ in routes}
    for pattern, handler, *rest in routes:
        if not issubclass(handler, ApiHandler) or (twin_of(pattern), handler) in claimed:
            continue
        kind = rest[0].get("kind") if rest else None
        told = verbs_of(handler, kind)
        verbs = [verb for verb in VERBS if verb in handler.allowed_verbs()]
        yield Described(
            handler,
            area_of(handler),
            path_of(pattern, _names(handler, verbs[0])),
            {verb: told.get(verb, UNDESCRIBED) for verb in verbs},
        )


def _names(handler: type[ApiHandler], verb: str) -> list[str]:
    """What the handler calls the parts of its path."""
    parameters = inspect.signature(getattr(handler, verb.lower())).parameters
    return [name for name in parameters if name != "self"]


class Documents:
    """The documents of an application's routes, each made once, as JSON."""

    areas = AREAS

    def __init__(self, routes: Sequence[Route]):
        self._routes = routes
        self._made: dict[str | None, bytes] = {}

    def openapi(self, area: str | None) -> bytes:
        """The document of an area, None: of all."""
        if area not in self._made:
            self._made[area] = orjson.dumps(document(self._routes, area))
        return self._made[area]


def document(routes: Sequence[Route], area: str | None = None) -> dict[str, Any]:
    """The description of all routes, or of one area's."""
    wanted = [one for one in described(routes) if area in (None, one.area)]
    spec = _spec(wanted)
    for name, scheme in _schemes(wanted):
        spec.components.security_scheme(name, dict(scheme))
    for dialect, status in sorted(set(_errors(wanted))):
        spec.components.response(response_name(dialect, status), _error(dialect, status))
    names = Counter[str]()
    for one in wanted:
        spec.path(
            path=one.path.template,
            operations={
                verb.lower(): _operation(one, verb, told, names) for verb, told in one.verbs.items()
            },
            parameters=[
                {"name": name, "in": "path", "required": True, "schema": part}
                for name, part in one.path.parts
            ],
        )
    return spec.to_dict()


def _spec(wanted: Sequence[Described]) -> APISpec:
    areas = {one.area for one in wanted}
    marshmallow = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        title="Carillon",
        version=VERSION,
        openapi_version="3.1.0",
        info={"description": INTRODUCTION, "license": LICENCE},
        servers=[{"url": "/"}],
        tags=[{"name": one, "description": AREAS[one]} for one in AREAS if one in areas],
        plugins=[marshmallow],
    )
    converter = marshmallow.converter
    assert converter is not None
    converter.add_attribute_function(_as_field_says)  # type: ignore[no-untyped-call]
    functions = converter.attribute_functions
    functions.insert(1, functions.pop())  # before null is added to the type
    functions.remove(converter.field2default)  # what is loaded, not what may be sent
    return spec


def _as_field_says(_: Any, field: fields.Field[Any], **__: Any) -> dict[str, Any]:
    """What a field of ours says of its values itself."""
    return dict(getattr(field, "described", {}))


def _name(one: Any) -> str:
    """A schema's name in the document; bodies are told from answers, and changes from both."""
    kind = one if isinstance(one, type) else type(one)
    name = kind.__name__.removesuffix("Schema")
    name = f"{name[1:]}Body" if name.startswith("_") else name
    is_partial = isinstance(one, Schema) and one.partial
    return f"{name.removesuffix('Body')}Change" if is_partial else name


def _operation(one: Described, verb: str, told: Verb, names: Counter[str]) -> dict[str, Any]:
    made = operation(one.handler, verb, told)
    name = f"{verb.lower()}_{one.handler.__module__.rpartition('.')[2]}_{one.handler.__name__}"
    name = name.removesuffix("Handler")
    names[name] += 1
    number = f"_{names[name]}" if names[name] > 1 else ""
    return {"operationId": f"{name}{number}", "tags": [one.area], **made}


def _schemes(wanted: Sequence[Described]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    used = {name for one in wanted for name in one.handler.dialect.credentials}
    return ((name, SCHEMES[name]) for name in SCHEMES if name in used)


def _errors(wanted: Sequence[Described]) -> Iterator[tuple[str, int]]:
    for one in wanted:
        for verb, told in one.verbs.items():
            for status in errors_of(one.handler, verb, told):
                yield one.handler.dialect.name, status


def _error(dialect: str, status: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "description": PHRASES[status],
        "content": {JSON: {"schema": schema(dialect, status)}},
    }
    if status in (429, 503):
        seconds = {"description": "Seconds.", "schema": {"type": "integer"}}
        made["headers"] = {"Retry-After": seconds}
    return made


PHRASES: Final = {
    400: "The request cannot be read, or its input breaks rules.",
    401: "No credentials, or none that are good.",
    403: "The caller may not do this.",
    404: "No such thing, or none that this caller may see.",
    406: "No representation fits the `Accept` header.",
    409: "True of the request, but not of the present state.",
    413: "The request is too large.",
    415: "The body is of a type that is not read here.",
    422: "The input breaks rules, or an `Idempotency-Key` came again with another body.",
    426: "This is a websocket.",
    429: "Too much, or too often.",
    500: "Something is wrong with the server.",
    503: "Nothing happened; the same call may succeed soon.",
}
