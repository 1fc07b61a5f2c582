"""Frames from a client: what each type does, and how its errors are told."""

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from domain.cursors import Cursor
from domain.errors import Forbidden, Invalid, ProductError
from domain.items import MESSAGE, NOTICE
from models.schemas import items_schema, load
from push import frames
from push.connection import Connection
from services.app import App
from services.inbox import DELETED, READ, UNREAD

log = logging.getLogger("carillon.live")

Frame = Mapping[str, Any]
LONGEST_REF = 100
NOT_A_CURSOR = "Not a cursor of this feed."
NOT_A_REF = f"Must be a whole number or a text of at most {LONGEST_REF} characters."
NOT_STATS = 'Must be "stats".'
NOT_A_TOKEN = "Must be a text."  # noqa: S105
IDS = items_schema("ids")
MARKS: Mapping[str, tuple[str, Mapping[str, bool]]] = {
    "mark_read": ("mark_read", READ),
    "mark_unread": ("mark_unread", UNREAD),
    "delete": ("delete", DELETED),
}


class UnknownType(ProductError):
    """A frame of a type that this protocol does not have."""

    code = "unknown_type"
    detail = "There is no such type of frame."


class Incoming:
    """Carries out one client's frames; a ``ref`` in a frame comes back in its answer."""

    def __init__(self, app: App, connection: Connection):
        self._app, self._connection = app, connection
        self._types: Mapping[str, Callable[[Frame], Awaitable[None]]] = {
            **dict.fromkeys(MARKS, self._mark),
            "ping": self._ping,
            "watch": self._watch,
            "unwatch": self._unwatch,
            "auth": self._auth,
            "ack": self._ack,
        }

    async def take(self, frame: Frame) -> None:
        """Do what a frame asks for; whatever is wrong with it is told, and has no effect."""
        ref = None
        try:
            ref = _ref(frame)
            await self._action(frame)(frame)
        except ProductError as error:
            self._connection.tell(_error_frame(error, ref))
        except Exception:
            log.exception("a frame failed")
            self._connection.tell(
                frames.error("internal", "Internal error.", temporary=True, ref=ref)
            )
        else:
            if ref is not None:
                self._connection.tell(frames.done(ref))

    def _action(self, frame: Frame) -> Callable[[Frame], Awaitable[None]]:
        kind = frame.get("type")
        if not isinstance(kind, str) or kind not in self._types:
            raise UnknownType
        return self._types[kind]

    async def _ping(self, _: Frame) -> None:
        self._connection.tell(frames.PONG)

    async def _watch(self, frame: Frame) -> None:
        """An administrator wants to see what all processes measure, each second."""
        _check_stats(frame)
        self._app.gauges.watch(self._connection)

    async def _unwatch(self, frame: Frame) -> None:
        _check_stats(frame)
        self._app.gauges.unwatch(self._connection)

    async def _mark(self, frame: Frame) -> None:
        """``mark_read``, ``mark_unread`` and ``delete`` take ids of messages and notices alike."""
        user = self._connection.identity.user
        action, fields = MARKS[frame["type"]]
        boxes = self._app.inbox.boxes
        kinds = [
            kind
            for kind in (MESSAGE, NOTICE)
            if user.is_admin or getattr(boxes[kind].permissions, action) == "signed_in"
        ]
        if not kinds:
            raise Forbidden
        ids = load(IDS, dict(frame))["ids"]
        try:
            await self._app.inbox.mark(user, kinds, ids, fields)
        except Invalid as error:
            raise Invalid({"ids": list(_texts(error.problems))}) from error

    async def _auth(self, frame: Frame) -> None:
        """A fresh token for the same user takes the place of the one he came with."""
        token = frame.get("token")
        if not isinstance(token, str):
            raise Invalid({"token": [NOT_A_TOKEN]})
        identity = await self._app.identities.by_token(token)
        await self._app.live.take_identity(self._connection, identity)

    async def _ack(self, frame: Frame) -> None:
        """This device has applied all that the cursor covers."""
        cursor, live = _cursor(frame), self._app.live
        if live.feed.is_stale(cursor):
            raise Invalid({"cursor": [NOT_A_CURSOR]})
        live.marks.acknowledge(self._connection, cursor)


def _cursor(frame: Frame) -> Cursor:
    """The cursor in a frame; raises `Invalid`."""
    try:
        return Cursor.decode(str(frame.get("cursor")))
    except ValueError as error:
        raise Invalid({"cursor": [NOT_A_CURSOR]}) from error


def _check_stats(frame: Frame) -> None:
    """Raise `Invalid` unless the frame names what can be watched."""
    if frame.get("what") != "stats":
        raise Invalid({"what": [NOT_STATS]})


def _texts(problems: object) -> Iterator[object]:
    """All that is wrong with a request's ids, whatever a REST body calls them."""
    if isinstance(problems, Mapping):
        for inner in problems.values():
            yield from _texts(inner)
    elif isinstance(problems, list):
        yield from problems


def _ref(frame: Frame) -> int | str | None:
    """What the client calls this frame; raises `Invalid`."""
    ref = frame.get("ref")
    if ref is None or type(ref) is int or (isinstance(ref, str) and len(ref) <= LONGEST_REF):
        return ref
    raise Invalid({"ref": [NOT_A_REF]})


def _error_frame(error: ProductError, ref: int | str | None) -> bytes:
    problems = error.problems if isinstance(error, Invalid) else None
    is_temporary = error.status >= 500
    return frames.error(
        error.code, error.detail, temporary=is_temporary, ref=ref, problems=problems
    )
