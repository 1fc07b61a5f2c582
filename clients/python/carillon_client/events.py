"""What is handed to the caller, and how it is read from frames."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Frame: TypeAlias = Mapping[str, Any]
Item: TypeAlias = dict[str, Any]
"""An item as ``GET /inbox/items/`` shows it: kind, id, version, revision and its content."""
Key: TypeAlias = tuple[str, int]


@dataclass(frozen=True)
class Change:
    """An item in its newest state: new, changed, or gone (``is_deleted``).

    Of one item each version comes at most once, and a greater one always later; a version that
    was overtaken may not come at all. ``revision`` is when it changed, in µs since 1970.
    """

    kind: str
    id: int
    version: int
    revision: int
    item: Item
    is_deleted: bool = False

    @property
    def key(self) -> Key:
        return self.kind, self.id


@dataclass(frozen=True)
class Unread:
    """How much is unread. ``at`` is the server's clock for which it is true; the later one wins."""

    messages: int = 0
    notices: int = 0
    announcements: int = 0
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Reset:
    """What was known cannot be continued: changes may be missing before this.

    Read what you keep afresh with `Carillon.items`; live lists have done so already.
    """


@dataclass(frozen=True)
class Refused:
    """The server refused something that was asked for on the live channel."""

    code: str
    detail: str = ""
    is_temporary: bool = False


Event: TypeAlias = Change | Unread | Reset | Refused


def whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def change_of(frame: Frame) -> Change | None:
    """A ``change`` frame; None for one that names no item or version."""
    kind, item, version = frame.get("kind"), frame.get("item"), whole(frame.get("version"))
    if not isinstance(kind, str) or not isinstance(item, dict) or version is None:
        return None
    item_id, revision = whole(item.get("id")), whole(frame.get("revision")) or 0
    if item_id is None:
        return None
    shown = {**item, "kind": kind, "version": version, "revision": revision}
    if frame.get("origin"):
        shown["origin"] = frame["origin"]
    return Change(kind, item_id, version, revision, shown, frame.get("deleted") is True)


def unread_of(counts: Frame, at: int) -> Unread:
    """Counters; ``at`` is for those that do not tell their own, as in ``hello``."""
    return Unread(
        messages=whole(counts.get("messages")) or 0,
        notices=whole(counts.get("notices")) or 0,
        announcements=whole(counts.get("announcements")) or 0,
        at=whole(counts.get("at")) or at,
    )


def refused_of(frame: Frame) -> Refused:
    """An ``error`` frame."""
    code, detail = str(frame.get("code", "")), str(frame.get("detail", ""))
    return Refused(code, detail, frame.get("temporary") is True)


def parse_frame(text: str) -> Frame | None:
    """A frame; None for what is none, which is passed over."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    is_frame = isinstance(frame, dict) and isinstance(frame.get("type"), str)
    return frame if is_frame else None
