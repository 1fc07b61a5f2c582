"""A mailbox of many changes, and the four ways to read all of them, page by page."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import websockets
from tornado.httpclient import AsyncHTTPClient

from domain.clock import SECOND
from domain.cursors import start
from models.database import Database
from models.deliveries import Deliveries
from tests.handlers.event_streams import EventStream
from tests.journeys.processes import Server
from tests.sites import Person

PAGE = 200
PAGE_LIMIT_S = 120
FIRST_ID = 1_000_000
SENT_ON = 1_700_000_000 * SECOND
CHUNK = 2_000
MINUTES = 30  # over which the changes are spread, some time ago


@dataclass
class Reading:
    """What one way of reading brought: versions by item, in order, and what it cost."""

    way: str
    told: list[tuple[int, int]] = field(default_factory=list)  # (revision, id)
    pages: int = 0
    seconds: float = 0.0
    peak_bytes: int = 0
    slowest_s: float = 0.0  # page, where pages are asked for
    cursor: str = ""  # of the last ping, after ``sure`` changes
    sure: int = 0

    def take(self, changes: list[dict[str, Any]]) -> None:
        self.told += [(one["revision"], one["item"]["id"]) for one in changes]

    def take_frame(self, frame: dict[str, Any]) -> None:
        """A page of the feed ends with a ping, which says where to resume."""
        if frame["type"] == "change":
            self.take([frame])
        elif frame["type"] == "ping":
            self.pages += 1
            self.cursor, self.sure = frame["cursor"], len(self.told)

    def resume(self) -> str:
        """The cursor to come back with; what was told after it will be told again."""
        del self.told[self.sure :]
        return self.cursor

    def __str__(self) -> str:
        rate = len(self.told) / max(self.seconds, 1e-9)
        peak = self.peak_bytes / 1024 / 1024
        return (
            f"{self.way:<10} {len(self.told):>7} changes  {self.pages:>5} pages  "
            f"{self.seconds:>6.1f} s  {rate:>7.0f}/s  + {peak:.1f} MiB at most"
            f"{f'  slowest page {self.slowest_s:.1f} s' if self.slowest_s else ''}"
        )


async def fill(database: Database, who: Person, many: int, *, ties: int) -> tuple[str, int]:
    """Put ``many`` changes into a mailbox, ``ties`` of them at one revision.

    Returns the cursor that lies before all of them, and the revision of the last.
    """
    epoch = (await database.collection("meta").find({"_id": "epoch"}))[0]["value"]
    began = int(time.time() * SECOND) - 2 * MINUTES * 60 * SECOND
    step = MINUTES * 60 * SECOND // many
    tied = range(many // 3, many // 3 + ties)
    deliveries = Deliveries(database)
    for first in range(0, many, CHUNK):
        numbers = range(first, min(many, first + CHUNK))
        await deliveries.add(
            [_copy(who, n, began + step * (tied[0] if n in tied else n)) for n in numbers]
        )
    return start(epoch, began - 1, 0).encode(), began + step * (many - 1)


def _copy(who: Person, n: int, revision: int) -> dict[str, Any]:
    return {
        "_id": FIRST_ID + n,
        "user": who.id,
        "kind": "message",
        "deleted": False,
        "is_read": True,
        "content": f"number {n}",
        "sender": who.id,
        "sent_on": SENT_ON + n * 10_000,
        "revision": revision,
        "placed": revision,
        "version": 1,
        "decided": 0,
        "changed_by": "filled",
    }


# The four ways; each reads until it was told ``many`` changes.


async def by_socket(server: Server, who: Person, cursor: str, many: int) -> Reading:
    """As a client does it: one that is sent away (3010, 3011) comes back."""
    reading = Reading("websocket", cursor=cursor)
    while len(reading.told) < many:
        with suppress(websockets.ConnectionClosed):
            await _follow_socket(reading, server, who, many)
    return reading


async def _follow_socket(reading: Reading, server: Server, who: Person, many: int) -> None:
    address = f"ws://127.0.0.1:{server.port}/live?since={reading.resume()}"
    sent = {"Authorization": f"Token {who.token}"}
    async with websockets.connect(address, additional_headers=sent, max_size=None) as socket:
        while len(reading.told) < many:
            reading.take_frame(json.loads(await socket.recv()))


async def by_events(server: Server, who: Person, cursor: str, many: int) -> Reading:
    """As `by_socket`: an answer that ends is asked for again."""
    reading = Reading("events", cursor=cursor)
    while len(reading.told) < many:
        await _follow_events(reading, server, who, many)
    return reading


async def _follow_events(reading: Reading, server: Server, who: Person, many: int) -> None:
    path = f"/live/events?since={reading.resume()}"
    sent = {"Authorization": f"Token {who.token}"}
    async with await EventStream.dial(server.port, path, sent) as stream:
        while len(reading.told) < many and (frame := await stream.event()):
            reading.take_frame(frame)


async def by_polls(server: Server, who: Person, cursor: str, many: int) -> Reading:
    reading = Reading("polling")
    more = True
    while more:
        path = f"/live/changes?since={cursor}&limit={PAGE}"
        answer = await get(reading, server, path, who)
        assert not answer["reset"]
        assert len(answer["changes"]) <= PAGE
        reading.take(answer["changes"])
        reading.pages += 1
        cursor, more = answer["cursor"], answer["more"]
    return reading


async def by_lists(server: Server, who: Person, cursor: str, many: int) -> Reading:
    """Newest first, from the list; the live cursor that it carries brings nothing more."""
    reading, following = Reading("lists"), ""
    while following is not None:
        more = f"&cursor={quote(following)}" if following else ""
        answer = await get(reading, server, f"/inbox/items/?limit={PAGE}{more}", who)
        items = answer["items"]
        reading.told += [(one["revision"], one["id"]) for one in items]
        reading.pages += 1
        following = answer["next"]
    reading.told.sort()
    return reading


async def get(reading: Reading, server: Server, path: str, who: Person) -> Any:
    """A page; the embedded server reads a whole mailbox for a list's first one."""
    began = time.monotonic()
    sent = {"Authorization": f"Token {who.token}"}
    answer = await AsyncHTTPClient().fetch(
        server.base + path, headers=sent, request_timeout=PAGE_LIMIT_S
    )
    reading.slowest_s = max(reading.slowest_s, time.monotonic() - began)
    return json.loads(answer.body)


WAYS = (by_socket, by_events, by_polls, by_lists)


# What it costs the server


@asynccontextmanager
async def measured(reading: Reading, server: Server) -> AsyncIterator[None]:
    """The time, and by how much the process grew at most; Linux keeps the high mark."""
    assert server.process is not None
    folder = Path(f"/proc/{server.process.pid}")
    with suppress(OSError):
        (folder / "clear_refs").write_text("5")
    before, began = _memory(folder, "VmRSS"), time.monotonic()
    yield
    reading.seconds = time.monotonic() - began
    reading.peak_bytes = _memory(folder, "VmHWM") - before


def _memory(folder: Path, name: str) -> int:
    lines = (folder / "status").read_text().splitlines()
    (line,) = [one for one in lines if one.startswith(f"{name}:")]
    return int(line.split()[1]) * 1024


async def read(way: Any, server: Server, who: Person, cursor: str, many: int) -> Reading:
    """One way, measured."""
    cost = Reading("")
    async with asyncio.timeout(20 + many / 100), measured(cost, server):
        reading: Reading = await way(server, who, cursor, many)
    reading.seconds, reading.peak_bytes = cost.seconds, cost.peak_bytes
    return reading
