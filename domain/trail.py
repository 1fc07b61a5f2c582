"""Which request all goes back to that is done now, wherever and whenever that is.

What somebody asked for is finished by others: his request's id travels in the record and in the
jobs that it made, and whoever carries them out follows it.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass

from domain.fresh_ids import fresh_id

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+/=-]{0,127}")
_PARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True)
class Trail:
    """``request`` is an id that callers may choose; ``parent`` a span, as W3C's traceparent."""

    request: str
    parent: str | None = None

    def to_document(self) -> dict[str, str]:
        """As records and jobs keep it."""
        more = {} if self.parent is None else {"parent": self.parent}
        return {"request": self.request, **more}


_current: ContextVar[Trail | None] = ContextVar("trail", default=None)


def from_document(document: object) -> Trail | None:
    """What `to_document` made; None for anything else, such as what earlier programs wrote."""
    if not isinstance(document, Mapping) or not isinstance(document.get("request"), str):
        return None
    return Trail(document["request"], document.get("parent"))


def begin(request: str | None, parent: str | None = None) -> Trail:
    """The trail of a new request: by the caller's own id if it is one, else by a new one."""
    is_good = request is not None and _ID.fullmatch(request)
    is_span = parent is not None and _PARENT.fullmatch(parent)
    return Trail(request if is_good and request else fresh_id(), parent if is_span else None)


def current() -> Trail | None:
    """What is followed here; None for what nobody asked for."""
    return _current.get()


def follow(trail: Trail | None) -> None:
    """From now on, and to its end, the present task follows this."""
    _current.set(trail)


class following:  # noqa: N801 - used as a function is
    """What is done within it, and every task that is begun there, follows this."""

    __slots__ = ("_token", "_trail")

    def __init__(self, trail: Trail | None):
        self._trail = trail

    def __enter__(self) -> None:
        self._token = _current.set(self._trail)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)
