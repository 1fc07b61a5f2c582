"""A device on a socket that is none: frames reach it at once, or when it reads again."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson

from push.connection import CLOSED, Connection
from tests.chaos.mortals import Mortal
from tests.chaos.readers import Reader


class Wire:
    """A `push.connection.Transport`; while ``is_stalled`` what is written waits."""

    def __init__(self, reader: Reader):
        self._reader, self._waiting = reader, list[bytes]()
        self.is_stalled, self.is_closed = False, False
        self._drained = asyncio.Event()
        self.stuck: asyncio.Task[Any] | None = None

    @property
    def unsent_bytes(self) -> int:
        return sum(map(len, self._waiting))

    def write(self, *frames: bytes) -> None:
        if not self.is_closed:
            self._waiting += frames
            self._flush()

    def ping(self) -> bool:
        return True

    def close(self, code: int, reason: str) -> None:
        self.is_closed = True
        self._reader.closes.append(code)
        self._drained.set()

    async def drained(self) -> None:
        while self._waiting and not self.is_closed:
            self._drained.clear()
            self.stuck = asyncio.current_task()
            await self._drained.wait()
            self.stuck = None
        if self.is_closed:
            raise ConnectionError("the peer is gone")

    def flow(self) -> None:
        """The peer reads again."""
        self.is_stalled = False
        self._flush()

    def _flush(self) -> None:
        while self._waiting and not self.is_stalled:
            self._reader.take(orjson.loads(self._waiting.pop(0)))
        if not self._waiting:
            self._drained.set()


@dataclass
class Screen:
    """One device of a person: connected to a process, or away."""

    reader: Reader
    house: Mortal | None = None
    connection: Connection | None = None
    wires: list[Wire] = field(default_factory=list)

    @property
    def wire(self) -> Wire:
        return self.wires[-1]

    @property
    def is_away(self) -> bool:
        gone = self.connection is None or self.connection.state == CLOSED
        return gone or self.house is None or self.house.is_dead

    async def connect(self, house: Mortal) -> None:
        """Come back from where it was, as a client does."""
        self.wires.append(Wire(self.reader))
        self.house, self.connection = house, None
        self.connection = await house.do(self._open(house, self.wire))

    async def _open(self, house: Mortal, wire: Wire) -> Connection:
        live, token = house.app.live, self.reader.who.token
        identity = await house.app.identities.by_token(token)
        return await live.open(identity, wire, live.cursor(self.reader.cursor))

    def cut(self) -> None:
        """The network breaks: what was on its way is lost."""
        if self.connection is not None and self.house is not None:
            self.wire.is_closed = True
            self.house.app.live.close(self.connection)
            self.connection = None
