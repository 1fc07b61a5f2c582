"""The frames of ``carillon.v1`` (docs/protocol.md), encoded once per event."""

from collections.abc import Mapping
from typing import Any

import orjson

HEAD = b'{"type":"'


def change(kind: str, *, version: int, revision: int, item: Mapping[str, Any]) -> bytes:
    """A ``change`` frame; ``item`` is the REST resource, or ``{"id"}`` and ``deleted`` is said."""
    frame: dict[str, Any] = {
        "type": "change",
        "kind": kind,
        "version": version,
        "revision": revision,
    }
    origin = item.get("origin")
    if origin:
        frame["origin"] = origin
    if len(item) == 1:
        frame["deleted"] = True
    frame["item"] = {key: value for key, value in item.items() if key not in ("id", "origin")}
    frame["item"]["id"] = item["id"]
    return orjson.dumps(frame)


def splice(head: bytes, copy_id: int) -> bytes:
    """The whole frame of one copy, whose id ends a head that many copies share (hole H12)."""
    return b"%b%d}}" % (head, copy_id)


def hello(*, cursor: str, epoch: str, unread: Mapping[str, int], ping_s: float) -> bytes:
    return orjson.dumps(
        {
            "type": "hello",
            "cursor": cursor,
            "epoch": epoch,
            "unread": unread,
            "ping": ping_s,
        }
    )


def unread(counts: Mapping[str, int], at: int) -> bytes:
    """Counters, true for the clock ``at``; the reader keeps the later one."""
    return orjson.dumps({"type": "unread", "at": at, **counts})


def ping(cursor: str) -> bytes:
    """A sign of life that carries where to resume from."""
    return orjson.dumps({"type": "ping", "cursor": cursor})


def error(
    code: str, detail: str, *, temporary: bool, ref: object = None, problems: object = None
) -> bytes:
    """What was refused; ``problems`` says which fields of the client's frame are wrong, and why."""
    frame = {"type": "error", "code": code, "detail": detail, "temporary": temporary}
    more = {"problems": problems, "ref": ref}
    return orjson.dumps(frame | {key: value for key, value in more.items() if value is not None})


def done(ref: object) -> bytes:
    """The answer to a client's frame that carried ``ref``."""
    return orjson.dumps({"type": "done", "ref": ref})


RESET = orjson.dumps({"type": "reset"})
PONG = orjson.dumps({"type": "pong"})


def stats(at: int, figures: Mapping[str, Any]) -> bytes:
    """What all processes measured in the last second; ``at`` in µs."""
    return orjson.dumps({"type": "stats", "at": at, **figures})


def close(code: int, reason: str) -> bytes:
    """The end of an event stream, which has no close codes of its own."""
    return orjson.dumps({"type": "close", "code": code, "reason": reason})


def kind_of(frame: bytes) -> bytes:
    """The ``type`` of a frame of ours: all of them begin with it."""
    return frame[len(HEAD) : frame.index(b'"', len(HEAD))]


def bye(retry_ms: int) -> bytes:
    return orjson.dumps({"type": "bye", "retry_ms": retry_ms})
