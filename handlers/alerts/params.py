"""Parameters from the query, a JSON body or a form, interchangeably (alerts contract, 1.0)."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from domain.bracket_params import MOST_PAIRS, nested
from domain.errors import Malformed
from handlers.bodies import FormData, read_body

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
FORM = "application/x-www-form-urlencoded"


def read(query: str, content_type: str | None, body: bytes) -> dict[str, Any]:
    """All parameters together, those of the query before those of the body.

    A JSON body that is no object has none. Raises `Malformed` and `UnsupportedMediaType`.
    """
    return {**_of_body(content_type, body), **_of_form(query)}


def _of_body(content_type: str | None, body: bytes) -> dict[str, Any]:
    if (content_type or "").partition(";")[0].strip().lower() == FORM:
        return _of_form(body.decode("utf-8", "replace"))
    given = read_body(content_type, body)
    if _SURROGATE.search(body):
        _check_text(given)
    if isinstance(given, FormData):
        return nested(_pairs(given))
    return given if isinstance(given, dict) else {}


def _check_text(given: object) -> None:
    """Half a character, which JSON can spell and nobody can store, is refused."""
    try:
        json.dumps(given, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError as error:
        raise Malformed("JSON parse error - Surrogate characters are not allowed") from error


def _of_form(text: str) -> dict[str, Any]:
    try:
        return nested(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_PAIRS))
    except ValueError as error:
        raise Malformed("Too many parameters") from error


def _pairs(form: FormData) -> Iterator[tuple[str, str]]:
    for name, values in form.fields.items():
        for value in values:
            yield name, value
