"""The words in which an area tells what its routes take and answer (docs/api.md).

An area's table is ``handlers/<area>/described.py``: ``DESCRIBED`` maps a handler, or a handler and
its kind, to its verbs. What follows from the handler itself (credentials, errors of its dialect,
limits, keys, parameters of the path) is not said there.
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import Schema, fields

LICENCE: Final = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
ALL_TYPES: Final = (JSON, FORM, MULTIPART)


@dataclass(frozen=True)
class Media:
    """An answer that is no JSON."""

    type: str


HTML: Final = Media("text/html")
PLAIN: Final = Media("text/plain")

Shape = Schema | Mapping[str, Any]
Answer = Shape | Media | None | tuple[Shape, Media]


@dataclass(frozen=True)
class Query:
    """A parameter of the query; ``shape`` is its JSON Schema."""

    name: str
    purpose: str
    shape: Mapping[str, Any]
    place: str = "query"


@dataclass(frozen=True)
class Verb:
    """What one verb of a route is for, takes and answers.

    ``answers`` by status, None for one without a body; ``errors`` are statuses beyond those that
    follow from the handler, ``headers`` names of `HEADERS` that a good answer carries.
    """

    purpose: str
    answers: Mapping[int, Answer]
    body: Shape | None = None
    query: tuple[Query, ...] = ()
    errors: tuple[int, ...] = ()
    headers: tuple[str, ...] = ()
    takes: tuple[str, ...] = ALL_TYPES


Described = Mapping[Any, Mapping[str, Verb]]


def shape(name: str, known: Mapping[str, Any], maybe: Mapping[str, Any] | None = None, /) -> Schema:
    """An object of an answer: its keys that are always there, and those that may be."""
    required = {key: _required(field) for key, field in known.items()}
    made = Schema.from_dict({**required, **(maybe or {})}, name=name)
    return made()


def _required(field: fields.Field[Any]) -> fields.Field[Any]:
    made = copy(field)
    made.required = True
    return made


def many(one: Shape) -> dict[str, Any]:
    """A bare array."""
    return {"type": "array", "items": one}


def either(*shapes: Shape) -> dict[str, Any]:
    return {"anyOf": list(shapes)}


def paged(one: Shape) -> dict[str, Any]:
    """A window of a list, as the seeds' are."""
    link = {"type": ["string", "null"], "format": "uri"}
    return {
        "type": "object",
        "properties": {
            "count": {"type": "integer"},
            "next": link,
            "previous": link,
            "results": many(one),
        },
        "required": ["count", "next", "previous", "results"],
    }


def nested(one: Schema, *, null: bool = False) -> fields.Field[Any]:
    return fields.Nested(one, allow_none=null)


def listed(field: fields.Field[Any] | Schema, *, null: bool = False) -> fields.Field[Any]:
    inner = fields.Nested(field) if isinstance(field, Schema) else field
    return fields.List(inner, allow_none=null)


class Any_(fields.Field[Any]):
    """Any JSON value."""


class Fixed(fields.Field[Any]):
    """What JSON Schema says of it, as it stands."""

    def __init__(self, **described: Any):
        super().__init__()
        self.described = described


# The fields that answers are made of.
TEXT: Final = fields.String()
TEXT_OR_NULL: Final = fields.String(allow_none=True)
NUMBER: Final = fields.Integer()
NUMBER_OR_NULL: Final = fields.Integer(allow_none=True)
FLAG: Final = fields.Boolean()
INSTANT: Final = fields.DateTime()
INSTANT_OR_NULL: Final = fields.DateTime(allow_none=True)
LINK: Final = fields.Url()
LINK_OR_NULL: Final = fields.Url(allow_none=True)
UUID: Final = fields.UUID()
UUID_OR_NULL: Final = fields.UUID(allow_none=True)
ANY: Final = Any_()
OBJECT: Final = Fixed(type="object")
TEXTS: Final = fields.List(fields.String())
NUMBERS: Final = fields.List(fields.Integer())
TEXT_BY_NAME: Final = Fixed(type="object", additionalProperties={"type": "string"})
NUMBER_BY_NAME: Final = Fixed(type="object", additionalProperties={"type": "integer"})

# What parameters of a query are.
AN_INTEGER: Final = {"type": "integer"}
A_SIZE: Final = {"type": "integer", "minimum": 1}
A_TEXT: Final = {"type": "string"}
AN_INSTANT: Final = {"type": "string", "format": "date-time"}
A_FLAG: Final = {"type": "string", "enum": ["true", "false"]}

WINDOW: Final = (
    Query("limit", "How many at most.", A_SIZE),
    Query("offset", "How many to pass over.", {"type": "integer", "minimum": 0}),
)
CURSOR: Final = (
    Query("cursor", "Where the page begins: `next` of the page before.", A_TEXT),
    Query("limit", "How many at most.", A_SIZE),
)

HEADERS: Final = {
    "Location": "Where what was made is.",
    "Link": "Where the next page is, with `rel=next`.",
    "Carillon-Cursor": "The live cursor that this list is true for.",
    "Carillon-Revision": "Where the change stands in the feed; `Carillon-After` takes it.",
    "Carillon-Id": "The id that receipts go by.",
}
