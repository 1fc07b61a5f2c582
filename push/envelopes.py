"""Events on their way between processes: a JSON line, then the frames as they are."""

from typing import Any

import orjson

from domain.audiences import Audience
from domain.events import Event, Part, Signal

LARGEST_BYTES = 64 * 1024  # more than this goes as the record's id alone (hole H15)
MOST_RECIPIENTS = 1_000


def seal(event: Event, process: str) -> bytes:
    """The envelope of an event; of a large one, only the record's id."""
    recipients = sum(len(part.to) for part in event.parts if isinstance(part.to, tuple))
    if event.size_bytes > LARGEST_BYTES or recipients > MOST_RECIPIENTS:
        return orjson.dumps({"record": event.record, "from": process, "large": True}) + b"\n"
    head = {
        "record": event.record,
        "from": process,
        "revision": event.revision,
        "parts": [_part_head(part) for part in event.parts],
        "signals": [[one.what, one.user, one.credential] for one in event.signals],
    }
    return b"\n".join((orjson.dumps(head), b"".join(part.frame for part in event.parts)))


def _part_head(part: Part) -> dict[str, Any]:
    to = part.to.to_document() if isinstance(part.to, Audience) else list(part.to)
    return {
        "to": to,
        "length": len(part.frame),
        "first_id": part.first_id,
        "unread": part.unread,
        "as_of": part.as_of,
    }


def heartbeat(process: str) -> bytes:
    """An envelope that only says who is alive."""
    return orjson.dumps({"from": process}) + b"\n"


class Opened:
    """An envelope as it came: from whom, and the event, if it carries one."""

    def __init__(self, envelope: bytes):
        line, _, frames = envelope.partition(b"\n")
        head = orjson.loads(line)
        self.process: str = head["from"]
        self.record: str | None = head.get("record")
        self.event = None if "parts" not in head else _event(head, frames)


def _event(head: dict[str, Any], frames: bytes) -> Event:
    parts, at = [], 0
    for one in head["parts"]:
        to = tuple(one["to"]) if isinstance(one["to"], list) else Audience.from_document(one["to"])
        unread = tuple(one["unread"]) if one["unread"] else None
        frame = frames[at : at + one["length"]]
        parts.append(Part(to, frame, one["first_id"], unread, one["as_of"]))
        at += one["length"]
    signals = tuple(Signal(*one) for one in head["signals"])
    return Event(head["record"], head["revision"], tuple(parts), signals)
