"""Headers without detours: of requests as they were read, of answers as they begin.

Those that an answer begins with are made once a second for each kind of answer, and copied. For
both Tornado's insides are used, here alone. Where they are not known, headers are made line by line
and by Tornado's own `clear`, which is the same but slower.
"""

import time
from collections.abc import Hashable
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from tornado.httputil import HTTPHeaders
from tornado.web import RequestHandler

INSIDES: Final = ("_as_list", "_combined_cache")
IS_KNOWN: Final = all(isinstance(getattr(HTTPHeaders(), name, None), dict) for name in INSIDES)


class Heads:
    """By kind; what is kept belongs to one second, for a head says when it was made."""

    def __init__(self) -> None:
        self._second = 0
        self._kept: dict[Hashable, dict[str, list[str]]] = {}

    def begin(self, handler: RequestHandler, kind: Hashable) -> bool:
        """Give the handler a fresh answer with the headers of its kind; False: they are not known.

        Then Tornado is to make them, and `keep` them.
        """
        second = int(time.time())
        if second != self._second:
            self._second, self._kept = second, {}
        found = self._kept.get(kind)
        if found is None:
            return False
        handler._headers = headers_of(_copied(found))
        handler._write_buffer = []
        handler._status_code, handler._reason = HTTPStatus.OK.value, HTTPStatus.OK.phrase
        return True

    def keep(self, handler: RequestHandler, kind: Hashable) -> None:
        """Remember the handler's headers for all of its kind."""
        if IS_KNOWN:
            self._kept[kind] = _copied(handler._headers._as_list)


class _Lines(HTTPHeaders):
    """Made of lines by name in one step; asked for what is missing, it says so at once."""

    def __init__(self, lines: dict[str, list[str]]):
        self._as_list, self._combined_cache = lines, {}

    def get(self, name: str, default: Any = None) -> Any:
        values = self._as_list.get(normal(name))
        if values is None:
            return default
        return values[0] if len(values) == 1 else ",".join(values)


@lru_cache(maxsize=1_000)
def normal(name: str) -> str:
    """A header's name as `HTTPHeaders` keeps it."""
    return "-".join([word.capitalize() for word in name.split("-")])


def headers_of(lines: dict[str, list[str]]) -> HTTPHeaders:
    """Headers of lines by normal name, whose bytes were looked at; they are its own from now on."""
    if IS_KNOWN:
        return _Lines(lines)
    made = HTTPHeaders()
    for name, values in lines.items():
        for value in values:
            made.add(name, value)
    return made


def _copied(lines: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: values.copy() for name, values in lines.items()}
