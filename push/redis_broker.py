"""The broker over Redis pub/sub: one pipeline per moment, one link that proves itself alive.

Envelopes are spread over channels by user. All processes hear all channels, over one link: with a
single Redis more channels gain nothing. Any node of a Redis Cluster takes a plain PUBLISH and tells
all others, so one node's address works there as well; what sharded pub/sub would save is not saved.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import suppress
from itertools import count
from typing import NamedTuple

from redis.asyncio.client import PubSub

from push import envelopes
from push.broker import Heard, Noticed, Published, shards_of, unnoticed
from push.redis_clients import Failures, redis_client

log = logging.getLogger("carillon.broker")

QUEUE = 10_000  # envelopes waiting to go out; more are dropped, the look finds them
BATCH = 500
A_TURN = 50  # envelopes heard before others have their turn of the loop
PUBLISH_LIMIT_S = 0.5  # for one batch, and for how long an envelope may wait for its turn
CONNECT_LIMIT_S = 1.0
HEARTBEAT_S = 0.5
SILENCE_S = 2.0  # no own heartbeat heard on a channel for this long: the link is dead
RENEW_S = 0.5  # of the limit for silence; the loop's time is `time.monotonic`
RETRY_S = 0.25
CANCEL_AGAIN_S = 0.1


class Waiting(NamedTuple):
    """An envelope in the queue, for which channels, since when, and whom to tell of it."""

    envelope: bytes
    channels: tuple[str, ...]
    since_s: float
    taken: asyncio.Future[bool]

    def answer(self, taken: bool) -> None:
        if not self.taken.done():
            self.taken.set_result(taken)


class RedisBroker:
    """Publishes through one bounded queue and listens on a supervised link of its own.

    A dead link is noticed within `SILENCE_S`, also one that died silently, and made again for
    as long as the broker runs; ``linked`` is called each time it is up. What was published in
    between was missed: that is the look's business, not the broker's.
    """

    def __init__(self, uri: str, *, process: str, channels: tuple[str, ...]):
        self._process, self._channels = process, channels
        self._redis = redis_client(uri, connect_s=CONNECT_LIMIT_S, answer_s=PUBLISH_LIMIT_S)
        # The link waits for as long as nothing is said; the heartbeat is its time limit.
        self._link = redis_client(uri, connect_s=CONNECT_LIMIT_S, answer_s=None)
        self._queue: asyncio.Queue[Waiting] = asyncio.Queue(QUEUE)
        self._tasks: list[asyncio.Task[None]] = []
        self._is_stopped = False
        self._last_heard = dict.fromkeys(channels, 0.0)
        self._is_linked = self._is_failing = False
        self.on_published: Published = unnoticed

    @property
    def is_linked(self) -> bool:
        return self._is_linked and not self._is_silent()

    def _is_silent(self) -> bool:
        """Is there a channel on which nothing is heard, not even the own heartbeat?"""
        return time.monotonic() - min(self._last_heard.values()) >= SILENCE_S

    def publish(
        self, envelope: bytes, users: Collection[int] | None = None
    ) -> asyncio.Future[bool]:
        """Queue an envelope; the future says, within twice the limit, whether Redis took it."""
        taken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        channels = tuple(self._channels[n] for n in shards_of(users, len(self._channels)))
        waiting = Waiting(envelope, channels, time.monotonic(), taken)
        if self._is_stopped or self._queue.full():
            waiting.answer(False)
        else:
            self._queue.put_nowait(waiting)
        return taken

    async def start(self, heard: Heard, linked: Noticed) -> None:
        """Begin to publish and listen; returns at once, whether or not Redis is there."""
        self._tasks = [
            asyncio.create_task(self._publish_forever(), name="broker-publish"),
            asyncio.create_task(self._listen_forever(heard, linked), name="broker-listen"),
            asyncio.create_task(self._beat_forever(), name="broker-beat"),
        ]

    async def stop(self) -> None:
        """Send what is queued, within a limit, and end the tasks; may be called twice."""
        if self._tasks:
            last = self.publish(envelopes.heartbeat(self._process))  # all before it is sent by then
            await asyncio.wait([last], timeout=2 * PUBLISH_LIMIT_S)
        self._is_stopped = True
        tasks, self._tasks = self._tasks, []
        await _end(tasks)
        self._drop_queue()
        for client in (self._redis, self._link):
            with suppress(*Failures):
                await client.aclose()

    def _drop_queue(self) -> None:
        while not self._queue.empty():
            self._queue.get_nowait().answer(False)

    # Out

    async def _publish_forever(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            taken = False
            try:
                batch = _without_stale(batch)
                taken = bool(batch) and await self._publish_timed(batch)
            finally:
                for one in batch:
                    one.answer(taken)

    async def _publish_timed(self, batch: list[Waiting]) -> bool:
        began_s = time.monotonic()
        taken = await self._publish(batch)
        self.on_published(len(batch), time.monotonic() - began_s, taken)
        return taken

    async def _publish(self, batch: list[Waiting]) -> bool:
        """Put a batch on the wire in one pipeline; False when Redis did not take it in time."""
        try:
            async with asyncio.timeout(PUBLISH_LIMIT_S):
                pipeline = self._redis.pipeline(transaction=False)
                for one in batch:
                    for channel in one.channels:
                        pipeline.publish(channel, one.envelope)
                await pipeline.execute()
            return True
        except Failures as error:
            log.debug("could not publish %d envelopes: %s", len(batch), error)
        except Exception:
            log.exception("could not publish %d envelopes", len(batch))
        return False

    async def _beat_forever(self) -> None:
        while True:
            await self.publish(envelopes.heartbeat(self._process))
            await asyncio.sleep(HEARTBEAT_S)

    # In

    async def _listen_forever(self, heard: Heard, linked: Noticed) -> None:
        while True:
            link = self._link.pubsub()
            try:
                await self._listen(link, heard, linked)
            except Failures as error:
                self._note_failure(error)
            except Exception:
                log.exception("listening to Redis failed")
            finally:
                self._is_linked = False
                with suppress(*Failures):
                    await link.aclose()  # type: ignore[no-untyped-call]
            await asyncio.sleep(RETRY_S)

    def _note_failure(self, error: Exception) -> None:
        """Say once that the link was lost, or cannot be made."""
        if self._is_linked:
            log.warning("lost the link to Redis: %s", str(error) or type(error).__name__)
        elif not self._is_failing:
            log.info("no link to Redis: %s", str(error) or type(error).__name__)
        self._is_failing = True

    async def _listen(self, link: PubSub, heard: Heard, linked: Noticed) -> None:
        """Hear envelopes until the link breaks or falls silent."""
        async with asyncio.timeout(CONNECT_LIMIT_S):
            await link.subscribe(*self._channels)
        unheard = set(self._channels)
        self._last_heard = dict.fromkeys(self._channels, time.monotonic())
        self.publish(envelopes.heartbeat(self._process))  # to be heard: then the link is up
        async with asyncio.timeout(SILENCE_S) as limit:
            async for channel, envelope in self._messages(link, limit):
                self._last_heard[channel] = time.monotonic()
                unheard.discard(channel)
                if not self._is_linked and not unheard:
                    self._is_linked, self._is_failing = True, False
                    log.info("linked to Redis")
                    linked()
                _hand_on(envelope, heard)

    async def _messages(
        self, link: PubSub, limit: asyncio.Timeout
    ) -> AsyncIterator[tuple[str, bytes]]:
        """(channel, envelope), as they come.

        Reading has no limit of its own, which would cost a timer for each: ``limit`` is moved on
        now and then, to when the channel that was silent longest has been so for too long.
        """
        names = {name.encode(): name for name in self._channels}
        renew_at_s = time.monotonic() + RENEW_S
        for number in count(1):
            if number % A_TURN == 0:
                await asyncio.sleep(0)  # what has arrived already is read without a pause
            kind, channel, data = await link.parse_response()
            if self._is_silent():
                raise TimeoutError("nothing heard, not even our own heartbeat")
            if time.monotonic() >= renew_at_s:
                limit.reschedule(min(self._last_heard.values()) + SILENCE_S)
                renew_at_s = time.monotonic() + RENEW_S
            if kind == b"message":
                yield names[channel], data


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel until they have ended.

    Once is not enough: redis-py writes under `asyncio.wait_for`, which before Python 3.12 loses a
    cancellation that comes as the write ends. A publisher that goes on would be waited for forever.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_S)


def _hand_on(envelope: bytes, heard: Heard) -> None:
    try:
        heard(envelope)
    except Exception:
        log.exception("an envelope could not be heard")


def _without_stale(batch: list[Waiting]) -> list[Waiting]:
    """Those that have not waited too long; the others are dropped: the look is as fast by now."""
    oldest_s = time.monotonic() - PUBLISH_LIMIT_S
    for one in batch:
        if one.since_s < oldest_s:
            one.answer(False)
    return [one for one in batch if one.since_s >= oldest_s]
