"""Reading a request's body: JSON, or a form whose keys may repeat (contract 1.4, step 6)."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

from tornado.httputil import (
    HTTPFile,
    HTTPInputError,
    ParseBodyConfig,
    ParseMultipartConfig,
    ParseUrlEncodedConfig,
    parse_body_arguments,
)

from domain.errors import Malformed, UnsupportedMediaType

MAX_FIELDS: Final = 1_000
"""Fields of one form: the bound of the reference implementation, which JSON does not have."""

_JSON: Final = "application/json"
_MARK: Final = "\ufeff"
_URLENCODED: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"

# The empty text before the first boundary counts as a part. Headers are costly to read:
# 1,000 parts of the 10 KiB that Tornado allows take seconds.
_LIMITS: Final = ParseBodyConfig(
    multipart=ParseMultipartConfig(max_parts=MAX_FIELDS + 1, max_part_header_size=2048),
    urlencoded=ParseUrlEncodedConfig(max_arguments=MAX_FIELDS),
)
# RFC 2046's limit of 70 characters matters: finding the last boundary costs body times boundary.
_BOUNDARY: Final = re.compile(r';\s*boundary=("?)([!#-:<-~]{1,70})\1\s*(?:;|$)', re.IGNORECASE)


@dataclass(frozen=True)
class FormData:
    """A form as it came, all values of every key in order; `shape` makes a body of it.

    ``files`` are the last file of each name, as (file name, content).
    """

    fields: Mapping[str, list[str]]
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)


def read_body(content_type: str | None, body: bytes) -> object:
    """The body's JSON value or its `FormData`; `{}` for an empty body of whatever type.

    Broken UTF-8 in a form is replaced. Raises Malformed for what
    cannot be read and UnsupportedMediaType for another type or none, and nothing else.
    """
    if not body:
        return {}
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type == _JSON:
        return _read_json(body)
    if media_type == _URLENCODED:
        return _read_form(_URLENCODED, body, label="Form")
    if media_type == _MULTIPART:
        return _read_multipart(content_type or "", body)
    raise UnsupportedMediaType(content_type or "")


def shape(data: object, lists: Collection[str]) -> object:
    """The body that a form stands for; anything but a form comes back as it is.

    A key in `lists` becomes the list of its values, or of the values of `key[0]`, `key[1]` …
    by ascending number, and is missing when there are none. Of any other key the last value
    counts.
    """
    if not isinstance(data, FormData):
        return data
    shaped: dict[str, object] = {key: values[-1] for key, values in data.fields.items()}
    for key in lists:
        if items := data.fields.get(key) or _indexed(data, key):
            shaped[key] = items
    return shaped


def _indexed(form: FormData, key: str) -> list[str]:
    # The bound keeps the number cheap to read.
    pattern = re.compile(rf"{re.escape(key)}\[([0-9]{{1,18}})\]")
    matches = ((pattern.fullmatch(name), values[-1]) for name, values in form.fields.items())
    items = {int(match[1]): value for match, value in matches if match}
    return [items[at] for at in sorted(items)]


def _read_json(body: bytes) -> object:
    try:
        text = body.decode()
        # `json.loads` makes a decoder of its own each time; of a byte order mark it knows best.
        value: object = json.loads(text) if text.startswith(_MARK) else _DECODER.decode(text)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"JSON parse error - {error}") from error
    except RecursionError as error:
        raise Malformed("JSON parse error - Nested too deeply") from error
    except ValueError as error:
        raise Malformed("JSON parse error - A number is too long") from error
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed(f"JSON parse error - {name} is not a JSON value")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)


def _read_multipart(content_type: str, body: bytes) -> FormData:
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise Malformed("Multipart form parse error - Invalid boundary")
    canonical = f"{_MULTIPART}; boundary={boundary[2]}"
    return _read_form(canonical, body, label="Multipart form")


def _read_form(content_type: str, body: bytes, *, label: str) -> FormData:
    fields: dict[str, list[bytes]] = {}
    files: dict[str, list[HTTPFile]] = {}
    try:
        parse_body_arguments(content_type, body, fields, files, config=_LIMITS)
    except HTTPInputError as error:
        raise Malformed(f"{label} parse error - {error.__cause__ or error}") from error
    texts = {key: [_text(value) for value in values] for key, values in fields.items()}
    last = {key: (one[-1]["filename"], one[-1]["body"]) for key, one in files.items()}
    return FormData(texts, last)


def _text(value: bytes) -> str:
    return value.decode(errors="replace")
