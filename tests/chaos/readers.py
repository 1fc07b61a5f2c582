"""Clients under chaos: the reader's duty over a cheap socket, and a log of what was shown."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.ways import Events, Polls
from tests.chaos.wire import GONE, Socket
from tests.journeys.devices import Device, Key
from tests.journeys.processes import Door
from tests.sites import until


@dataclass
class Reader(Device):
    """A device that keeps every (item, version) that it showed, in order.

    ``conflicts`` are versions that came twice and were not the same; ``late`` were lower than
    what was shown already, and dropped as repeats are.
    """

    log: list[tuple[Key, int]] = field(default_factory=list)
    ids: dict[tuple[str, str], int] = field(default_factory=dict)  # by kind and content
    conflicts: list[str] = field(default_factory=list)
    late: int = 0
    resets: int = 0
    receive_bytes: int | None = None
    ways: Sequence[type[Socket | Events | Polls]] = (Socket,)
    line: Socket | Events | Polls | None = None
    _chance: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed + 1)

    @property
    def hears_counters(self) -> bool:
        return not isinstance(self.line, Polls)

    def cut(self) -> None:
        if self.line is not None:
            self.line.abort()

    async def _connected(self, server: Door) -> None:
        """Follow by any of its ways, each time by another, all from the one cursor."""
        way = self._chance.choice(self.ways)
        more = {} if self.receive_bytes is None else {"receive_bytes": self.receive_bytes}
        try:
            self.line = await way.connect(server.port, self.cursor, self.who.token, **more)
        except GONE:
            return
        try:
            async for frame in self.line.frames():
                self.take(frame)
                self.is_connected = True
        finally:
            self.closes.append(self.line.close_code)

    def take(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "hello":
            self.unread = {"at": 0, **frame["unread"]}
        elif frame["type"] == "reset":
            self.resets += 1
        super().take(frame)

    def _apply(self, frame: dict[str, Any]) -> None:
        key, version = (frame["kind"], frame["item"]["id"]), frame["version"]
        known = self.shown.get(key)
        if known is None or version > known.version:
            self.log.append((key, version))
            if not frame.get("deleted"):
                self.ids[key[0], frame["item"]["content"]] = key[1]
        elif version < known.version:
            self.late += 1
        elif known.item != (None if frame.get("deleted") else frame["item"]):
            self.conflicts.append(f"{self.who.name}: {key} version {version} came in two forms")
        super()._apply(frame)

    def stepped_back(self) -> int:
        """How many versions it showed that were not above the one before."""
        highest: dict[Key, int] = {}
        count = 0
        for key, version in self.log:
            count += version <= highest.get(key, 0)
            highest[key] = max(version, highest.get(key, 0))
        return count


@asynccontextmanager
async def following(readers: Sequence[Device], limit_s: float = 30.0) -> AsyncIterator[None]:
    """All of them connected, until the block ends."""
    try:
        for reader in readers:
            reader.start()
        await until(lambda: all(reader.is_connected for reader in readers), limit_s)
        yield
    finally:
        await asyncio.gather(*(reader.stop() for reader in readers))
