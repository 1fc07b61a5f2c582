"""Which version of which item was handed out: what makes each come once."""

import json
from typing import Any

from carillon_client.events import Key


class Known:
    """The versions of the items heard of last, deleted ones included, at most ``most`` of them.

    After a cut the server repeats what is younger than the cursor, so this many changes may come
    between two cursors and a repetition is still recognised.
    """

    def __init__(self, most: int):
        self._most = most
        self._versions: dict[Key, int] = {}

    def take(self, key: Key, version: int) -> bool:
        """True the first time, False when this or a later version was taken before."""
        held = self._versions.pop(key, None)
        self._versions[key] = version if held is None else max(held, version)
        if len(self._versions) > self._most:
            del self._versions[next(iter(self._versions))]
        return held is None or version > held

    def clear(self) -> None:
        self._versions.clear()

    def as_rows(self) -> list[tuple[str, int, int]]:
        """(kind, id, version), the one heard of last at the end."""
        return [(*key, version) for key, version in self._versions.items()]


def save(cursor: str | None, known: Known) -> str:
    """A text to go on from."""
    return json.dumps({"cursor": cursor, "known": known.as_rows()}, separators=(",", ":"))


def restore(text: str, known: Known) -> str | None:
    """Fill ``known`` from what `save` wrote; the cursor. Raises ValueError for any other text."""
    try:
        saved: Any = json.loads(text)
        cursor: Any = saved["cursor"]
        rows = [(str(kind), int(item), int(version)) for kind, item, version in saved["known"]]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError("not a state of this client") from error
    for kind, item, version in rows:
        known.take((kind, item), version)
    return None if cursor is None else str(cursor)
