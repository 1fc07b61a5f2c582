"""A client of the live channel that follows the reader's duty, and a ledger to check it by."""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import websockets

from tests.journeys.processes import Door, Server
from tests.sites import Person

Key = tuple[str, int]


@dataclass
class Shown:
    """What a device shows of one item."""

    version: int
    item: dict[str, Any] | None  # None: deleted


@dataclass
class Device:
    """One of a user's devices: it reconnects until it is stopped, to whichever server answers.

    It applies a change when its version is greater, as docs/protocol.md asks; ``arrived`` is
    when each item was first shown.
    """

    who: Person
    servers: Sequence[Door]
    seed: int = 0
    cursor: str = ""
    shown: dict[Key, Shown] = field(default_factory=dict)
    arrived: dict[Key, float] = field(default_factory=dict)
    unread: dict[str, Any] = field(default_factory=dict)
    closes: list[int | None] = field(default_factory=list)
    repeats: int = 0
    is_connected: bool = False
    _task: asyncio.Task[None] | None = None
    _socket: websockets.ClientConnection | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def cut(self) -> None:
        """Lose the connection as a network does."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def _run(self) -> None:
        chance = random.Random(self.seed)
        while True:
            server = chance.choice(self.servers)
            with contextlib.suppress(OSError, websockets.WebSocketException, TimeoutError):
                await self._connected(server)
            self.is_connected = False
            if self.closes and self.closes[-1] in range(3500, 4000):
                return
            await asyncio.sleep(chance.uniform(0.01, 0.1))

    async def _connected(self, server: Door) -> None:
        url = f"ws://127.0.0.1:{server.port}/live?since={self.cursor}"
        header = {"Authorization": f"Token {self.who.token}"}
        async with websockets.connect(
            url, additional_headers=header, open_timeout=5, close_timeout=1, max_size=None
        ) as socket:
            self._socket = socket
            try:
                async for text in socket:
                    self.take(json.loads(text))
            finally:
                self.closes.append(socket.close_code)

    def take(self, frame: dict[str, Any]) -> None:
        """The reader's duty."""
        self.cursor = frame.get("cursor", self.cursor)
        kind = frame["type"]
        if kind == "hello":
            self.is_connected = True
            self.unread = {**frame["unread"], "at": 0}  # counted for this connection: the newest
        elif kind == "change":
            self._apply(frame)
        elif kind == "unread" and frame["at"] >= self.unread.get("at", 0):
            self.unread = frame

    def _apply(self, frame: dict[str, Any]) -> None:
        key = (frame["kind"], frame["item"]["id"])
        known = self.shown.get(key)
        if known is not None and frame["version"] <= known.version:
            self.repeats += 1
            return
        self.arrived.setdefault(key, time.monotonic())
        self.shown[key] = Shown(frame["version"], None if frame.get("deleted") else frame["item"])

    def items(self, kind: str) -> list[dict[str, Any]]:
        """What it shows, in the order of the REST lists."""
        items = [
            one.item for (a, _), one in self.shown.items() if a == kind and one.item is not None
        ]
        return in_order(items)


def in_order(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    newest = sorted(items, key=lambda item: (item["sent_on"], -item["id"]), reverse=True)
    return sorted(newest, key=lambda item: item.get("is_read", False))


async def equals_lists(device: Device, server: Server) -> bool:
    """Does a device show exactly what the REST lists say?"""
    for kind, path in (("message", "/messages/"), ("sent", "/messages/sent/"),
                       ("notice", "/notices/")):  # fmt: skip
        answer = await server.request("GET", path, device.who)
        if answer.status != 200 or device.items(kind) != in_order(answer.json):
            return False
    return True


async def eventually(check: Any, limit_s: float, *rest: Any) -> bool:
    """Whether an async check comes true within the limit."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if await check(*rest):
            return True
        await asyncio.sleep(0.1)
    return False
