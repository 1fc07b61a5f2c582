"""Events on their way between processes: a JSON line, then the frames as they are."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

import orjson

from domain.audiences import Audience
from domain.events import Event, Part, Signal
from domain.jobs import Due

LARGEST_BYTES = 64 * 1024  # more than this goes as the record's id alone (hole H15)
MOST_RECIPIENTS = 1_000


def seal(event: Event, process: str) -> bytes:
    """The envelope of an event; of a large one, only the record's id."""
    named = [part.to if isinstance(part.to, tuple) else part.without for part in event.parts]
    recipients = len(event.signals) + sum(map(len, named))
    if event.size_bytes > LARGEST_BYTES or recipients > MOST_RECIPIENTS:
        return orjson.dumps({"from": process, "record": event.record, "large": True}) + b"\n"
    head = {
        "from": process,
        "record": event.record,
        "revision": event.revision,
        "parts": [_part_head(part) for part in event.parts],
        "signals": [[one.what, one.user, one.credential] for one in event.signals],
    }
    return b"\n".join((orjson.dumps(head), b"".join(_frames(event))))


def _frames(event: Event) -> Iterator[bytes]:
    for part in event.parts:
        yield part.frame
        yield from part.variants.values()


def _part_head(part: Part) -> dict[str, Any]:
    to = part.to.to_document() if isinstance(part.to, Audience) else list(part.to)
    return {
        "to": to,
        "length": len(part.frame),
        "first_id": part.first_id,
        "unread": part.unread,
        "as_of": part.as_of,
        "variants": [[key, len(frame)] for key, frame in part.variants.items()],
        "without": sorted(part.without),
    }


def origin(process: str) -> bytes:
    """How all envelopes of a process begin: who sent one is told without reading it."""
    return orjson.dumps({"from": process})[:-1]


def heartbeat(process: str) -> bytes:
    """An envelope that only says who is alive."""
    return orjson.dumps({"from": process}) + b"\n"


def news(process: str, told: Mapping[str, Any]) -> bytes:
    """An envelope with what a process says of itself: who came and went."""
    return orjson.dumps({"from": process, "news": told}) + b"\n"


def due(jobs: Sequence[Due], process: str) -> bytes:
    """An envelope that tells those who run jobs of some that are due soon."""
    rows = [[job.due_at, job.kind, job.key] for job in jobs]
    return orjson.dumps({"from": process, "due": rows}) + b"\n"


class Opened:
    """An envelope as it came: from whom, which record, and the event or jobs, if it carries any.

    ``news`` is empty for anything but `news`. Raises ValueError for anything that `seal`,
    `heartbeat`, `news` and `due` do not write.
    """

    def __init__(self, envelope: bytes):
        line, _, frames = envelope.partition(b"\n")
        try:
            head = orjson.loads(line)
            self.process = _text(head["from"])
            self.news: Mapping[str, Any] = _mapping(head.get("news", {}))
            self.record = None if "record" not in head else _text(head["record"])
            self.event = None if "parts" not in head else _event(head, frames)
            self.due = tuple(_due(*one) for one in head.get("due", ()))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not an envelope: {error!r}") from error


def _event(head: Mapping[str, Any], frames: bytes) -> Event:
    parts, at = [], 0
    for one in head["parts"]:
        lengths = [_number(one["length"]), *(_number(length) for _, length in one["variants"])]
        ends = list(accumulate(lengths, initial=at))
        parts.append(_part(one, [frames[a:b] for a, b in pairwise(ends)]))
        at = ends[-1]
    if at != len(frames):
        raise ValueError("its frames are not as long as it says")
    signals = tuple(_signal(*one) for one in head["signals"])
    return Event(_text(head["record"]), _number(head["revision"]), tuple(parts), signals)


def _part(head: Mapping[str, Any], frames: Sequence[bytes]) -> Part:
    first_id, unread = head["first_id"], head["unread"]
    return Part(
        to=_recipients(head["to"]),
        frame=frames[0],
        first_id=None if first_id is None else _number(first_id),
        unread=None if unread is None else _difference(*unread),
        as_of=_number(head["as_of"]),
        variants=dict(zip((_text(key) for key, _ in head["variants"]), frames[1:], strict=True)),
        without=frozenset(_number(user) for user in head["without"]),
    )


def _recipients(to: object) -> tuple[int, ...] | Audience:
    if isinstance(to, list):
        return tuple(_number(user) for user in to)
    return Audience.from_document(to)


def _difference(box: object, difference: object) -> tuple[str, int]:
    if type(difference) is not int:
        raise ValueError("a difference that is no number")
    return _text(box), difference


def _due(due_at: object, kind: object, key: object) -> Due:
    return Due(_number(due_at), _text(kind), _text(key))


def _signal(what: object, user: object, credential: object) -> Signal:
    return Signal(_text(what), _number(user), None if credential is None else _text(credential))


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{type(value).__name__} where a mapping belongs")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{type(value).__name__} where a text belongs")
    return value


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{type(value).__name__} where a number belongs")
    return value
