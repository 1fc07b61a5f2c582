"""The headers that answers begin with, made once a second for each kind of answer, and copied.

Copying is where Tornado's insides are used, here alone. Where they are not known, headers are made
for each answer by Tornado's own `clear`, which is the same but slower.
"""

import time
from collections.abc import Hashable
from http import HTTPStatus
from typing import Final

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
        handler._headers = _made_of(found)
        handler._write_buffer = []
        handler._status_code, handler._reason = HTTPStatus.OK.value, HTTPStatus.OK.phrase
        return True

    def keep(self, handler: RequestHandler, kind: Hashable) -> None:
        """Remember the handler's headers for all of its kind."""
        if IS_KNOWN:
            self._kept[kind] = _copied(handler._headers._as_list)


def _copied(lines: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: values.copy() for name, values in lines.items()}


def _made_of(lines: dict[str, list[str]]) -> HTTPHeaders:
    made = HTTPHeaders()
    made._as_list = _copied(lines)
    return made
