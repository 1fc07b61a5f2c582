"""The cases of docs/protocol/cases, and the shorthand of docs/protocol/README.md written out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "docs/protocol/cases"
SCALE = 0.05
EPOCH_S = 1_800_000_000
LISTS = {"script", "needs", "ways"}
BOXES = ("messages", "notices", "announcements")

Step = Mapping[str, Any]
Frame = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A script; see the README for what its steps say."""

    name: str
    title: str
    script: tuple[Step, ...]
    scale: float = SCALE
    needs: tuple[str, ...] = ()
    renews: bool = False
    ways: tuple[Any, ...] = ("websocket",)


def load() -> list[Case]:
    """Every case, and once more by each further way that it names."""
    return [
        case
        for file in sorted(FOLDER.glob("*.json"))
        for each in json.loads(file.read_text(encoding="utf-8"))
        for case in _by_each_way(each)
    ]


def _by_each_way(each: dict[str, Any]) -> Iterator[Case]:
    also = each.pop("also", ())
    case = Case(**{**each, **{key: tuple(each[key]) for key in LISTS & each.keys()}})
    yield case
    for way in also:
        yield replace(case, name=f"{case.name}-by-{way}", ways=(way,))


def frame_of(short: Mapping[str, Any]) -> Frame:
    """The whole frame; one that says its ``type`` is whole already."""
    if "type" in short:
        return dict(short)
    name = next(iter(short))
    rest = {key: value for key, value in short.items() if key != name}
    return {"type": name, **WHOLE[name](short[name]), **rest}


def _hello(cursor: str) -> Frame:
    return {"cursor": cursor, "epoch": "e1", "unread": dict.fromkeys(BOXES, 0), "ping": 25}


def _unread(counts: list[int]) -> Frame:
    return dict(zip(BOXES, counts, strict=True))


WHOLE = {
    "hello": _hello,
    "ping": lambda cursor: {"cursor": cursor},
    "unread": _unread,
    "reset": lambda _: {},
    "bye": lambda retry_ms: {"retry_ms": retry_ms},
    "error": lambda code: {"code": code, "detail": code, "temporary": False},
    "change": lambda _: {},
}


def change_of(short: Mapping[str, Any]) -> Frame:
    """``{"change": "message/7"}`` as a frame."""
    kind, item_id = name_of(short["change"])
    version = short.get("version", 1)
    rest = {key: value for key, value in short.items() if key not in ("change", "item", "padding")}
    item = {"id": item_id} if short.get("deleted") else {**item_of(kind, item_id)}
    item |= {"padding": "x" * short["padding"]} if "padding" in short else {}
    frame = {"kind": kind, "version": version, "revision": _revision(item_id, version), **rest}
    return {"type": "change", **frame, "item": {**item, **short.get("item", {})}}


def written_out(short: Mapping[str, Any]) -> Frame:
    """Any frame of a script as it goes over the wire."""
    return change_of(short) if "change" in short else frame_of(short)


def listed(short: Mapping[str, Any]) -> Frame:
    """``{"item": "message/7"}`` as the inbox page lists it."""
    kind, item_id = name_of(short["item"])
    version = short.get("version", 1)
    rest = {key: value for key, value in short.items() if key != "item"}
    head = {"kind": kind, "version": version, "revision": _revision(item_id, version)}
    return {**head, **item_of(kind, item_id), **rest}


def item_of(kind: str, item_id: int) -> Frame:
    sent_on = datetime.fromtimestamp(EPOCH_S + item_id, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    content = {"content": f"{kind} {item_id}", "sent_on": sent_on, "is_read": False}
    return {**content, "sender": {"id": 2, "username": "bob"}, "id": item_id}


def name_of(text: str) -> tuple[str, int]:
    kind, _, item_id = text.rpartition("/")
    return kind, int(item_id)


def _revision(item_id: int, version: int) -> int:
    return (EPOCH_S + item_id) * 1_000_000 + version


def wire(frame: Mapping[str, Any]) -> str | bytes:
    """``{"text"}`` and ``{"binary"}`` are sent as they are, all else as a frame."""
    if "text" in frame:
        return str(frame["text"])
    if "binary" in frame:
        return str(frame["binary"]).encode()
    return json.dumps(written_out(frame))


def repeated(repeat: Mapping[str, Any], numbers: Sequence[int]) -> Iterator[Any]:
    first, last = numbers
    for number in range(first, last + 1):
        yield json.loads(json.dumps(repeat).replace("#", str(number)))


def event_of(wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"version": 1, "deleted": False, **wanted} if "change" in wanted else wanted


def contains(found: Any, wanted: Any) -> bool:
    """Whether all that is wanted is there; objects may hold more."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            name in found and contains(found[name], value) for name, value in wanted.items()
        )
    return bool(found == wanted)


def latest(step: Step) -> float:
    """The longest that a step may take on purpose, in its own milliseconds."""
    inner = step[next(iter(step))]
    if "quiet" in step:
        return float(step["quiet"])
    return float((inner.get("after_ms") or [0, 0])[1]) if isinstance(inner, dict) else 0.0
