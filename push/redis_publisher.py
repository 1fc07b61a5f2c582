"""Envelopes on their way to Redis: all that wait in one write, the next when it took those."""

import asyncio
import logging
import time
from collections import deque
from typing import Any, NamedTuple

from push.broker import Published, unnoticed
from push.redis_clients import Client, Failures
from push.redis_links import Link, connect, hang_up, packed

log = logging.getLogger("carillon.broker")

QUEUE = 10_000  # envelopes waiting to go out; more are dropped, the look finds them
BATCH = 500
PUBLISH_LIMIT_S = 0.5  # for one batch, and for how long an envelope may wait for its turn


class Waiting(NamedTuple):
    """An envelope in the queue, for which channels, since when, and whom to tell of it."""

    envelope: bytes
    channels: tuple[str, ...]
    since_s: float
    taken: asyncio.Future[bool]

    def answer(self, taken: bool) -> None:
        if not self.taken.done():
            self.taken.set_result(taken)


class Publisher:
    """Publishes through one bounded queue, on a connection of its own that is made when needed."""

    def __init__(self, client: Client):
        self._client = client
        self._queue: deque[Waiting] = deque()
        self._has_some = asyncio.Event()
        self._link: Link | None = None
        self._is_lost = False  # the link: by the other side
        self._left = 0  # replies to what is on the wire
        self._all_taken: asyncio.Future[None] | None = None
        self._is_stopped = False
        self.on_published: Published = unnoticed

    def put(self, envelope: bytes, channels: tuple[str, ...]) -> asyncio.Future[bool]:
        """Queue an envelope; the future says, within twice the limit, whether Redis took it."""
        taken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self._is_stopped or len(self._queue) >= QUEUE:
            taken.set_result(False)
        else:
            self._queue.append(Waiting(envelope, channels, time.monotonic(), taken))
            self._has_some.set()
        return taken

    async def run(self) -> None:
        """Publish for ever."""
        while True:
            await self._has_some.wait()
            batch = self._take()
            taken = False
            try:
                batch = _without_stale(batch)
                taken = bool(batch) and await self._publish_timed(batch)
            finally:
                for one in batch:
                    one.answer(taken)

    def _take(self) -> list[Waiting]:
        """What goes next."""
        batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
        if not self._queue:
            self._has_some.clear()
        return batch

    async def end(self) -> None:
        """Drop what waits, once `run` is no more; may be called twice."""
        self._is_stopped = True
        while self._queue:
            self._queue.popleft().answer(False)
        await self._hang_up()

    async def _publish_timed(self, batch: list[Waiting]) -> bool:
        began_s = time.monotonic()
        taken = await self._publish(batch)
        self.on_published(len(batch), time.monotonic() - began_s, taken)
        return taken

    async def _publish(self, batch: list[Waiting]) -> bool:
        """Put a batch on the wire in one piece; False when Redis did not take it in time."""
        try:
            async with asyncio.timeout(PUBLISH_LIMIT_S):
                await self._ask(_commands(batch), sum(len(one.channels) for one in batch))
            return True
        except Failures as error:
            log.debug("could not publish %d envelopes: %s", len(batch), error)
        except Exception:
            log.exception("could not publish %d envelopes", len(batch))
        await self._hang_up()
        return False

    async def _ask(self, commands: bytes, count: int) -> None:
        """Send so many commands and wait for their answers; raises `Failures`."""
        if self._is_lost:
            await self._hang_up()
        if self._link is None:
            self._link = await connect(self._client, self._answered, self._lost)
        self._left = count
        self._all_taken = asyncio.get_running_loop().create_future()
        await self._link.send(commands)
        await self._all_taken

    def _answered(self, replies: list[Any]) -> None:
        """To each PUBLISH a number, or why not; what Redis says unasked is neither."""
        waiting = self._all_taken
        if waiting is None or waiting.done():
            return
        for reply in replies:
            if isinstance(reply, Exception):
                waiting.set_exception(ConnectionError(str(reply)))
                return
            self._left -= isinstance(reply, int)
        if self._left <= 0:
            waiting.set_result(None)

    def _lost(self) -> None:
        self._is_lost = True
        if self._all_taken is not None and not self._all_taken.done():
            self._all_taken.set_exception(ConnectionError("the connection was lost"))

    async def _hang_up(self) -> None:
        """Leave the link: of one that did not answer in time, late answers look like others'."""
        link, self._link, self._all_taken = self._link, None, None
        self._is_lost = False
        await hang_up(link)


def _commands(batch: list[Waiting]) -> bytes:
    return b"".join(
        packed("PUBLISH", channel, one.envelope) for one in batch for channel in one.channels
    )


def _without_stale(batch: list[Waiting]) -> list[Waiting]:
    """Those that have not waited too long; the others are dropped: the look is as fast by now."""
    oldest_s = time.monotonic() - PUBLISH_LIMIT_S
    for one in batch:
        if one.since_s < oldest_s:
            one.answer(False)
    return [one for one in batch if one.since_s >= oldest_s]
